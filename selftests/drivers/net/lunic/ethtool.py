#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""ethtool's settings and statistics do what they say, and traffic goes on."""
import json
import re
import struct
import time

from lib import device, ktap, peer, state
from lib.peer import INNER, OUTER
from lib.traffic import flows, unharmed

CTRL, MRQC, LEDCTL = 0x0, 0x5818, 0xe00
RFCE, TFCE = 1 << 27, 1 << 28
MRQC_UDP4 = 1 << 22
# Bytes of a ping's frame beside its payload, FCS included
PING_REST = 46
program = ktap.Program()


def registers(machine, name=OUTER):
    """{offset: value} of ethtool -d."""
    text = machine.must(f"ethtool -d {name} raw on | od -An -v -tx1")
    return dict(struct.iter_unpack("<II", bytes.fromhex("".join(text.split()))))


def link_downs(machine, name=OUTER):
    """How often the link was lost."""
    return state.ethtool_counters(machine, name)["link_down_events"]


def goes_on(machine, what="traffic", seconds=0.5):
    """Numbered frames from outside: none is lost."""
    flows(machine, seconds, what)


def histogram(machine, way):
    """{(low, high): frames} of the RMON group."""
    text = machine.must(f"ethtool --json -S {INNER} --groups rmon")
    return {(part["low"], part["high"]): part["val"]
            for part in json.loads(text)[0]["rmon"][f"{way}-pktsNtoM"]}


@program.case("RMON: a frame of each length is counted in its range, both ways")
def _(machine):
    # QEMU counts what the receiver hands over: with rx-fcs the whole frame
    machine.must(f"ethtool -K {INNER} rx-fcs on")
    for way in ("rx", "tx"):
        for low, high in histogram(machine, way):
            before = histogram(machine, way)
            peer.ping(machine, size=max(low, 64) - PING_REST, count=20)
            grown = {part: value - before[part]
                     for part, value in histogram(machine, way).items()}
            ktap.check(20 <= grown[(low, high)] < 30, f"{way} {low}: {grown}")
    machine.must(f"ethtool -K {INNER} rx-fcs off")


@program.case("eth-mac: frames and octets, both ways; nothing is an error")
def _(machine):
    def read():
        text = machine.must(f"ethtool --json -S {INNER} --groups eth-mac eth-phy eth-ctrl")
        return json.loads(text)[0]["eth-mac"]
    before = read()
    peer.ping(machine, size=1000, count=20)
    grown = {name: value - before[name] for name, value in read().items()}
    for name in ("FramesTransmittedOK", "FramesReceivedOK"):
        ktap.check(20 <= grown.pop(name) < 30, f"{name}: {grown}")
    for name in ("OctetsTransmittedOK", "OctetsReceivedOK"):
        ktap.check(20 * 1046 <= grown.pop(name) < 25 * 1046, f"{name}: {grown}")
    wrong = {name: value for name, value in grown.items()
             if value and "cast" not in name}
    ktap.equal(wrong, {}, "errors")


def pause(machine, settings):
    """Sets flow control; what the MAC does then."""
    machine.must(f"ethtool -A {OUTER} {settings}")
    machine.carrier(OUTER)
    time.sleep(0.3)
    ctrl = registers(machine)[CTRL]
    return bool(ctrl & RFCE), bool(ctrl & TFCE)


@program.case("flow control is off at first, and what is not in use has no statistics")
def _(machine):
    ctrl = registers(machine)[CTRL]
    ktap.equal(ctrl & (RFCE | TFCE), 0, "CTRL")
    text = machine.must(f"ethtool -I -a {OUTER}")
    ktap.equal(re.findall(r"^(?:Autonegotiate|RX|TX):\s+(\S+)$", text, re.M),
               ["on", "off", "off"], text)
    ktap.check("rx_pause_frames" not in text, text)


