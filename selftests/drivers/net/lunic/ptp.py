#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The PTP clock and hardware time stamps: two NICs on one wire, and an 82574L."""
import contextlib
import statistics
import time

from lib import ktap
from lib.machine import Machine
from lab.nic import Nic

NAMES = ("eth0", "eth1", "eth2")
# Of both kinds; QEMU's 82574L does not stamp frames
CLOCKS = ("eth0", "eth2")
NETNS = "peer"
MS = 1_000_000
OFF, ON, ONE_STEP = 0, 1, 2
NONE, ALL, V1_SYNC, V2_L2_SYNC, V2_EVENT = 0, 1, 4, 10, 12
FRAMES = 20
# ppb; what the machine beneath may be late by when it is read twice
RATE_BOUND = 200_000
program = ktap.Program()


class Run:
    """The machine, the helper's path and the clocks of the NICs."""

    def __init__(self, machine):
        self.machine = machine
        self.helper = machine.give("phc")
        self.clock = {name: "/dev/" + machine.must(
            f"ls /sys/class/net/{name}/device/ptp").strip() for name in NAMES}

    def phc(self, command, name, *words, timeout=60):
        """The helper's numbers about an interface's clock."""
        words = " ".join(str(word) for word in words)
        text = self.machine.must(f"{self.helper} {command} {self.clock[name]} {words}",
                                 timeout)
        return [int(word) for word in text.split()]

    def offset(self, name):
        """The clock's time less the system's raw time, in ns."""
        phc, system = self.phc("pair", name)
        return phc - system

    def rate(self, name, seconds=1):
        """How much faster than the system's raw time it runs, in ppb."""
        phc, system = self.phc("pair", name)
        time.sleep(seconds)
        later, now = self.phc("pair", name)
        return ((later - phc) - (now - system)) * 1e9 / (now - system)

    def config(self, name, transmit, receive, netns=""):
        """(exit status, what was set)."""
        status, text = self.machine.sh(f"{netns} {self.helper} config {name} "
                                       f"{transmit} {receive}")
        return status, text.strip()

    def sent(self, name):
        """Frames that the interface has sent."""
        return int(self.machine.must(f"cat /sys/class/net/{name}/statistics/tx_packets"))

    def link_downs(self):
        """Of both NICs; the second may be in the other namespace."""
        return [self.machine.must(f"{prefix} ethtool -S {name} | grep link_down")
                for name, prefix in (("eth0", ""), ("eth1", f"ip netns exec {NETNS}"))]


@contextlib.contextmanager
def setup():
    """eth1 is in a namespace of its own."""
    nics = [Nic(wire="x"), Nic(wire="x"), Nic("e1000e")]
    with Machine(nics=nics, interfaces=[], sink=0, userland=True) as machine:
        run = Run(machine)
        # What eth2 sends is counted: no neighbour discovery of its own
        machine.must("echo 1 > /proc/sys/net/ipv6/conf/eth2/disable_ipv6 && "
                     f"ip netns add {NETNS} && ip link set eth1 netns {NETNS} && "
                     f"ip link set eth0 up && ip link set eth2 up && "
                     f"ip -n {NETNS} link set eth1 up")
        machine.carrier()
        machine.carrier("eth2")
        time.sleep(1)
        yield run


@program.case("each NIC has a clock, and says which and what it stamps")
def _(run):
    ktap.equal(len(set(run.clock.values())), len(NAMES), f"clocks of {run.clock}")
    for name in CLOCKS:
        text = run.machine.must(f"ethtool -T {name}")
        for word in ("hardware-transmit", "hardware-receive", "hardware-raw-clock",
                     "ptpv2-event", "ptpv1-l4-sync"):
            ktap.contains(text, word, f"ethtool -T {name}")


@program.case("the clocks were set to the system's time and keep pace with it")
def _(run):
    for name in CLOCKS:
        now = int(run.machine.must("date +%s"))
        ktap.check(abs(run.phc("pair", name)[0] / 1e9 - now) < 3, f"{name}, {now}")
        rate = run.rate(name)
        ktap.say(f"{name}: {rate:.0f} ppb")
        ktap.check(abs(rate) < RATE_BOUND, f"{name}: {rate} ppb")


@program.case("the frequency is adjusted by what was asked for, and back")
def _(run):
    for name, steps in (("eth0", (10_000_000, -10_000_000, 1_000_000)),
                        ("eth2", (-5_000_000,))):
        for ppb in steps:
            run.phc("freq", name, ppb)
            rate = run.rate(name)
            ktap.say(f"{name}, {ppb}: {rate:.0f} ppb")
            ktap.check(abs(rate - ppb) < RATE_BOUND, f"{name}, {ppb}: {rate} ppb")
        run.phc("freq", name, 0)
        rate = run.rate(name)
        ktap.check(abs(rate) < RATE_BOUND, f"{name}: {rate} ppb, not as before")


