# SPDX-License-Identifier: GPL-2.0
"""Random changes of an interface's settings, and readers of them: commands for the guest."""
import random

from lab import nic as nic_module


class Port:
    """An interface, and what is set that a later change has to know."""

    def __init__(self, index, chip, rings=(256, 512, 1024, 2048)):
        """rings: the lengths of receive rings that are tried."""
        self.index, self.chip, self.rings = index, chip, rings
        self.name, self.bdf = f"eth{index}", nic_module.bdf(index)
        self.queues, self.vlans = 1, set()


# Each gives a command that has to succeed. Not the shortest receive rings: what comes
# while a slow machine does something else must fit.

def rings(port):
    """Ring sizes."""
    return (f"ethtool -G {port.name} rx {random.choice(port.rings)} "
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
        "rxvlan on txvlan on", "rxvlan off", "rx-vlan-filter on",
        "rx-vlan-filter off", "rx-fcs on", "rx-fcs off", "rx-all on", "rx-all off"))


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


def vlan_name(port, vlan):
    """What the interface of a VLAN is called."""
    return f"v{port.index}.{vlan}"


def vlans(port):
    """A VLAN's filter, by its interface."""
    vlan = random.choice((1, 2, 31, 32, 100, 4094))
    name = vlan_name(port, vlan)
    if vlan in port.vlans:
        port.vlans.remove(vlan)
        return f"ip link del {name}"
    port.vlans.add(vlan)
    return (f"ip link add link {port.name} name {name} type vlan id {vlan} && "
            f"ip link set dev {name} up")


def no_vlans(port):
    """All of its VLANs are taken away: no random change, but commands for plain settings."""
    commands = [f"ip link del {vlan_name(port, vlan)}" for vlan in sorted(port.vlans)]
    port.vlans.clear()
    return commands


def filters(port):
    """Which other addresses are let in."""
    return f"ip link set dev {port.name} " + random.choice((
        "promisc on", "promisc off", "allmulticast on", "allmulticast off"))


SETTINGS = (rings, channels, mtu, features, coalescing, table, vlans, filters)
READERS = ("ethtool -S {0}", "ethtool -d {0}", "ethtool -x {0}", "ethtool -k {0}",
           "ethtool {0}", "ip -s link show dev {0}", "lunicctl show {0}",
           "cat /sys/kernel/debug/lunic/{1}/rings", "devlink dev info pci/{1}",
           "devlink health diagnose pci/{1} reporter rx")
