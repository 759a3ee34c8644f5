# SPDX-License-Identifier: GPL-2.0
"""Single frames from outside, and whether the guest's interface takes them."""
import ipaddress
import struct
import time

from lab import nic as nic_module, ring

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


def flow(target, kind, port):
    """An empty segment or datagram from a port. kind: as ethtool calls it, tcp4 or udp6."""
    if kind.startswith("tcp"):
        protocol, data = 6, struct.pack(">HHIIBBHHH", port, 9, 0, 0, 0x50, 0x10, 0, 0, 0)
    else:
        protocol, data = 17, struct.pack(">HHHH", port, 9, 8, 0)
    data = data.ljust(46, b"\0")
    if kind.endswith("4"):
        ether = 0x0800
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), 0, 0, 64, protocol, 0)
        ends = "10.0.9.1", "10.0.9.2"
    else:
        ether = 0x86dd
        head = struct.pack(">IHBB", 0x60000000, len(data), protocol, 64)
        ends = "fd09::1", "fd09::2"
    head += b"".join(ipaddress.ip_address(end).packed for end in ends)
    return (octets(target) + octets(nic_module.HOST_MAC) + ether.to_bytes(2, "big") +
            head + data)


def spread(machine, target, kind, count=32):
    """{queue: frames} of so many flows, a frame each; nothing else may be sent."""
    before = ring.queue_packets(machine.vm)
    for port in range(20000, 20000 + count):
        machine.vm.wires.host_ends[0].send(flow(target, kind, port))
        time.sleep(0.002)
    time.sleep(0.3)
    after = ring.queue_packets(machine.vm)
    return {queue: n - before[queue] for queue, n in after.items() if n > before[queue]}


def taken(machine, target, vlan=None, count=10, name="eth0"):
    """How many of so many frames the interface receives; nothing else may be sent."""
    before = state.netdev_counters(machine, name)["rx packets"]
    for _ in range(count):
        machine.vm.wires.host_ends[0].send(frame(target, vlan))
        time.sleep(0.002)
    time.sleep(0.3)
    return state.netdev_counters(machine, name)["rx packets"] - before
