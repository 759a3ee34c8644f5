# SPDX-License-Identifier: GPL-2.0
"""The NICs of a VM: QEMU's arguments for each, and what is on the wire's other end."""
import socket
from dataclasses import dataclass

from .errors import LabError


@dataclass(frozen=True)
class Model:
    """A device of QEMU, and what it makes of a reset and of a full ring."""
    device: str
    traced: bool = True             # by the events that trace.py counts
    reset_drops_link: bool = True   # STATUS.LU comes back with autonegotiation alone
    full_ring_drops: bool = True    # where not, a frame waits for a descriptor


MODELS = {"igb": Model("igb"),
          "e1000e": Model("e1000e", reset_drops_link=False, full_ring_drops=False),
          "virtio-net": Model("virtio-net-pci", traced=False)}
HOST_MAC = "52:54:00:00:00:01"
HOST_IP = "10.0.0.1"
GUEST_IP = "10.0.0.2"
# The 82574 spreads flows by their addresses alone: they come from so many
SOURCES = 16
PLACES = ("port", "switch", "root")
# Root ports sit at these slots of bus 0 by the number of the NIC, the switch's at that of
# its first one; buses are numbered in order
FIRST_SLOT = 0x10
# NICs on the root bus: an igb's virtual functions must find numbers above its own
ROOT_SLOT = 0xb


@dataclass
class Nic:
    """wire: "host" ends outside the VM; two NICs that share another name are joined.
    place: below a "port" of its own, below the VM's one "switch", or on the "root" bus."""
    model: str = "igb"
    wire: str = "host"
    pcap: bool = False
    options: str = ""
    place: str = "port"

    def __post_init__(self):
        if self.model not in MODELS:
            raise LabError(f"NIC model {self.model} is not known; take one of "
                           + ", ".join(MODELS))
        if self.place not in PLACES:
            raise LabError(f"a NIC's place is {' or '.join(PLACES)}, not {self.place}")


def mac(index):
    """The MAC address of a VM's NIC."""
    return f"52:54:00:12:34:{0x56 + index:02x}"


def bdf(index):
    """Where the guest finds a NIC, if each has a port of its own."""
    return f"0000:{index + 1:02x}:00.0"


def port_bdf(index):
    """Where the guest finds the root port above a NIC."""
    return f"0000:00:{FIRST_SLOT + index:02x}.0"


def paths(nics):
    """[[NIC, the bridge above it, the one above that ...]]: where the guest finds them."""
    found, bus, switch = [], 1, None
    members = sum(nic.place == "switch" for nic in nics)
    for index, nic in enumerate(nics):
        slot = _slot(nics, index)
        if nic.place == "root":
            found.append([f"0000:00:{slot:02x}.0"])
        elif nic.place == "port":
            found.append([f"0000:{bus:02x}:00.0", port_bdf(index)])
            bus += 1
        else:
            if not switch:
                switch = (bus, port_bdf(index))
                bus += 2 + members
            found.append(_below(*switch, slot))
    return found


def _below(bus, port, slot):
    """Behind the switch whose upstream port is on that bus."""
    return [f"0000:{bus + 2 + slot:02x}:00.0", f"0000:{bus + 1:02x}:{slot:02x}.0",
            f"0000:{bus:02x}:00.0", port]


class Wires:
    """The sockets behind the NICs: QEMU's ends and ours."""

    def __init__(self, nics):
        self.qemu_ends = []
        self.host_ends = {}
        loose = {}
        for index, nic in enumerate(nics):
            if nic.wire in loose:
                end = loose.pop(nic.wire)
            else:
                end, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                if nic.wire == "host":
                    self.host_ends[index] = other
                else:
                    loose[nic.wire] = other
            self.qemu_ends.append(end)
        self.loose = list(loose.values())

    def fds(self):
        """What QEMU inherits."""
        return [end.fileno() for end in self.qemu_ends]

    def release_qemu_ends(self):
        """QEMU has its copies now."""
        for end in self.qemu_ends:
            end.close()


def _slot(nics, index):
    """Where a NIC is on the root bus, or on the switch's."""
    before = sum(nic.place == nics[index].place for nic in nics[:index])
    return before + (ROOT_SLOT if nics[index].place == "root" else 0)


def _root_port(index):
    return ["-device", f"pcie-root-port,id=rp{index},bus=pcie.0,chassis={index + 1},"
                       f"slot={index + 1},addr=0x{FIRST_SLOT + index:x}"]


def _bus(nics, index):
    """(bus and slot of a NIC, QEMU's options for the bridges above it)."""
    place = nics[index].place
    if place == "root":
        return f"pcie.0,addr=0x{_slot(nics, index):x}", []
    if place == "port":
        return f"rp{index}", _root_port(index)
    number = _slot(nics, index)
    args = [] if number else [*_root_port(index), "-device",
                              f"x3130-upstream,id=up,bus=rp{index}"]
    # Chassis and slot together are unique in a VM
    return f"dn{number}", [*args, "-device", f"xio3130-downstream,id=dn{number},bus=up,"
                           f"addr=0x{number:x},chassis={0x80 + number},slot={number}"]


def arguments(nics, wires, folder):
    """QEMU's options for all NICs."""
    args = []
    for i, nic in enumerate(nics):
        extra = "," + nic.options if nic.options else ""
        bus, bridges = _bus(nics, i)
        args += [*bridges,
                 "-netdev", f"dgram,id=net{i},local.type=fd,"
                            f"local.str={wires.qemu_ends[i].fileno()}",
                 "-device", f"{MODELS[nic.model].device},id=nic{i},netdev=net{i},bus={bus},"
                            f"mac={mac(i)},romfile={extra}"]
        if nic.pcap:
            args += ["-object", f"filter-dump,id=dump{i},netdev=net{i},"
                                f"file={folder}/nic{i}.pcap"]
    return args