@program.case("a frequency that is too far off is refused")
def _(run):
    status, text = run.machine.sh(f"{run.helper} freq {run.clock['eth0']} 900000000")
    ktap.check(status != 0 and "ERANGE" in text, text)


@program.case("the time is shifted there and back")
def _(run):
    for name in CLOCKS:
        before = run.offset(name)
        for shift in (5_000_000_000, -3_500_000_000, -1_500_000_000):
            run.phc("step", name, shift)
            before += shift
            found = run.offset(name) - before
            ktap.check(abs(found) < MS, f"{name}, {shift}: {found} ns too many")


@program.case("the time is set; the other clock's is not")
def _(run):
    for name, other in (CLOCKS, CLOCKS[::-1]):
        before = run.offset(other)
        run.phc("set", name, 1_000_000_000_000)
        ktap.check(0 <= run.phc("pair", name)[0] - 1_000_000_000_000 < 5e9, "not set")
        ktap.check(abs(run.offset(other) - before) < MS, f"{other} has moved")


def watched(run, *commands):
    """The clocks are read all the while; {} in a command is the interface."""
    machine = run.machine
    for name in CLOCKS:
        machine.must(f"{run.helper} watch {run.clock[name]} 2000 > /tmp/watch.{name} 2>&1 & "
                     f"echo $! > /tmp/pid.{name}")
    time.sleep(0.3)
    for command in commands:
        for name in CLOCKS:
            machine.must(command.format(name))
    for name in CLOCKS:
        machine.must(f"while [ -d /proc/$(cat /tmp/pid.{name}) ]; do sleep 0.1; done")
        machine.carrier(name)
        reads, refused, back, worst = map(
            int, machine.must(f"cat /tmp/watch.{name}").split())
        ktap.say(f"{name}: {reads} readings, {refused} refused, worst step {worst} ns")
        ktap.check(reads > 100, f"{name}: {reads} readings")
        ktap.equal(back, 0, f"{name}: steps back")
        ktap.check(worst < 5 * MS, f"{name}: a step of {worst} ns")


@program.case("the time goes on when the interface is down and up again")
def _(run):
    watched(run, "ip link set {} down", "ip link set {} up")


@program.case("the time goes on over a change of the MTU and of the link")
def _(run):
    watched(run, "ip link set {} mtu 9000", "ethtool -r {}", "ip link set {} mtu 1500")


@program.case("the time goes on while the interface is down")
def _(run):
    for name in CLOCKS:
        run.machine.must(f"ip link set {name} down")
    before = [run.offset(name) for name in CLOCKS]
    time.sleep(1)
    moved = [run.offset(name) - was for name, was in zip(CLOCKS, before)]
    for name in CLOCKS:
        run.machine.must(f"ip link set {name} up")
        run.machine.carrier(name)
    ktap.check(max(map(abs, moved)) < MS, f"{moved}")


@program.case("stamping is set as far as the device can, and refused beyond that")
def _(run):
    downs = run.link_downs()
    ktap.equal(run.config("eth0", ON, V2_L2_SYNC), (0, f"{ON} {V2_EVENT}"), "widened")
    ktap.equal(run.config("eth0", OFF, V1_SYNC), (0, f"{OFF} {V1_SYNC}"), "version 1")
    for transmit, receive in ((ONE_STEP, NONE), (OFF, ALL)):
        status, text = run.config("eth0", transmit, receive)
        ktap.check(status != 0 and "ERANGE" in text, f"{transmit} {receive}: {text}")
    ktap.equal(run.config("eth0", OFF, NONE), (0, f"{OFF} {NONE}"), "off")
    ktap.equal(run.link_downs(), downs, "the link went")


def exchange(run):
    """{number: stamp} of frames sent, and of frames received."""
    machine = run.machine
    machine.must(f"ip netns exec {NETNS} {run.helper} recv eth1 {FRAMES} 3000 > /tmp/recv & "
                 "sleep 0.5")
    sent = machine.must(f"{run.helper} send eth0 {FRAMES} 20")
    time.sleep(0.5)
    parse = [dict(map(int, line.split()) for line in text.splitlines())
             for text in (sent, machine.must("cat /tmp/recv"))]
    return parse


@program.case("frames are stamped when they are sent and when they come in")
def _(run):
    ktap.equal(run.config("eth0", ON, NONE)[0], 0, "sender")
    ktap.equal(run.config("eth1", OFF, V2_EVENT, f"ip netns exec {NETNS}")[0], 0, "receiver")
    sent, received = exchange(run)
    ktap.equal(sorted(sent), list(range(FRAMES)), "frames with a TX stamp")
    ktap.equal(sorted(received), list(range(FRAMES)), "frames received")
    ktap.check(all(received.values()), f"without RX stamp: {received}")
    # Both count the same nanoseconds, from different times on
    between = run.offset("eth1") - run.offset("eth0")
    delays = [received[i] - sent[i] - between for i in sent]
    ktap.say(f"from wire to wire {min(delays)} to {max(delays)} ns")
    ktap.check(min(delays) > -MS and max(delays) < 200 * MS, f"{delays}")
    gaps = [sent[i + 1] - sent[i] for i in range(FRAMES - 1)]
    ktap.check(min(gaps) > 15 * MS, f"frames 20 ms apart: {gaps}")


