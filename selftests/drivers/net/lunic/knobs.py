#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""ethtool's knobs with wrong values, in a wrong state and in combination: refused with
a reason, the old setting stays, and traffic goes on."""
import contextlib

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import flows, unharmed
from lab import nic as nic_module

BUSY = "live update"
NEIGHBOUR = f"ip neigh replace 10.0.0.1 lladdr {nic_module.HOST_MAC} dev eth0 nud permanent"
program = ktap.Program()

# Topic, then commands and what ethtool or the log must say
WRONG = {
    "ring sizes": (
        ("-G eth0 rx 63", "at least 64"),
        ("-G eth0 tx 0", "at least 64"),
        ("-G eth0 rx 32769", "exceeds maximum"),
        ("-G eth0 rx-mini 64", "exceeds maximum")),
    "channels": (
        ("-L eth0 combined 0", "no RX or TX channel"),
        ("-L eth0 combined 17", "exceeds maximum"),
        ("-L eth0 rx 1", "exceeds maximum"),
        ("-L eth0 other 0", "one other")),
    "coalescing": (
        ("-C eth0 rx-usecs 20000", "at most"),
        ("-C eth0 tx-usecs 4294967295", "at most"),
        ("-C eth0 rx-usecs 100 tx-usecs 200", "can't differ"),
        ("-C eth0 adaptive-rx on rx-usecs 100", "adaptive"),
        ("-C eth0 rx-frames 4", "unsupported"),
        ("-Q eth0 queue_mask 0x1 --coalesce rx-usecs 20000", "at most"),
        ("-Q eth0 queue_mask 0x8000 --coalesce rx-usecs 9", "")),
    "rx-copybreak": (
        ("--set-tunable eth0 rx-copybreak 2049", "at most 2048"),
        ("--set-tunable eth0 tx-copybreak 64", "")),
    "link": (
        ("-s eth0 speed 1000 duplex full autoneg off", "10 or 100"),
        ("-s eth0 speed 100 autoneg off duplex full port fibre", "twisted pair"),
        ("-s eth0 advertise 0x40 autoneg on", "no speed is left")),
    "wake-on-LAN, which the emulated device can't": (
        ("-s eth0 wol g", ""),),
    "receive hash": (
        ("-X eth0 weight 1 1 1", ""),
        ("-X eth0 hfunc xor", ""),
        ("-X eth0 hkey 00:11", ""),
        ("-N eth0 rx-flow-hash udp4 s", ""),
        ("-N eth0 rx-flow-hash tcp4 s", ""),
        ("-N eth0 rx-flow-hash sctp4 sdfn", ""),
        ("-N eth0 rx-flow-hash ether d", ""),
        ("-N eth0 flow-type tcp4 dst-port 80 action 1", "")),
    "what the chip has not": (
        ("--set-eee eth0 eee on", ""),
        ("--reset eth0 mgmt", ""),
        ("--set-priv-flags eth0 none-such on", "")),
}

# What must wait until a live update is over
LOCKED = {
    "-G eth0 rx 256": BUSY, "-L eth0 combined 1": BUSY, "-s eth0 advertise 0x008": BUSY,
    "-r eth0": BUSY, "-A eth0 autoneg off rx on": BUSY, "--reset eth0 all": BUSY,
    "-t eth0 offline": BUSY, "-t eth0 online": BUSY,
    # ethtool 6.1 asks for these in a way that has no room for the reason
    "-X eth0 weight 1 0": "busy", "-N eth0 rx-flow-hash udp4 sd": "",
}


@contextlib.contextmanager
def setup():
    """One machine for all."""
    with Machine(resume=False) as machine:
        yield machine


def refused(machine, command, words):
    """It fails, and says the words itself or in the log."""
    machine.must("dmesg -c > /dev/null")
    status, text = machine.sh(f"ethtool {command}", 120)
    # Some of ethtool's topics end with 0 whatever the kernel has said
    ktap.check(status or "Cannot" in text, f"ethtool {command} was accepted: {text}")
    if words:
        ktap.contains(text + machine.must("dmesg"), words, command)


def all_refused(machine, commands):
    """Each of them, under traffic, and nothing has changed after it."""
    before = state.settings(machine)
    with machine.traffic() as traffic:
        for command, words in commands:
            refused(machine, command, words)
        unharmed(traffic.stop())
    ktap.equal(state.settings(machine), before, "settings")


for topic, wrong in WRONG.items():
    program.case(f"wrong values and combinations: {topic}")(
        lambda machine, commands=wrong: all_refused(machine, commands))


@program.case("flow control can't be negotiated on a link that isn't")
def _(machine):
    machine.must("ip link set eth0 down && ethtool -s eth0 speed 100 duplex full autoneg off")
    refused(machine, "-A eth0 autoneg on rx on", "can't be negotiated")
    machine.must("ethtool -s eth0 autoneg on advertise 0x2f && ip link set eth0 up && " +
                 NEIGHBOUR)
    machine.carrier()


@program.case("preserved: what is handed over can't change, and says why")
def _(machine):
    machine.preserve(sink=False)
    try:
        all_refused(machine, LOCKED.items())
    finally:
        machine.must("lunicctl cancel eth0")


@program.case("preserved: what isn't can")
def _(machine):
    machine.preserve(sink=False)
    with machine.traffic() as traffic:
        machine.must("ethtool -C eth0 rx-usecs 30 && ethtool -C eth0 adaptive-rx on && "
                     "ethtool -C eth0 adaptive-rx off && ethtool -C eth0 rx-usecs 20 && "
                     "ethtool --set-tunable eth0 rx-copybreak 64 && "
                     "ethtool --set-tunable eth0 rx-copybreak 0")
        unharmed(traffic.stop())
    machine.must("lunicctl cancel eth0")


@program.case("interface down: settings are taken and shown, and hold once it is up")
def _(machine):
    machine.must("ip link set eth0 down")
    machine.sh("ethtool -r eth0")
    machine.must("ethtool -G eth0 rx 2048 && ethtool -C eth0 rx-usecs 40 && "
                 "ethtool -A eth0 rx on && ethtool -N eth0 rx-flow-hash udp4 sd && "
                 "ethtool -S eth0 --all-groups && ethtool -I -a eth0 && "
                 "ethtool --set-tunable eth0 rx-copybreak 128")
    before = state.settings(machine)
    machine.must("ip link set eth0 up")
    machine.carrier()
    after = state.settings(machine)
    for what in ("rings", "coalescing", "receive hash"):
        ktap.equal(after[what], before[what], what)
    machine.must("ethtool -G eth0 rx 8192 && ethtool -C eth0 rx-usecs 20 && "
                 "ethtool -N eth0 rx-flow-hash udp4 sdfn && "
                 "ethtool --set-tunable eth0 rx-copybreak 0 && ethtool -A eth0 rx off")
    machine.carrier()


@program.case("traffic goes on after all that")
def _(machine):
    machine.must(NEIGHBOUR)
    flows(machine, 0.5)


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
