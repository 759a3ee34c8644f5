#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Plain traffic, offloads, filters, settings under load: no live update here."""
import struct
import time

from lib import device, frames, ktap, peer, state
from lib.peer import INNER, OUTER
from lib.traffic import flows, unharmed
from lab import nic as nic_module

GROUP, OTHER_GROUP = "01:00:5e:01:02:03", "33:33:00:11:22:33"
VLAN, OTHER_VLAN = 7, 8
RCTL, RCTL_EN = 0x100, 0x2
TCTL = 0x400
program = ktap.Program()


def taken(machine, target, vlan=None):
    """How many of ten frames from outside the interface takes."""
    return frames.taken(machine, target, vlan, name=OUTER)


@program.case("ping, small and fragmented")
def _(machine):
    peer.ping(machine)
    peer.ping(machine, size=4000)


@program.case("numbered frames from outside, all sizes: nothing lost or altered")
def _(machine):
    for size in (96, 600, 1514):
        with machine.traffic(size=size) as traffic:
            time.sleep(1)
            unharmed(traffic.stop(), f"{size} bytes")


@program.case("TCP out and in by iperf3")
def _(machine):
    for options in ((), ("-R",), ("--bidir",)):
        ktap.check(peer.iperf(machine, *options) > 0, f"nothing with {options}")


def with_features(machine, features):
    """A file both ways with these features off, and then on again."""
    machine.must(f"ethtool -K {INNER} " + " ".join(f"{name} off" for name in features))
    try:
        text = state.setting(machine, "features", INNER)
        ktap.check("off" in text, text)
        peer.copy_both_ways(machine)
    finally:
        machine.must(f"ethtool -K {INNER} " + " ".join(f"{n} on" for n in features))


for off in ((), ("tso",), ("tx",), ("rx",), ("sg",), ("gro", "gso"),
            ("rxvlan", "txvlan", "rxhash")):
    program.case(f"a file both ways with {', '.join(off) + ' off' if off else 'all offloads'}")(
        lambda machine, features=off: with_features(machine, features)
        if features else peer.copy_both_ways(machine))


def segmented(machine):
    """Segments that the hardware has cut so far."""
    counted = state.ethtool_counters(machine, INNER)
    return sum(value for name, value in counted.items() if "gso_packets" in name)


@program.case("the hardware segments with tso on, and does not with tso off")
def _(machine):
    before = segmented(machine)
    ktap.check(peer.iperf(machine) and segmented(machine) > before, "no segment with tso on")
    machine.must(f"ethtool -K {INNER} tso off")
    before = segmented(machine)
    ktap.check(peer.iperf(machine) > 0, "no traffic with tso off")
    ktap.equal(segmented(machine), before, "segments with tso off")
    machine.must(f"ethtool -K {INNER} tso on")


@program.case("MTU 9000: whole jumbo frames both ways, and a file")
def _(machine):
    machine.must(f"ip link set dev {INNER} mtu 9000 && "
                 f"ip -n {peer.NAMESPACE} link set dev eth0 mtu 9000")
    machine.carrier(INNER)
    peer.ping(machine)
    before = state.netdev_counters(machine, INNER)
    peer.ping(machine, size=8972)
    after = state.netdev_counters(machine, INNER)
    for way in ("rx", "tx"):
        grown = after[f"{way} packets"] - before[f"{way} packets"]
        ktap.check(3 <= grown <= 5, f"{way}: {grown} frames for three pings")
    peer.copy_both_ways(machine)


@program.case("MTU back to 1500, and 68 as the least")
def _(machine):
    machine.must(f"ip link set dev {INNER} mtu 68")
    ktap.check(machine.sh(f"ip link set dev {INNER} mtu 67")[0], "67 was accepted")
    machine.must(f"ip link set dev {INNER} mtu 1500 && "
                 f"ip -n {peer.NAMESPACE} link set dev eth0 mtu 1500")
    machine.carrier(INNER)
    peer.copy_both_ways(machine)


@program.case("VLAN: a file both ways, with and without tag offloads")
def _(machine):
    machine.must(f"ip link add link {INNER} name v type vlan id {VLAN} && "
                 "ip addr add 10.0.7.2/24 dev v && ip link set dev v up && "
                 f"ip -n {peer.NAMESPACE} link add link eth0 name v type vlan id {VLAN} && "
                 f"ip -n {peer.NAMESPACE} addr add 10.0.7.1/24 dev v && "
                 f"ip -n {peer.NAMESPACE} link set dev v up")
    for value in ("on", "off"):
        machine.must(f"ethtool -K {INNER} rxvlan {value} txvlan {value}")
        peer.ping(machine, "10.0.7.1")
        peer.copy_both_ways(machine, "10.0.7.1", "10.0.7.2")
    machine.must(f"ethtool -K {INNER} rxvlan on txvlan on && ip link del v")