@program.case("flow control without negotiation: at once, and the link stays up")
def _(machine):
    before = link_downs(machine)
    with machine.traffic() as traffic:
        found = [pause(machine, "autoneg off rx on tx off"),
                 pause(machine, "rx off tx on"), pause(machine, "rx on tx on")]
        statistics = machine.must(f"ethtool -I -a {OUTER}")
        found.append(pause(machine, "rx off tx off"))
        unharmed(traffic.stop())
    ktap.equal(found, [(True, False), (False, True), (True, True), (False, False)],
               "CTRL.RFCE and TFCE")
    ktap.contains(statistics, "rx_pause_frames: 0", "statistics while on")
    ktap.equal(link_downs(machine), before, "link_down_events")


@program.case("flow control is negotiated: the link restarts, and 802.3 decides")
def _(machine):
    before = link_downs(machine)
    # The emulated partner offers the symmetric kind alone: both ways or neither
    found = [pause(machine, "autoneg on rx on tx off"), pause(machine, "rx off tx on"),
             pause(machine, "rx off tx off")]
    ktap.equal(found, [(True, True), (False, False), (False, False)],
               "CTRL.RFCE and TFCE")
    ktap.equal(link_downs(machine), before + 3, "link_down_events")
    goes_on(machine)


def coalescing(machine, queue=None):
    """{name: value} of ethtool -c, of all queues or of one."""
    text = machine.must(f"ethtool -c {OUTER}" if queue is None else
                        f"ethtool -Q {OUTER} queue_mask {1 << queue:#x} --show-coalesce")
    found = dict(re.findall(r"^(\S+):\s+(\d+)$", text, re.M))
    found["adaptive"] = re.findall(r"Adaptive RX: (\S+)\s+TX: (\S+)", text)[0]
    return found


@program.case("one interval for RX and TX, whichever is set")
def _(machine):
    for name in ("rx-usecs", "tx-usecs"):
        machine.must(f"ethtool -C {OUTER} {name} 50")
        found = coalescing(machine)
        ktap.equal((found["rx-usecs"], found["tx-usecs"]), ("50", "50"), name)
        machine.must(f"ethtool -C {OUTER} {name} 20")
    goes_on(machine)


@program.case("a queue's own interval, until all get one")
def _(machine):
    machine.must(f"ethtool -Q {OUTER} queue_mask 0x2 --coalesce rx-usecs 100")
    found = [coalescing(machine, queue)["rx-usecs"] for queue in (0, 1)]
    goes_on(machine)
    machine.must(f"ethtool -C {OUTER} rx-usecs 30")
    found += [coalescing(machine, queue)["rx-usecs"] for queue in (0, 1)]
    machine.must(f"ethtool -C {OUTER} rx-usecs 20")
    ktap.equal(found, ["20", "100", "30", "30"], "queues 0 and 1, own and common")


@program.case("adaptive coalescing under traffic, and a fixed interval again")
def _(machine):
    machine.must(f"ethtool -C {OUTER} adaptive-rx on")
    ktap.equal(coalescing(machine)["adaptive"], ("on", "on"), "ethtool -c")
    with machine.traffic(rate=5000) as traffic:
        time.sleep(2)
        machine.must(f"ethtool -G {OUTER} rx 2048 && ethtool -L {OUTER} combined 1 && "
                     f"ethtool -L {OUTER} combined 2")
        traffic.stop()
    goes_on(machine)
    machine.must(f"ethtool -C {OUTER} adaptive-tx off && ethtool -G {OUTER} rx 1024")
    ktap.equal(coalescing(machine)["adaptive"], ("off", "off"), "ethtool -c")
    goes_on(machine)


def copied(machine):
    """Frames that were copied out of their buffers."""
    return sum(value for name, value in state.ethtool_counters(machine, OUTER).items()
               if name.endswith("_copied"))


