#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Every knob at something unusual: the same after one and two live updates of an 82576
and an 82574L, and after the interface was down, where it comes out of the driver again."""
import contextlib
import re
import time

from lib import device, ktap, state
from lib.machine import WATCH_SECONDS, Machine
from lib.traffic import unharmed
from lab import nic as nic_module
from lab.nic import Nic

MODELS = ("igb", "e1000e")
NAMES = ("eth0", "eth1")
UPDATES = 2
MAC = "02:00:00:00:00:42"
KEY = ":".join(f"{byte:02x}" for byte in range(7, 47))
# Both, then each
COMMON = f"""
ethtool -Q {{0}} queue_mask 0x1 --coalesce rx-usecs 55
ethtool -Q {{0}} queue_mask 0x2 --coalesce adaptive-rx on
ethtool --set-tunable {{0}} rx-copybreak 300
ethtool -N {{0}} rx-flow-hash tcp4 sd
ethtool -X {{0}} hkey {KEY} weight 1 3
ethtool -K {{0}} tso off gro off rx-gro-list on tx-nocache-copy on rxvlan off
ethtool -s {{0}} msglvl drv on probe off ifdown on
ip link set dev {{0}} txqueuelen 20777 group 5 allmulticast on dynamic on
ip link set dev {{0}} gso_max_size 30000 gso_max_segs 100 gro_max_size 40000
ip link set dev {{0}} alias 'carried over'
echo 22000 > /sys/class/net/{{0}}/gro_flush_timeout
echo 2 > /sys/class/net/{{0}}/napi_defer_hard_irqs
"""
OWN = ("""
ethtool -C eth0 adaptive-rx on
ethtool -K eth0 tx-udp-segmentation on tx-gre-segmentation on rx-all on
ethtool -K eth0 tx-checksum-sctp off tx-tcp-mangleid-segmentation on
ethtool -N eth0 rx-flow-hash udp6 sd
ethtool -s eth0 autoneg on advertise 0x028
ethtool -A eth0 autoneg off rx on tx on
ip link set dev eth0 promisc on
""", f"""
ethtool -C eth1 rx-usecs 9000
ethtool -K eth1 rx-fcs on
ethtool -N eth1 rx-flow-hash tcp6 sd
ethtool -s eth1 autoneg off speed 100 duplex full
ethtool -A eth1 autoneg off rx off tx on
ethtool --set-priv-flags eth1 live-update-hold-rx on
ip link set dev eth1 address {MAC} arp off
echo 1 > /sys/class/net/eth1/threaded
""")
# Beside what every test compares
SHOWN = {
    "coalescing of queues": "ethtool -Q {0} --show-coalesce",
    "rx-copybreak": "ethtool --get-tunable {0} rx-copybreak",
    "hash fields": "for f in tcp4 tcp6 udp4 udp6 sctp4; do "
                   "ethtool -n {0} rx-flow-hash $f; done",
    "flow control": "ethtool -a {0} | grep -v -i negotiated",
    "wake-on-LAN and messages": "ethtool {0} | grep -e Wake-on -A1 -e 'message level'",
    "permanent address": "ethtool -P {0}; cat /sys/class/net/{0}/addr_assign_type",
    "NAPI": "cd /sys/class/net/{0}; cat gro_flush_timeout napi_defer_hard_irqs threaded",
    "carrier": "cd /sys/class/net/{0}; cat carrier carrier_changes carrier_up_count "
               "carrier_down_count",
    "devlink": "for p in live_update live_update_hold_rx; do "
               "devlink dev param show pci/{1} name $p; done",
    "time stamps": "ethtool -T {0} | grep -v -i -e clock -e provider",
}
# CTRL, RCTL, FCRTL, FCRTH, RXCSUM, MRQC; not whether the link was lost since
REGISTERS = (0x0, 0x100, 0x2160, 0x2168, 0x5000, 0x5818)
# What an ifdown or finish may change: the first counts it, the second ends holding
LINK_ODD = ("operstate", "flags", "stats", "stats64")
# A reset begins it anew
SINCE_RESET = ("live_updates",)
program = ktap.Program()


class Look:
    """All that is compared of one interface."""

    def __init__(self, machine, index):
        name = NAMES[index]
        self.settings = state.settings(machine, name)
        for what, command in SHOWN.items():
            self.settings[what] = machine.must(command.format(name, nic_module.bdf(index)))
        self.link = state.link(machine, name)
        self.counters = state.counters(machine, name)
        self.counters.update(groups(machine, name))
        self.registers = registers(machine, name)


def groups(machine, name):
    """{name: n} of the standard statistics."""
    text = machine.must(f"ethtool -S {name} --all-groups; ethtool -I -a {name}; "
                        f"ethtool -I {name}")
    return {f"standard {what}": int(value) for what, value in
            re.findall(r"^\s*(\S[^:]*): (\d+)$", text, re.M) if what != "PHYAD"}


def registers(machine, name):
    """{offset: value} of those that hold what is set."""
    text = machine.must(f"ethtool -d {name} raw on | od -An -v -tx4 -w8")
    pairs = [[int(word, 16) for word in line.split()] for line in text.splitlines()]
    return {hex(reg): value for reg, value in pairs if reg in REGISTERS}


class Run:
    """Two updates of both, then down and up."""

    def __init__(self, machine):
        self.machine = machine
        machine.second_sink(1)
        self._count_on_idle_queues()
        self._set()
        self.looks, self.seen, self.counts = [self._look()], [], []
        for _ in range(UPDATES):
            self._update()
        for name in NAMES:
            machine.must(f"ip link set dev {name} down && ip link set dev {name} up")
        for name in NAMES:
            machine.carrier(name)
        time.sleep(1)
        self.reopened = self._look()

    def _count_on_idle_queues(self):
        """A queue that is not in use later has counted something."""
        for index, name in enumerate(NAMES):
            queues = min(4, device.DEVICES[MODELS[index]].queues)
            self.machine.must(f"ethtool -L {name} combined {queues}")
        with self._traffic():
            time.sleep(0.5)
        self.machine.must("ethtool -L eth0 combined 2")

    def _set(self):
        for commands, name in zip(OWN, NAMES):
            lines = (COMMON.strip() + commands).format(name).strip().splitlines()
            self.machine.must(" && ".join(lines), 120)
        for name in NAMES:
            self.machine.carrier(name)
        # Let counters and adaptive intervals move
        with self._traffic():
            time.sleep(1)

    @contextlib.contextmanager
    def _traffic(self):
        with self.machine.traffic(0) as first, self.machine.traffic(
                1, **({"peer_mac": MAC} if self._moved() else {})) as second:
            yield first, second

    def _moved(self):
        return state.link(self.machine, "eth1")["address"] == MAC

    def _look(self):
        return [Look(self.machine, index) for index in range(len(NAMES))]

    def _update(self):
        machine = self.machine
        machine.load()
        with self._traffic() as (first, second):
            time.sleep(0.5)
            begin = time.time()
            machine.must("sink --preserve")
            machine.must("lunicctl preserve --session both eth0 eth1")
            machine.leave()
            machine.arrive()
            machine.second_sink(1)
            machine.must("lunicctl resume --session both")
            back = max(traffic.resumed(machine.left) for traffic in (first, second))
            time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
            self.looks.append(self._look())
            self.counts.append([first.stop(), second.stop()])
        self.seen.append(machine.window(begin, time.time()))


@contextlib.contextmanager
def setup():
    """The whole run."""
    nics = [Nic(model) for model in MODELS]
    # So slow that the rings hold what comes in a jump of more than a minute
    with Machine(nics=nics, rate=100, resume=False) as machine:
        yield Run(machine)


@program.case("the knobs are set")
def _(run):
    for look, wanted in zip(run.looks[0], ("30000", MAC)):
        ktap.contains(str(look.link), wanted, "ip link")
    ktap.contains(run.looks[0][0].settings["features"], "tx-vlan-offload: off [requested on]",
                  "a wish that can't be had")


def unlost(run, index, number):
    """All frames came through; what a busy machine didn't give to the NIC never came."""
    counts = run.counts[number][index]
    ktap.check(counts["lost"] <= counts["refused"],
               f"{counts['lost']} of {counts['sent']} lost, {counts['refused']} refused")
    unharmed(counts, but=("lost", "refused"))