def counted(run, name):
    """TX stamps that came, that did not, and that were turned away."""
    return [int(word) for word in run.machine.must(f"{run.helper} stats {name}").split()]


@program.case("TX stamps are counted, and none was lost")
def _(run):
    ktap.equal(counted(run, "eth0"), [FRAMES, 0, 0], "stamped, lost, turned away")


@program.case("a TX stamp that never comes is given up and counted, and frames still go out")
def _(run):
    ktap.equal(run.config("eth2", ON, V2_EVENT)[0], 0, "stamping")
    before = run.sent("eth2")
    ktap.equal(run.machine.must(f"{run.helper} send eth2 3 1"), "", "stamps")
    ktap.equal(run.sent("eth2") - before, 3, "frames sent")
    ktap.equal(counted(run, "eth2"), [0, 0, 2], "stamped, lost, turned away")
    deadline = time.time() + 20
    while counted(run, "eth2")[1] == 0 and time.time() < deadline:
        time.sleep(0.5)
    ktap.equal(counted(run, "eth2"), [0, 1, 2], "stamped, lost, turned away")
    run.machine.must(f"{run.helper} send eth2 1 1 && ip link set eth2 down && "
                     "ip link set eth2 up")
    ktap.equal(counted(run, "eth2"), [0, 2, 2], "stamped, lost, turned away")


@program.case("stamps still come after the interface was down, and at another MTU")
def _(run):
    run.machine.must("ip link set eth0 down && ip link set eth0 up && "
                     "ip link set eth0 mtu 9000")
    run.machine.carrier()
    sent, received = exchange(run)
    ktap.check(len(sent) == FRAMES and all(sent.values()), f"{sent}")
    ktap.check(len(received) == FRAMES and all(received.values()), f"{received}")


@program.case("switched off, no frame is stamped")
def _(run):
    run.config("eth0", OFF, NONE)
    run.config("eth1", OFF, NONE, f"ip netns exec {NETNS}")
    sent, received = exchange(run)
    ktap.equal(len(sent), 0, "TX stamps")
    ktap.equal(set(received.values()), {0}, "RX stamps")


def between(run, first, second):
    """The second's time less the first's."""
    return run.offset(second) - run.offset(first)


def daemon_log(run, name):
    """What it said; the last lines of it go to the log of this test."""
    text = run.machine.must(f"cat /tmp/{name}.log")
    ktap.say("\n".join(text.splitlines()[-2:]))
    return text


@program.case("phc2sys locks the 82574L's clock to the 82576's")
def _(run):
    run.phc("step", "eth2", 5_000_000_000)
    run.machine.vm.userland_must(
        f"timeout 5 phc2sys -s {run.clock['eth0']} -c {run.clock['eth2']} -O 0 -R 8 -m "
        "-S 0.001 > /tmp/phc2sys.log 2>&1; true")
    ktap.contains(daemon_log(run, "phc2sys"), " s2 freq", "phc2sys")
    now = between(run, "eth0", "eth2")
    ktap.say(f"{now} ns apart")
    ktap.check(abs(now) < MS, f"{now} ns apart")


# QEMU's 82576 stamps no delay request: the client takes the path's delay as given
PTP4L = ("timeout 15 ptp4l -2 -m -i {} --uds_address=/tmp/{}.uds --uds_ro_address=/tmp/{}.ro "
         "--logAnnounceInterval=-2 --logSyncInterval=-3 --tx_timestamp_timeout=200 "
         "--inhibit_delay_req=1 --asCapable=true --initial_delay=20000 "
         "--summary_interval=-3 {}")


@program.case("ptp4l locks one 82576's clock to the other's over the wire")
def _(run):
    run.phc("step", "eth1", 3_000_000_000)
    server = PTP4L.format(*3 * ("eth0",), "--serverOnly=1")
    client = PTP4L.format(*3 * ("eth1",), "--clientOnly=1")
    run.machine.vm.userland_must(
        f"{server} > /tmp/server.log 2>&1 & "
        f"ip netns exec {NETNS} {client} > /tmp/ptp4l.log 2>&1; wait")
    locked = [int(line.split("offset")[1].split()[0])
              for line in daemon_log(run, "ptp4l").splitlines() if " s2 freq" in line]
    ktap.check(len(locked) > 40, f"{len(locked)} readings while in lock")
    # A single reading has all that the emulator was late in it
    now = statistics.median(locked[-20:])
    ktap.say(f"{now} ns apart")
    ktap.check(abs(now) < MS, f"{now} ns apart")


@program.case("the kernel did not complain")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