@program.case("rx-copybreak: frames up to it are copied, longer ones are not")
def _(machine):
    found = []
    for limit, size in ((0, 100), (256, 100), (256, 600), (0, 100)):
        machine.must(f"ethtool --set-tunable {OUTER} rx-copybreak {limit}")
        text = machine.must(f"ethtool --get-tunable {OUTER} rx-copybreak")
        ktap.contains(text, f"rx-copybreak: {limit}", "ethtool")
        before = copied(machine)
        with machine.traffic(size=size) as traffic:
            time.sleep(0.5)
            sent = traffic.stop()
        unharmed(sent, f"copybreak {limit}, {size} bytes")
        found.append(copied(machine) - before >= sent["sent"] // 2)
    ktap.equal(found, [False, True, False, False], "copied")


@program.case("which fields are hashed: ports of UDP or not, of TCP always")
def _(machine):
    def fields(flow):
        return machine.must(f"ethtool -n {OUTER} rx-flow-hash {flow}")
    ktap.contains(fields("tcp4"), "L4 bytes 0 & 1", "tcp4")
    if device.MODEL != "igb":
        ktap.check("L4 bytes" not in fields("udp4"), "the 82574 hashes ports of UDP")
        return
    ktap.contains(fields("udp4"), "L4 bytes 0 & 1", "udp4")
    machine.must(f"ethtool -N {OUTER} rx-flow-hash udp4 sd")
    ktap.check("L4 bytes" not in fields("udp4"), "udp4 with sd")
    ktap.contains(fields("udp6"), "L4 bytes 0 & 1", "udp6 meanwhile")
    found = [registers(machine)[MRQC] & MRQC_UDP4]
    goes_on(machine)
    machine.must(f"ethtool -N {OUTER} rx-flow-hash udp4 sdfn")
    found.append(registers(machine)[MRQC] & MRQC_UDP4)
    ktap.equal(found, [0, MRQC_UDP4], "MRQC with sd and sdfn")


@program.case("identification leaves the LEDs as they were")
def _(machine):
    before = registers(machine)[LEDCTL]
    machine.must(f"ethtool -p {OUTER} 2 & sleep 1; ethtool -d {OUTER} raw on | "
                 "od -An -v -tx1 > /tmp/during; wait")
    text = "".join(machine.must("cat /tmp/during").split())
    during = dict(struct.iter_unpack("<II", bytes.fromhex(text)))[LEDCTL]
    ktap.check(during in (0x0e0e0e0e | before & 0x40404040,
                          0x0f0f0f0f | before & 0x40404040), f"LEDCTL {during:#x}")
    ktap.equal(registers(machine)[LEDCTL], before, "LEDCTL afterwards")


@program.case("none of that has lost a link but where it was negotiated anew")
def _(machine):
    ktap.equal(link_downs(machine), 3, "link_down_events")
    ktap.equal(link_downs(machine, INNER), 0, f"link_down_events of {INNER}")


RESULTS = ("registers", "NVM", "interrupts", "loopback", "link")


def self_test(machine, how):
    """{test: result}"""
    status, text = machine.sh(f"ethtool -t {OUTER} {how}", 120)
    ktap.equal(status, 0, f"exit status: {text}")
    ktap.contains(text, "The test result is PASS", how)
    found = dict(re.findall(r"^(\w+) +\(o\S+\)\s+(-?\d+)$", text, re.M))
    ktap.equal(found, {name: "0" for name in RESULTS}, text)


@program.case("self-test online: traffic goes on")
def _(machine):
    before = link_downs(machine)
    with machine.traffic() as traffic:
        self_test(machine, "online")
        unharmed(traffic.stop())
    ktap.equal(link_downs(machine), before, "link_down_events")


@program.case("self-test offline: then the same settings, and traffic again")
def _(machine):
    machine.must(f"ethtool -C {OUTER} rx-usecs 60")
    before = state.settings(machine, OUTER)
    for _ in range(2):
        self_test(machine, "offline")
        machine.carrier(OUTER)
    ktap.equal(state.settings(machine, OUTER), before, "settings")
    goes_on(machine)


@program.case("self-test offline of an interface that is down: it stays down")
def _(machine):
    machine.must(f"ip link set {INNER} down")
    machine.sh(f"ethtool -t {INNER} offline", 120)
    ktap.check("UP" not in state.link(machine, INNER)["flags"], "it is up")
    machine.must(f"ip link set {INNER} up")
    machine.carrier(INNER)
    peer.ping(machine)


@program.case("ethtool --reset: says what was reset, and traffic again")
def _(machine):
    text = machine.must(f"ethtool --reset {OUTER} all")
    ktap.contains(text, "Components reset", "ethtool")
    machine.carrier(OUTER)
    goes_on(machine)


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(peer.setup)