def undisturbed(run, number):
    """One update, seen from outside."""
    seen = run.seen[number]
    ktap.equal((seen.device_resets, seen.link_downs, seen.link_down_ms), (0, 0, 0.0),
               f"resets, link downs, ms ({seen.happened})")


def differences(before, after, but=()):
    """{what: (line before, line after)} of two dictionaries of texts or numbers."""
    found = {}
    for what in sorted(set(before) | set(after)):
        if what in but or before.get(what) == after.get(what):
            continue
        old, new = (re.split(r"\n", str(side.get(what))) for side in (before, after))
        found[what] = ([line for line in old if line not in new],
                       [line for line in new if line not in old])
    return found


def same_settings(run, index, number):
    """ethtool's and sysfs'."""
    ktap.equal(differences(run.looks[0][index].settings, run.looks[number + 1][index].settings),
               {}, "settings")


def same_link(run, index, number):
    """All of ip -d link."""
    ktap.equal(differences(run.looks[0][index].link, run.looks[number + 1][index].link,
                           ("stats", "stats64")), {}, "ip -d link")


def same_registers(run, index, number):
    """What the settings have become in the hardware."""
    ktap.equal(differences(run.looks[0][index].registers,
                           run.looks[number + 1][index].registers), {}, "registers")


def counters(run, index, number):
    """Nothing counts anew."""
    ktap.equal(state.shrunk(run.looks[number][index].counters,
                            run.looks[number + 1][index].counters), {}, "went back")