@program.case("VLAN filter: only known VLANs, all with the filter off")
def _(machine):
    mac = nic_module.mac(0)
    found = [taken(machine, mac, OTHER_VLAN)]
    machine.must(f"ip link add link {OUTER} name v8 type vlan id {OTHER_VLAN} && "
                 "ip link set dev v8 up")
    found.append(taken(machine, mac, OTHER_VLAN))
    found.append(taken(machine, mac, VLAN))
    machine.must("ip link del v8")
    found.append(taken(machine, mac, OTHER_VLAN))
    machine.must(f"ethtool -K {OUTER} rx-vlan-filter off")
    found.append(taken(machine, mac, OTHER_VLAN))
    machine.must(f"ethtool -K {OUTER} rx-vlan-filter on")
    ktap.equal(found, [0, 10, 0, 0, 10],
               "unknown, known, another, deleted, without filter")


def around(machine, target, on, off):
    """(frames taken before a setting, with it, after it)."""
    found = [taken(machine, target)]
    machine.must(on)
    found.append(taken(machine, target))
    machine.must(off)
    return found + [taken(machine, target)]


for title, target_mac, switch_on, switch_off in (
        ("promiscuous mode", peer.other_mac(), "ip link set dev {0} promisc on",
         "ip link set dev {0} promisc off"),
        ("all multicast", OTHER_GROUP, "ip link set dev {0} allmulticast on",
         "ip link set dev {0} allmulticast off"),
        ("a multicast group", GROUP, "ip maddr add " + GROUP + " dev {0}",
         "ip maddr del " + GROUP + " dev {0}"),
        ("an extra unicast address", peer.other_mac(),
         "bridge fdb add " + peer.other_mac() + " dev {0} self permanent",
         "bridge fdb del " + peer.other_mac() + " dev {0} self")):
    program.case(f"filters: {title}")(
        lambda machine, mac=target_mac, on=switch_on, off=switch_off: ktap.equal(
            around(machine, mac, on.format(OUTER), off.format(OUTER)), [0, 10, 0],
            "frames taken before, with and after it"))


def batch(machine, lines):
    """Many commands of bridge at once."""
    text = "\n".join(lines)
    machine.must(f"echo '{text}' | bridge -batch -")


@program.case("filters: more unicast addresses than the hardware has entries")
def _(machine):
    macs = [f"02:00:00:00:01:{i:02x}" for i in range(40)]
    batch(machine, [f"fdb add {mac} dev {OUTER} self permanent" for mac in macs])
    found = [taken(machine, macs[0]), taken(machine, macs[-1])]
    batch(machine, [f"fdb del {mac} dev {OUTER} self" for mac in macs])
    found += [taken(machine, macs[0]), taken(machine, macs[-1])]
    ktap.equal(found, [10, 10, 0, 0], "first and last, before and after")


@program.case("a new MAC address is taken, and no longer once it has gone")
def _(machine):
    # The NIC's own address would be let through all along: QEMU looks unicast up in the
    # multicast hash too, where the IPv6 group made of that address has the same bit
    machine.must(f"ip link set dev {OUTER} address {peer.other_mac()}")
    found = [taken(machine, peer.other_mac())]
    machine.must(f"ip link set dev {OUTER} address {nic_module.mac(0)}")
    found += [taken(machine, peer.other_mac()), taken(machine, nic_module.mac(0))]
    ktap.equal(found, [10, 0, 10], "new, new once gone, old again")


@program.case("ring sizes change under traffic: nothing lost")
def _(machine):
    with machine.traffic() as traffic:
        for sizes in ("rx 256 tx 128", "rx 4096 tx 4096", "rx 64 tx 64", "rx 1024 tx 1024"):
            machine.must(f"ethtool -G {OUTER} {sizes}")
            time.sleep(0.3)
        unharmed(traffic.stop())


@program.case("interrupt intervals: 0, 500 us, and too long a one is refused")
def _(machine):
    for usecs in (0, 500):
        machine.must(f"ethtool -C {OUTER} rx-usecs {usecs}")
        flows(machine, 0.5, f"{usecs} us")
    status, text = machine.sh(f"ethtool -C {OUTER} rx-usecs 100000")
    ktap.check(status, "100000 us were accepted")
    ktap.contains(text, "at most", "ethtool")
    machine.must(f"ethtool -C {OUTER} rx-usecs 20")


