#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Each feature on and off under traffic: it works, and neither link nor traffic suffers."""
import contextlib
import re
import struct
import time

from lib import device, frames, ktap, peer, state
from lib.peer import INNER, OUTER
from lib.traffic import flows, unharmed
from lab import nic as nic_module

RCTL, RCTL_SBP, RCTL_LBM, RCTL_SECRC = 0x100, 0x4, 0xc0, 1 << 26
# While one of these is on, frames go astray by intent, or rings change
ASTRAY = ("loopback", "rx-all")
# What only one of the chips has
ONLY = {"igb": ("tx-checksum-sctp", "tx-udp-segmentation", "tx-gso-partial")}
program = ktap.Program()


def is_on(machine, feature):
    """As ethtool shows it."""
    for line in state.setting(machine, "features", OUTER).splitlines():
        if line.strip().startswith(feature + ":"):
            return line.split(":")[1].split()[0] == "on"
    raise AssertionError(f"no feature is called {feature}")


def rctl(machine):
    """The receiver's register."""
    text = machine.must(f"ethtool -d {OUTER} raw on | od -An -v -tx1")
    raw = bytes.fromhex("".join(text.split()))
    return dict(struct.iter_unpack("<II", raw))[RCTL]


@contextlib.contextmanager
def switched(machine, feature, value="on"):
    """The feature has that value in the block, and the other one after it."""
    machine.must(f"ethtool -K {OUTER} {feature} {value}")
    try:
        yield
    finally:
        machine.must(f"ethtool -K {OUTER} {feature} " + ("off" if value == "on" else "on"))


def toggles(machine, feature):
    """Four times to the other value and back, while frames come and are answered."""
    was_on = is_on(machine, feature)
    for _ in range(3):
        with switched(machine, feature, "off" if was_on else "on"):
            ktap.equal(is_on(machine, feature), not was_on, feature)
            time.sleep(0.05)
    ktap.equal(is_on(machine, feature), was_on, f"{feature} afterwards")


def under_traffic(machine, *features):
    """They change; the link stays, and so do frames unless they have to go astray."""
    before = peer.link_downs(machine)
    with machine.traffic(rate=4000) as traffic:
        for feature in features:
            toggles(machine, feature)
        if not set(features) & set(ASTRAY):
            unharmed(traffic.stop(), "while features changed")
    flows(machine, 0.3, "after features changed")
    ktap.equal(peer.link_downs(machine), before, "link_down_events")


for changing in (("rx-checksumming", "receive-hashing", "rx-vlan-offload", "rx-vlan-filter",
                  "generic-receive-offload"),
                 ("tx-checksum-ip-generic", "scatter-gather", "tx-tcp-segmentation",
                  "tx-tcp6-segmentation") + ONLY.get(device.MODEL, ()),
                 ("rx-fcs",), ("rx-all",), ("loopback",)):
    program.case(f"{', '.join(changing)}: on and off under traffic")(
        lambda machine, features=changing: under_traffic(machine, *features))


@program.case("rx-fcs: the frame's checksum comes with it")
def _(machine):
    def size():
        before = state.netdev_counters(machine, OUTER)["rx bytes"]
        ktap.equal(frames.taken(machine, nic_module.mac(0), name=OUTER), 10, "frames")
        return state.netdev_counters(machine, OUTER)["rx bytes"] - before
    ktap.equal(size(), 1000, "ten frames without")
    with switched(machine, "rx-fcs"):
        ktap.equal(size(), 1040, "ten frames with")
        ktap.check(not rctl(machine) & RCTL_SECRC, "the device strips it")
    ktap.equal(size(), 1000, "ten frames without again")


@program.case("rx-all: the device stores bad frames, in buffers that hold any length")
def _(machine):
    ktap.check(not rctl(machine) & RCTL_SBP, "it does by itself")
    with switched(machine, "rx-all"):
        ktap.check(rctl(machine) & RCTL_SBP, "it does not")
        ktap.equal(frames.taken(machine, nic_module.mac(0), name=OUTER), 10, "frames")
        machine.must(f"ip link set dev {OUTER} down && ip link set dev {OUTER} up")
        machine.carrier(OUTER)
        ktap.check(rctl(machine) & RCTL_SBP, "it does not after ifdown and ifup")
    ktap.check(not rctl(machine) & RCTL_SBP, "it still does")
    peer.set_neighbour(machine)


@program.case("loopback: what is sent comes back, with carrier, and does not leave")
def _(machine):
    machine.must(f"ip link set dev {INNER} promisc on && ip neigh replace 10.0.1.99 "
                 f"lladdr {peer.other_mac()} dev {INNER}")
    before = state.netdev_counters(machine, INNER)
    outside = f"ip netns exec {peer.NAMESPACE} cat /sys/class/net/eth0/statistics/rx_packets"
    machine.must(f"ethtool -K {INNER} loopback on")
    left = machine.must(outside)
    machine.sh("ping -c 5 -i 0.1 -W 1 10.0.1.99")
    after = state.netdev_counters(machine, INNER)
    ktap.equal(machine.must(f"cat /sys/class/net/{INNER}/carrier").strip(), "1", "carrier")
    ktap.check(after["rx packets"] - before["rx packets"] >= 5, "nothing came back")
    ktap.equal(machine.must(outside), left, "frames that the peer got")
    machine.must(f"ethtool -K {INNER} loopback off && ip link set dev {INNER} promisc off && "
                 f"ip neigh del 10.0.1.99 dev {INNER}")
    peer.ping(machine)
    peer.copy_both_ways(machine)


