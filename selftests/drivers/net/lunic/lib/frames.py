# SPDX-License-Identifier: GPL-2.0
"""Single frames from outside, and whether the guest's interface takes them."""
import time

from lab import nic as nic_module

from . import state

# An ether type that nobody answers
ETHER_TYPE = b"\x88\xb5"


def octets(mac):
    """A MAC address as bytes."""
    return bytes.fromhex(mac.replace(":", ""))


def frame(target, vlan=None, size=100):
    """A frame with a local ether type."""
    tag = b"\x81\x00" + vlan.to_bytes(2, "big") if vlan is not None else b""
    head = octets(target) + octets(nic_module.HOST_MAC) + tag + ETHER_TYPE
    return head.ljust(size, b"\x5a")


def taken(machine, target, vlan=None, count=10, name="eth0"):
    """How many of so many frames the interface receives; nothing else may be sent."""
    before = state.netdev_counters(machine, name)["rx packets"]
    for _ in range(count):
        machine.vm.wires.host_ends[0].send(frame(target, vlan))
        time.sleep(0.002)
    time.sleep(0.3)
    return state.netdev_counters(machine, name)["rx packets"] - before
