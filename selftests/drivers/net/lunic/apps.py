#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Real programs between an 82576 and an 82574L, and again after a live update of both."""
from lib import ktap
from lib.pair import NAMES, VLAN, WIRE, Pair

program = ktap.Program()
# Bits a second that two slow CPUs can both send and take
UDP = ("-u", "-b", "5M")


def case(when, what):
    """Adds a case before or after the update."""
    return program.case(f"{when}{what}")


def plain(when, wire):
    """What any application does."""
    for ip, ends in wire.items():
        case(when, f"{ip}: iperf3, TCP, both ways")(
            lambda pair, ends=ends: pair.iperf(ends))
        case(when, f"{ip}: iperf3, UDP, both ways")(
            lambda pair, ends=ends: pair.iperf(ends, *UDP))
        case(when, f"{ip}: every byte over TCP is as it was sent")(
            lambda pair, ends=ends: pair.ends("tcp", ends))
        case(when, f"{ip}: every byte in UDP of any size is as it was sent")(
            lambda pair, ends=ends: pair.ends("udp", ends))
        case(when, f"{ip}: multicast, both ways")(
            lambda pair, ends=ends: pair.ends("multicast", ends))
        case(when, f"{ip}: SCTP, every byte is as it was sent")(
            lambda pair, ends=ends: pair.ends("sctp", ends))
        case(when, f"{ip}: iperf3, SCTP, both ways")(
            lambda pair, ends=ends: pair.iperf(ends, "--sctp"))


def vlan():
    """Tags that the devices put in and take out."""
    for ip, ends in VLAN.items():
        program.case(f"VLAN, {ip}: iperf3, TCP, both ways")(
            lambda pair, ends=ends: pair.iperf(ends))
        program.case(f"VLAN, {ip}: every byte in UDP of any size is as it was sent")(
            lambda pair, ends=ends: pair.ends("udp", ends))


def jumbo():
    """Frames of 9018 bytes."""
    @program.case("MTU 9000: ping fills a frame")
    def _(pair):
        pair.set_mtu(9000)
        pair.run(f"ping -q -c 3 -w 20 -M do -s 8972 {WIRE['IPv4'][1]}")

    for ip, ends in WIRE.items():
        program.case(f"MTU 9000, {ip}: iperf3, TCP, both ways")(
            lambda pair, ends=ends: pair.iperf(ends))
        program.case(f"MTU 9000, {ip}: iperf3, UDP, both ways")(
            lambda pair, ends=ends: pair.iperf(ends, *UDP, "-l", "8900"))
        program.case(f"MTU 9000, {ip}: every byte over TCP and in UDP is as it was sent")(
            lambda pair, ends=ends: [pair.ends(kind, ends) for kind in ("tcp", "udp")])

    @program.case("MTU 1500 again: iperf3, TCP, both ways")
    def _(pair):
        pair.set_mtu(1500)
        pair.iperf(WIRE["IPv4"])


def roce(when, wire):
    """RDMA over UDP port 4791; -c, -V: each checks what arrived."""
    for ip, ends in wire.items():
        for tool in ("ibv_rc_pingpong -c -n 100", "ibv_ud_pingpong -s 1000 -n 50"):
            case(when, f"{ip}: Soft-RoCE, {tool}")(
                lambda pair, ends=ends, tool=tool: pingpong(pair, ends, tool))
        case(when, f"{ip}: Soft-RoCE, rping")(
            lambda pair, ends=ends: rping(pair, ends))


def pingpong(pair, ends, tool):
    """One of the examples of libibverbs; they find one another over IPv4 alone."""
    pair.rdma_links()
    server = f"{tool} -d rxe1 -g {pair.gid('rxe1', ends[1])}"
    client = f"{tool} -d rxe0 -g {pair.gid('rxe0', ends[0])} {WIRE['IPv4'][1]}"
    ktap.contains(pair.talk(server, client), "iters in", tool)


def rping(pair, ends):
    """The RDMA connection manager's."""
    pair.rdma_links()
    said = pair.talk(f"rping -s -a {ends[1]} -C 20 -V",
                     f"rping -c -a {ends[1]} -I {ends[0]} -C 20 -V -v")
    ktap.equal(said.count("ping data: rdma-ping-"), 20, "pings")


def sound(when):
    """What nothing of the above may leave behind."""
    @case(when, "no interface counts an error")
    def _(pair):
        found = pair.frames()
        ktap.equal({what: number for what, number in found.items()
                    if "error" in what and number}, {}, "errors")
        ktap.check(all(found[f"{name} {way} bytes"] > 1 << 20
                       for name in NAMES for way in ("rx", "tx")), f"bytes: {found}")

    @case(when, "no checksum was found wrong")
    def _(pair):
        ktap.equal(pair.checksum_errors(), {}, "checksums")

    @case(when, "neither link went down")
    def _(pair):
        ktap.equal(pair.link_downs(), pair.downs, "link_down_events")


plain("", WIRE)
vlan()
jumbo()
roce("", WIRE)
sound("")


@program.case("a live update of both, and the namespace made anew")
def _(pair):
    pair.part()
    pair.load()
    pair.must("lunicctl preserve --session both eth0 eth1")
    pair.jump()
    pair.must("lunicctl resume --no-network --session both")
    for name in NAMES:
        ktap.contains(pair.must(f"ethtool -S {name}"), "live_updates: 1", name)
    pair.join()


plain("after it: ", {"IPv6": WIRE["IPv6"]})
roce("after it: ", {"IPv4": WIRE["IPv4"]})
sound("after it: ")


@program.case("neither kernel complained")
def _(pair):
    ktap.equal(pair.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(Pair)