def reopened(run, index):
    """What the driver itself sets up is what was handed over to it."""
    before, after = run.looks[0][index], run.reopened[index]
    ktap.equal(differences(before.settings, after.settings, ("carrier",)), {}, "settings")
    ktap.equal(differences(before.link, after.link, LINK_ODD), {}, "ip -d link")
    ktap.equal(differences(before.registers, after.registers), {}, "registers")
    counted = {what: n for what, n in run.looks[-1][index].counters.items()
               if what not in SINCE_RESET}
    ktap.equal(state.shrunk(counted, after.counters), {}, "went back")


for update in range(UPDATES):
    program.case(f"update {update + 1}: no reset, no link change")(
        lambda run, number=update: undisturbed(run, number))
    for nic, model_name in enumerate(MODELS):
        for title, check in (("no frame was lost", unlost),
                             ("ethtool and sysfs say the same", same_settings),
                             ("ip link says the same", same_link),
                             ("the registers hold the same", same_registers),
                             ("no counter went back", counters)):
            program.case(f"update {update + 1}, {device.DEVICES[model_name].chip}: {title}")(
                lambda run, index=nic, number=update, check=check: check(run, index, number))

for nic, model_name in enumerate(MODELS):
    program.case(f"{device.DEVICES[model_name].chip}: the same after down and up")(
        lambda run, index=nic: reopened(run, index))


@program.case("the receive hash's table is still the operator's: it must fit the channels")
def _(run):
    for name in NAMES:
        ktap.check(run.machine.sh(f"ethtool -L {name} combined 1")[0], f"{name}: accepted")


@program.case("frames of a queue that is not in use any more still count")
def _(run):
    for looks in run.looks:
        ktap.check(looks[0].counters["rx_queue_3_packets"] > 0, "rx_queue_3_packets is 0")


@program.case("neither kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