@program.case("VLAN tags are not inserted where none are stripped: one bit does both")
def _(machine):
    with switched(machine, "rxvlan", "off"):
        ktap.check(not is_on(machine, "tx-vlan-offload"), "inserts with stripping off")
    ktap.check(is_on(machine, "tx-vlan-offload"), "does not insert again")


def load(machine, *modules):
    """Kernel modules that are not in the image, in this order."""
    for module in modules:
        machine.must(f"insmod {machine.give_module(module)}")


@program.case("SCTP: the device fills in the sum, and the stack does with it off")
def _(machine):
    if "tx-checksum-sctp" not in ONLY.get(device.MODEL, ()):
        raise ktap.Skip(f"the {device.THIS.chip} knows nothing of SCTP")
    load(machine, "net/ipv4/udp_tunnel", "net/ipv6/ip6_udp_tunnel", "net/sctp/sctp")
    for value in ("on", "off"):
        machine.must(f"ethtool -K {INNER} tx-checksum-sctp {value}")
        ktap.check(peer.iperf(machine, "--sctp") > 100000, f"next to nothing with it {value}")
        text = machine.must(peer.inside("cat /proc/net/sctp/snmp"))
        ktap.equal(re.findall(r"SctpChecksumErrors\s+(\d+)", text), ["0"], "bad sums")
    machine.must(f"ethtool -K {INNER} tx-checksum-sctp on")


@program.case("a tunnel, GRE: with segmentation left to the stack, a file both ways")
def _(machine):
    load(machine, "net/ipv4/gre", "net/ipv4/ip_tunnel", "net/ipv4/ip_gre")
    for where, here, there, inner in (("", peer.SELF, peer.PEER, "10.0.8.2"),
                                      (f"-n {peer.NAMESPACE}", peer.PEER, peer.SELF,
                                       "10.0.8.1")):
        machine.must(f"ip {where} link add g type gre local {here} remote {there} && "
                     f"ip {where} addr add {inner}/24 dev g && ip {where} link set dev g up")
    peer.ping(machine, "10.0.8.1")
    peer.copy_both_ways(machine, "10.0.8.1", "10.0.8.2")
    machine.must("ip link del g")


def sent_sums(machine):
    """{what: n} of all that lunic has counted as sent."""
    counted = state.ethtool_counters(machine, INNER)
    return {what: sum(value for name, value in counted.items()
                      if re.fullmatch(rf"tx_queue_\d+_{what}", name))
            for what in ("packets", "bytes", "gso_packets", "gso_sends")}


def moved(machine):
    """What lunic has counted as sent, and its peer as received, while nothing moves."""
    for _ in range(10):
        time.sleep(0.5)
        sums = sent_sums(machine)
        text = machine.must(peer.inside("sh -c 'cd /sys/class/net/eth0/statistics && "
                                        "cat rx_packets rx_bytes'"))
        if sent_sums(machine) == sums:
            return sums, [int(number) for number in text.split()]
    raise ktap.Failed("the link does not come to rest")


@program.case("each segment is counted, with headers of its own")
def _(machine):
    # Else QEMU's virtio-net drops what goes to groups that the peer has not joined: the
    # solicitation of a router, which comes when it likes, or this ping
    machine.must(peer.inside("ip link set dev eth0 promisc on"))
    before, came_before = moved(machine)
    peer.copy_both_ways(machine)
    machine.sh(f"ping -6 -c 1 -W 1 ff02::2%{INNER}")
    after, came = moved(machine)
    sent = {what: after[what] - before[what] for what in after}
    ktap.check(sent["gso_packets"] > sent["gso_sends"] > 0, "nothing was segmented")
    ktap.equal((sent["packets"], sent["bytes"]),
               tuple(now - then for now, then in zip(came, came_before)), "packets, bytes")


@program.case("while preserved, what decides which frames come stays as it is")
def _(machine):
    with machine.traffic() as traffic:
        machine.preserve(OUTER, sink=False)
        for feature in ("rx-fcs", "rx-all", "loopback"):
            machine.sh(f"ethtool -K {OUTER} {feature} on")
            ktap.check(not is_on(machine, feature), f"{feature} was switched on")
        machine.must(f"ethtool -K {OUTER} rx-fcs off rx-all off loopback off; "
                     f"lunicctl cancel {OUTER}")
        unharmed(traffic.stop())


@program.case("none of that has reset a device or taken a link down by itself")
def _(machine):
    ktap.equal(state.shrunk(machine.first_counters, state.counters(machine, OUTER)), {},
               "went back")
    ktap.equal(peer.link_downs(machine), [0, 0], "link_down_events")


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(peer.setup)
