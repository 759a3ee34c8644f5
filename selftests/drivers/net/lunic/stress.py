#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Settings change in random order under traffic, on a NIC of each model, under KASAN and
lockdep. STRESS_SECONDS says for how long, STRESS_SEED repeats an order."""
import contextlib
import os
import random
import shlex
import time

from lib import device, health, ktap, state
from lib.machine import Machine
from lib.traffic import on_both
from lab import nic as nic_module
from lab.nic import Nic

SECONDS = float(os.environ.get("STRESS_SECONDS") or 20)
SEED = int(os.environ.get("STRESS_SEED") or random.randrange(1 << 32))
# So much of the time is for what keeps the link
SETTINGS_SHARE = 0.7
# A quiet second comes at least so often
ROUND_SECONDS = 15
# As debug.py: slow by nature, and early boot needs these
RATE = 100
RINGS = 1024
APPEND = "kho_scratch=64M,256M,1G no5lvl"
DRIVER = "/sys/bus/pci/drivers/lunic"
HANG_SECONDS = 180
program = ktap.Program()


class Port:
    """One of the NICs, and what is set that a later change has to know."""

    def __init__(self, index, chip):
        self.index, self.chip = index, chip
        self.name, self.bdf = f"eth{index}", nic_module.bdf(index)
        self.queues, self.vlans = 1, set()

    def up_again(self):
        """After a new probe: addresses, neighbours and channels are to be set again."""
        self.queues, self.vlans = 1, set()
        net = f"10.0.{self.index}"
        return (f"ip addr add {net}.2/24 dev {self.name} && "
                f"ethtool -L {self.name} combined 1 && "
                f"ethtool -G {self.name} rx {RINGS} && "
                f"ip link set dev {self.name} up && "
                f"for i in 1 $(seq 17 {16 + nic_module.SOURCES}); do ip neigh replace "
                f"{net}.$i lladdr {nic_module.HOST_MAC} dev {self.name} nud permanent "
                "|| exit 1; done")


PORTS = [Port(index, chip) for index, chip in enumerate(device.DEVICES.values())]


# Changes of settings: each gives a command that has to succeed. Not the shortest
# receive rings: what comes while this slow machine does something else must fit.

def rings(port):
    """Ring sizes."""
    return (f"ethtool -G {port.name} rx {random.choice((256, 512, 1024, 2048))} "
            f"tx {random.choice((64, 128, 512, 1024))}")


def channels(port):
    """Fewer channels than the table names are refused: the table goes first."""
    port.queues = min(random.choice((1, 2, 4, 9)), port.chip.queues)
    return (f"ethtool -X {port.name} default && "
            f"ethtool -L {port.name} combined {port.queues}")


def mtu(port):
    """The MTU."""
    return f"ip link set dev {port.name} mtu {random.choice((1400, 1500, 9000))}"


def features(port):
    """One feature; what others rest on comes with those."""
    return f"ethtool -K {port.name} " + random.choice((
        "rx on", "rx off", "tx on sg on tso on", "tx off", "sg off", "tso off",
        "sg on gso on", "gso off", "gro on", "gro off", "rxhash on", "rxhash off",
        "rxvlan on txvlan on", "rxvlan off", "rx-vlan-filter on", "rx-vlan-filter off", "rx-fcs on",
        "rx-fcs off", "rx-all on", "rx-all off"))


def coalescing(port):
    """One interval, adaptive, or a queue's own."""
    fixed = f"adaptive-rx off rx-usecs {random.choice((0, 3, 20, 100, 500))}"
    return random.choice((
        f"ethtool -C {port.name} {fixed}", f"ethtool -C {port.name} adaptive-rx on",
        f"ethtool -Q {port.name} queue_mask 0x1 --coalesce {fixed}"))


def table(port):
    """The table that spreads flows, or the key."""
    weights = " ".join(str(random.randint(1, 5)) for _ in range(port.queues))
    key = ":".join(f"{byte:02x}" for byte in random.randbytes(40))
    return f"ethtool -X {port.name} " + random.choice((
        "default", f"equal {random.randint(1, port.queues)}", f"weight {weights}",
        f"hkey {key}"))


def vlans(port):
    """A VLAN's filter, by its interface."""
    vlan = random.choice((1, 2, 31, 32, 100, 4094))
    name = f"v{port.index}.{vlan}"
    if vlan in port.vlans:
        port.vlans.remove(vlan)
        return f"ip link del {name}"
    port.vlans.add(vlan)
    return (f"ip link add link {port.name} name {name} type vlan id {vlan} && "
            f"ip link set dev {name} up")


def filters(port):
    """Which other addresses are let in."""
    return f"ip link set dev {port.name} " + random.choice((
        "promisc on", "promisc off", "allmulticast on", "allmulticast off"))


SETTINGS = (rings, channels, mtu, features, coalescing, table, vlans, filters)
READERS = ("ethtool -S {0}", "ethtool -d {0}", "ethtool -x {0}", "ethtool -k {0}",
           "ethtool {0}", "ip -s link show dev {0}", "lunicctl show {0}",
           "cat /sys/kernel/debug/lunic/{1}/rings", "devlink dev info pci/{1}",
           "devlink health diagnose pci/{1} reporter rx")


# What takes the link down

def reload(port):
    """As devlink does it."""
    return f"devlink dev reload pci/{port.bdf}"


