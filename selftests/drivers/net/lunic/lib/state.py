# SPDX-License-Identifier: GPL-2.0
"""Reads an interface's settings and counters in the guest."""
import difflib
import json
import re

SETTINGS = {
    "link": "ethtool {0} | grep -v -e Wake-on -e 'Current message'",
    "driver": "ethtool -i {0}",
    "rings": "ethtool -g {0}",
    "channels": "ethtool -l {0}",
    "coalescing": "ethtool -c {0}",
    "features": "ethtool -k {0}",
    "receive hash": "ethtool -x {0}",
    "private flags": "ethtool --show-priv-flags {0}",
}

# It tells of the last update alone
NO_COUNTERS = ("live_update_caught",)


def settings(machine, name="eth0"):
    """{what: text} of all that an operator can set with ethtool."""
    return {what: machine.must(command.format(name))
            for what, command in SETTINGS.items()}


def setting(machine, what, name="eth0"):
    """One of them."""
    return machine.must(SETTINGS[what].format(name))


def changed(before, after):
    """The lines of settings() that differ, with a - or a + before them."""
    return [f"{what}: {line}" for what in before for line in
            difflib.ndiff(before[what].splitlines(), after[what].splitlines())
            if line[0] in "+-"]


def link(machine, name="eth0"):
    """What ip link says of it, counters included."""
    return json.loads(machine.must(f"ip -j -s -d link show dev {name}"))[0]


def netdev_counters(machine, name="eth0"):
    """{"rx packets": n ...}: the interface's own counters."""
    both = link(machine, name)["stats64"]
    return {f"{way} {what}": value for way in both for what, value in both[way].items()}


def ethtool_counters(machine, name="eth0"):
    """{name: n} of ethtool -S."""
    text = machine.must(f"ethtool -S {name}")
    return {what: int(value) for what, value in
            re.findall(r"^\s*(\S[^:]*): (\d+)$", text, re.M)}


def counters(machine, name="eth0"):
    """Both in one."""
    return {**netdev_counters(machine, name), **ethtool_counters(machine, name)}


def shrunk(before, after):
    """{name: (before, after)} of the counters that went back."""
    return {name: (value, after.get(name)) for name, value in before.items()
            if after.get(name, -1) < value and name not in NO_COUNTERS}


def show(machine, device="eth0"):
    """What lunicctl knows of a device."""
    return json.loads(machine.must(f"lunicctl -j -v show {device}"))[0]


def printed(text):
    """The first object of an output that begins with a line for people."""
    return json.loads(text[text.index("["):])[0]
