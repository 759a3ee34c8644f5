#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Settings change in random order under traffic, on a NIC of each model, under KASAN and
lockdep. STRESS_SECONDS says for how long, STRESS_SEED repeats an order."""
import contextlib
import os
import random
import shlex
import time

from lib import device, health, ktap, state, variant
from lib.changes import READERS, SETTINGS, Port
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
RINGS = 1024
DRIVER = "/sys/bus/pci/drivers/lunic"
HANG_SECONDS = 180
program = ktap.Program()
PORTS = [Port(index, chip) for index, chip in enumerate(device.DEVICES.values())]


def up_again(port):
    """After a new probe: addresses, neighbours and channels are to be set again."""
    port.queues, port.vlans = 1, set()
    net = f"10.0.{port.index}"
    return (f"ip addr add {net}.2/24 dev {port.name} && "
            f"ethtool -L {port.name} combined 1 && "
            f"ethtool -G {port.name} rx {RINGS} && "
            f"ip link set dev {port.name} up && "
            f"for i in 1 $(seq 17 {16 + nic_module.SOURCES}); do ip neigh replace "
            f"{net}.$i lladdr {nic_module.HOST_MAC} dev {port.name} nud permanent "
            "|| exit 1; done")


# What takes the link down

def reload(port):
    """As devlink does it."""
    return f"devlink dev reload pci/{port.bdf}"


def rebind(port):
    """The device alone leaves the driver and comes back."""
    return (f"echo {port.bdf} > {DRIVER}/unbind && echo {port.bdf} > {DRIVER}/bind && "
            + up_again(port))


def module():
    """All of it; the module takes both devices along."""
    return "rmmod lunic && insmod /lib/lab/lunic.ko && " + " && ".join(
        f"{{ {up_again(port)}; }}" for port in PORTS)


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
    with Machine(nics=[Nic(model) for model in device.DEVICES], rings=RINGS,
                 variant=variant.ASKED or "debug", resume=False) as machine:
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
