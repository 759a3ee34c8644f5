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
# Root ports sit at these slots of bus 0, one a NIC; buses are numbered in order
FIRST_SLOT = 0x10


@dataclass
class Nic:
    """wire: "host" ends outside the VM; two NICs that share another name are joined."""
    model: str = "igb"
    wire: str = "host"
    pcap: bool = False
    options: str = ""

    def __post_init__(self):
        if self.model not in MODELS:
            raise LabError(f"NIC model {self.model} is not known; take one of "
                           + ", ".join(MODELS))


def mac(index):
    """The MAC address of a VM's NIC."""
    return f"52:54:00:12:34:{0x56 + index:02x}"


def bdf(index):
    """Where the guest finds a NIC."""
    return f"0000:{index + 1:02x}:00.0"


def port_bdf(index):
    """Where the guest finds the root port above a NIC."""
    return f"0000:00:{FIRST_SLOT + index:02x}.0"


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


def arguments(nics, wires, folder):
    """QEMU's options for all NICs, each behind a root port of its own."""
    args = []
    for i, nic in enumerate(nics):
        extra = "," + nic.options if nic.options else ""
        args += ["-device", f"pcie-root-port,id=rp{i},bus=pcie.0,chassis={i + 1},"
                            f"slot={i + 1},addr=0x{FIRST_SLOT + i:x}",
                 "-netdev", f"dgram,id=net{i},local.type=fd,"
                            f"local.str={wires.qemu_ends[i].fileno()}",
                 "-device", f"{MODELS[nic.model].device},id=nic{i},netdev=net{i},bus=rp{i},"
                            f"mac={mac(i)},romfile={extra}"]
        if nic.pcap:
            args += ["-object", f"filter-dump,id=dump{i},netdev=net{i},"
                                f"file={folder}/nic{i}.pcap"]
    return args