def rebind(port):
    """The device alone leaves the driver and comes back."""
    return (f"echo {port.bdf} > {DRIVER}/unbind && echo {port.bdf} > {DRIVER}/bind && "
            + port.up_again())


def module():
    """All of it; the module takes both devices along."""
    return "rmmod lunic && insmod /lib/lab/lunic.ko && " + " && ".join(
        f"{{ {port.up_again()}; }}" for port in PORTS)


class Steps:
    """Random steps for some time, with a record of them and of what was lost."""

    def __init__(self, machine, step):
        self.machine, self.step = machine, step
        self.count, self.kinds, self.books = 0, {}, [{} for _ in PORTS]
        # The order does not depend on how far another case has come
        random.seed(f"{SEED} {step.__name__}")

    def together(self, commands):
        """Runs commands at the same time; each has to succeed."""
        self.count += 1
        with open(self.machine.vm.path("steps.log"), "a", encoding="utf-8") as log:
            log.write(f"{time.time():.3f} {commands}\n")
        begin = " ".join(f"({command}) >/tmp/said{i} 2>&1 & pid{i}=$!;"
                         for i, command in enumerate(commands))
        end = " ".join(f"wait $pid{i} || {{ bad=1; echo {shlex.quote(command)}; "
                       f"cat /tmp/said{i}; }};" for i, command in enumerate(commands))
        self.machine.must(f"{begin} bad=0; {end} [ $bad = 0 ]", HANG_SECONDS)

    def pick(self, kinds, *args):
        """One of these commands, counted."""
        kind = random.choice(kinds)
        self.kinds[kind.__name__] = self.kinds.get(kind.__name__, 0) + 1
        return kind(*args)

    def run(self, seconds):
        """In rounds, each with a quiet second after it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._round(min(end, time.monotonic() + ROUND_SECONDS))
        self._say()

    def _round(self, end):
        with self.machine.traffic(0) as first, self.machine.traffic(1) as second:
            while time.monotonic() < end:
                self.step(self)
            for port in PORTS:
                self.machine.carrier(port.name)
            for books, traffic in zip(self.books, (first, second)):
                for name, value in traffic.stop().items():
                    if isinstance(value, int):
                        books[name] = books.get(name, 0) + value
        ktap.equal(health.complaints(self.machine.dmesg()), [], "reports")
        with on_both(self.machine):
            pass

    def _say(self):
        ktap.say(f"{self.count} steps: " + ", ".join(
            f"{name} {count}" for name, count in sorted(self.kinds.items())))
        for port, books in zip(PORTS, self.books):
            ktap.say(f"{port.name} ({port.chip.chip}): lost {books['lost']} of "
                     f"{books['sent']}, reordered {books['reordered']}")
            ktap.equal((books["corrupted"], books["duplicated"]), (0, 0),
                       f"{port.name}: corrupted, duplicated")


def change(steps):
    """A setting of each NIC, and somebody who reads one."""
    port = random.choice(PORTS)
    steps.together([steps.pick(SETTINGS, each) for each in PORTS]
                   + [random.choice(READERS).format(port.name, port.bdf)])


def restart(steps):
    """One NIC is reloaded or bound again while the other's settings change, or both go."""
    if random.random() < 0.2:
        steps.together([steps.pick((module,))])
        return
    port, other = random.sample(PORTS, 2)
    steps.together([steps.pick((reload, rebind), port), steps.pick(SETTINGS, other)])
    if random.random() < 0.5:
        steps.together([steps.pick(SETTINGS, each) for each in PORTS])


@contextlib.contextmanager
def setup():
    """One machine for all of it."""
    ktap.say(f"{SECONDS:g} s, STRESS_SEED={SEED}")
    with Machine(nics=[Nic(model) for model in device.DEVICES], variant="debug",
                 memory="4G", rate=RATE, rings=RINGS, resume=False,
                 append=APPEND) as machine:
        machine.second_sink(1)
        for port in PORTS:
            machine.must(f"ethtool -L {port.name} combined {port.queues}")
        yield machine


def flaps(machine):
    """What would tell of a lost link."""
    return [(state.ethtool_counters(machine, port.name)["link_down_events"],
             machine.must(f"cat /sys/class/net/{port.name}/carrier_changes").strip())
            for port in PORTS]


@program.case("without changes nothing is lost")
def _(machine):
    with on_both(machine):
        pass


@program.case("settings change in random order: no flap, no reset, nothing lost afterwards")
def _(machine):
    begin, before = time.time(), flaps(machine)
    Steps(machine, change).run(SECONDS * SETTINGS_SHARE)
    ktap.equal(flaps(machine), before, "link_down_events, carrier_changes")
    seen = machine.window(begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0),
               f"resets, link downs ({seen.happened})")


@program.case("devlink reload, unbind and bind, rmmod and insmod in between")
def _(machine):
    Steps(machine, restart).run(SECONDS * (1 - SETTINGS_SHARE))


@program.case("a quiet second on both: nothing lost")
def _(machine):
    before = flaps(machine)
    with on_both(machine):
        pass
    ktap.equal(flaps(machine), before, "link_down_events, carrier_changes")


@program.case("not one report of KASAN, lockdep, UBSAN or any warning")
def _(machine):
    ktap.equal(machine.troubles(), [], "reports")


if __name__ == "__main__":
    program.main(setup)