@program.case("none of that has reset a device or taken a link down")
def _(machine):
    ktap.equal(peer.link_downs(machine), [0, 0], "link_down_events")
    seen = machine.window(machine.begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0),
               f"resets, link downs ({seen.happened})")


@program.case("the queues' counters add up to the interface's")
def _(machine):
    time.sleep(0.5)
    for name in (OUTER, INNER):
        queues = state.ethtool_counters(machine, name)
        whole = state.netdev_counters(machine, name)
        for way in ("rx", "tx"):
            for what in ("packets", "bytes"):
                parts = sum(value for key, value in queues.items()
                            if key.startswith(f"{way}_queue_") and key.endswith("_" + what)
                            and "gso" not in key)
                ktap.equal(parts, whole[f"{way} {what}"], f"{name} {way} {what}")


@program.case("no counter has gone back")
def _(machine):
    ktap.equal(state.shrunk(machine.first_counters, state.counters(machine, OUTER)), {},
               "went back")


@program.case("ethtool shows settings, names and channels")
def _(machine):
    ktap.contains(state.setting(machine, "driver", OUTER), "driver: lunic", "ethtool -i")
    ktap.contains(state.setting(machine, "driver", OUTER), nic_module.bdf(0), "ethtool -i")
    ktap.contains(state.setting(machine, "link", OUTER), "1000Mb/s", "ethtool")
    ktap.contains(state.setting(machine, "rings", OUTER), "32768", "ethtool -g")
    ktap.contains(state.setting(machine, "private flags", OUTER), "live-update-hold-rx",
                  "private flags")
    ktap.contains(state.setting(machine, "receive hash", OUTER), "toeplitz: on",
                  "ethtool -x")


@program.case("ethtool -d: pairs of offset and value, the receiver is enabled")
def _(machine):
    text = machine.must(f"ethtool -d {OUTER} raw on | od -An -v -tx1")
    raw = bytes.fromhex("".join(text.split()))
    registers = dict(struct.iter_unpack("<II", raw))
    ktap.check(registers.get(RCTL, 0) & RCTL_EN, f"RCTL: {registers.get(RCTL)}")


@program.case("ifdown and ifup: counters never go back, traffic again")
def _(machine):
    before = state.counters(machine, INNER)
    for _ in range(3):
        machine.must(f"ip link set dev {INNER} down && ip link set dev {INNER} up")
        machine.carrier(INNER)
        after = state.counters(machine, INNER)
        ktap.equal(state.shrunk(before, after), {}, "went back")
        before = after
    peer.copy_both_ways(machine)


@program.case("the cable is pulled and plugged: one link_down_events more, traffic again")
def _(machine):
    before = peer.link_downs(machine)[0]
    machine.vm.qmp.set_link("net0", False)
    machine.must(f"for i in $(seq 50); do [ $(cat /sys/class/net/{OUTER}/carrier) = 0 ] && "
                 "exit 0; sleep 0.1; done; exit 1")
    machine.vm.qmp.set_link("net0", True)
    machine.carrier(OUTER)
    ktap.equal(peer.link_downs(machine)[0], before + 1, "link_down_events")
    flows(machine, 0.5)


@program.case("rmmod and insmod under traffic, three times")
def _(machine):
    with machine.traffic(rate=200):
        for _ in range(3):
            machine.must("rmmod lunic && insmod /lib/lab/lunic.ko", 120)
            peer.set_up_again(machine)
    peer.ping(machine)
    peer.copy_both_ways(machine)


@program.case("the number of channels changes under traffic, and traffic goes on")
def _(machine):
    before = peer.link_downs(machine)
    with machine.traffic(rate=5000):
        for count in 4 * (1, min(4, device.THIS.queues), min(9, device.THIS.queues), 2):
            machine.must(f"ethtool -L {OUTER} combined {count}")
            time.sleep(0.1)
    flows(machine, 0.5)
    ktap.equal(peer.link_downs(machine), before, "link_down_events")


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


@program.case("a transmitter that hangs is reset by the watchdog, traffic again")
def _(machine):
    machine.must(f"ethtool -G {INNER} tx 64")
    machine.must(f"labctl reg {nic_module.bdf(1)} {TCTL:#x} 0")
    # More than the ring holds, over more than the watchdog's five seconds
    machine.sh(f"ping -q -c 500 -i 0.02 -W 1 {peer.PEER}", 60)
    ktap.check(machine.logged("NETDEV WATCHDOG"), "the watchdog did not notice")
    machine.carrier(INNER)
    peer.ping(machine)
    peer.copy_both_ways(machine)


if __name__ == "__main__":
    program.main(peer.setup)
