# SPDX-License-Identifier: GPL-2.0
"""A second host inside the guest: a virtio NIC in a namespace, wired to lunic's."""
import contextlib
import json
import time

from lab import nic as nic_module
from lab.guest import Interface
from lab.nic import Nic

from . import device, ktap, state
from .machine import Machine

# virtio's driver is built in and comes first: lunic's interfaces follow
OUTER, INNER = "eth1", "eth2"
NAMESPACE = "peer"
PEER, SELF = "10.0.1.1", "10.0.1.2"
SIZE = 4 << 20


def machine(**options):
    """A machine with lunic on a wire to the outside and on one to the peer."""
    interfaces = [Interface(OUTER), Interface(INNER, SELF + "/24", None)]
    nics = [Nic(device.MODEL), Nic(device.MODEL, "back"), Nic("virtio-net", "back")]
    return Machine(nics=nics, interfaces=interfaces, **options)


def prepare(guest):
    """Moves the virtio NIC into its namespace."""
    guest.must(f"ip netns add {NAMESPACE} && ip link set dev eth0 netns {NAMESPACE} && "
               f"ip -n {NAMESPACE} addr add {PEER}/24 dev eth0 && "
               f"ip -n {NAMESPACE} link set dev eth0 up && "
               f"ip -n {NAMESPACE} link set dev lo up")
    guest.must(f"head -c {SIZE} /dev/urandom > /tmp/sent")
    guest.must(f"ip netns exec {NAMESPACE} iperf3 -s -D")


@contextlib.contextmanager
def setup():
    """Both wires with traffic on demand, and what counters and clock said first."""
    with machine(rings=1024, resume=False) as guest:
        prepare(guest)
        guest.begin = time.time()
        guest.first_counters = state.counters(guest, OUTER)
        yield guest


def link_downs(guest):
    """Of both interfaces of lunic."""
    return [state.ethtool_counters(guest, name)["link_down_events"]
            for name in (OUTER, INNER)]


def set_up_again(guest):
    """After a reload of the module: eth0, which is free here, is the first name now."""
    guest.must(f"ip link set dev eth1 name {INNER} && ip link set dev eth0 name {OUTER} && "
               f"ip addr add {SELF}/24 dev {INNER} && "
               f"ip addr add {nic_module.GUEST_IP}/24 dev {OUTER} && "
               f"ip link set dev {INNER} up && ip link set dev {OUTER} up")
    set_neighbour(guest)
    guest.carrier(INNER)
    guest.carrier(OUTER)


def set_neighbour(guest):
    """The outside answers no ARP; an ifdown forgets it."""
    guest.must(f"ip neigh replace {nic_module.HOST_IP} lladdr {nic_module.HOST_MAC} "
               f"dev {OUTER} nud permanent")


def inside(command):
    """The command in the peer's namespace."""
    return f"ip netns exec {NAMESPACE} {command}"


def ping(guest, target=PEER, size=56, count=3):
    """Every ping must be answered."""
    text = guest.must(f"ping -i 0.1 -c {count} -s {size} {target}")
    ktap.contains(text, f"{count} packets received", "ping")


def _copy(guest, sender, receiver, target):
    """The receiver answers with the checksum of what it got."""
    text = guest.must(f"{receiver('nc -l -p 5000 -e sha256sum')} & sleep 0.3; "
                      f"{sender(f'nc {target} 5000')} < /tmp/sent; wait; "
                      "sha256sum < /tmp/sent", 120)
    sums = text.split()
    ktap.check(len(sums) == 4 and sums[0] == sums[2], f"something else arrived: {text}")


def _here(command):
    return command


def copy_both_ways(guest, target=PEER, back=SELF):
    """A file over TCP, out and in: it must arrive as it was."""
    _copy(guest, _here, inside, target)
    _copy(guest, inside, _here, back)


def iperf(guest, *options):
    """Bytes that iperf3's client says were received."""
    text = guest.must(f"iperf3 -J -c {PEER} -t 2 " + " ".join(options), 60)
    return json.loads(text)["end"]["sum_received"]["bytes"]


def other_mac():
    """An address that is nobody's."""
    return nic_module.mac(77)
