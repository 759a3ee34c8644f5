#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The catch basin: a jump as long and as full as its budget says loses nothing."""
import contextlib
import random
import re
import time

from lib import device, faults, ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module, ring, update
from lab.errors import LabError
from lab.witness import Witness

DEVLINK = f"pci/{nic_module.bdf(0)}"
IGB = device.MODEL == "igb"
QUEUES = 8 if IGB else 2
FILL = 1024
SHORT = 256
# What the longest ring holds: one descriptor is never posted
RING = 65527
# Of each queue of the 82576; on the 82574L all that its rings hold
FRAMES = 300000 if IGB else QUEUES * RING
FLOWS = 128 if IGB else QUEUES
RATE = 20000
# A chunk of the pool has 16 buffers, one of the basin 2048; a ring and its tables
BLOCKS = 2 + QUEUES * (FILL // 16 + 1 + RING // 2048 + 1 + 4)
program = ktap.Program()


class Flood:
    """So many frames, sent from the freeze on, and what became of them."""

    def __init__(self, machine, frames, flows, rate=RATE):
        self.machine = machine
        self.frames = frames
        self.begin = time.time()
        machine.leave()
        machine.vm.console.wait("live update: frozen", 30, machine.since)
        witness = Witness(machine.vm.wires.host_ends[0], rate=rate, flows=flows,
                          frames=frames, buffer_ms=2000)
        with witness:
            began = time.time()
            machine.arrive()
            self.rate = frames / (witness.wait_sent(120) - began)
            time.sleep(0.5)
            self.posted, self.free = total(machine, "posted"), free_mib(machine)
            self.seen = machine.window(self.begin, time.time())
            # All at once in one socket, which is not what is tested
            machine.must("echo 800000 900000 1000000 > /proc/sys/net/ipv4/udp_mem")
            machine.must("lunicctl resume")
            report = machine.vm.sink_report()
            self.counts = update.counts(witness.stop(), report)
            self.left = total(machine, "posted")
            self.freed = free_mib(machine) - self.free
        ktap.say(f"{frames} frames at {self.rate:.0f}/s, "
                 f"{self.counts['lost']} lost")

    def starved(self):
        """Frames that found no descriptor, by QEMU's trace."""
        return self.seen.no_descriptor_drops + self.seen.no_descriptor_waits


def rings(machine):
    """{queue: {word: number}} of the receive rings."""
    text = machine.must(f"cat /sys/kernel/debug/lunic/{nic_module.bdf(0)}/rings")
    return {int(queue): {word: int(number) for word, number in
                         re.findall(r"(\w+) (\d+)", rest)}
            for queue, rest in re.findall(r"^rx (\d+): (.*)$", text, re.M)}


def total(machine, word):
    """Over all rings."""
    return sum(one[word] for one in rings(machine).values())


def budget(machine, ms, rate=None):
    """(exit status, output); rate: frames a second, set first."""
    command = (f"devlink dev param set {DEVLINK} cmode runtime name "
               "blackout_{0} value {1}")
    if rate is not None:
        # Each of the two is checked with the other
        machine.must(command.format("budget_ms", 0))
        machine.must(command.format("rate", rate))
    return machine.sh(command.format("budget_ms", ms))


def free_mib(machine):
    """Free memory."""
    text = machine.must("cat /proc/meminfo")
    return int(re.search(r"MemFree: +(\d+)", text)[1]) >> 10


def to_init(machine):
    """Seconds from the reboot call to the next kernel's init."""
    return machine.vm.console.wait("lab: init", 60, machine.since)[0] - machine.left


@contextlib.contextmanager
def setup():
    """A machine with QUEUES queues whose next kernel waits with what was caught."""
    with Machine(resume=False, rings=FILL, memory="3G" if IGB else "2G",
                 sink=max(FLOWS, 16)) as machine:
        machine.must(f"ethtool -L eth0 combined {QUEUES} && "
                     "ethtool --set-priv-flags eth0 live-update-hold-rx on")
        machine.carrier()
        if not IGB:
            spread(machine)
        yield machine


def spread(machine):
    """A hash key that gives each queue one of as many flows."""
    for number in range(32):
        before = ring.queue_packets(machine.vm)
        with machine.traffic(flows=QUEUES) as traffic:
            time.sleep(0.5)
            traffic.stop()
        shares = ring.shares(before, ring.queue_packets(machine.vm)).values()
        if max(shares) < 0.6:
            return
        key = random.Random(number).randbytes(40).hex(":")
        machine.must(f"ethtool -X eth0 hkey {key}")
    raise LabError(f"no key spreads {QUEUES} flows")


@program.case("a budget that no ring holds is refused, and the longest one named")
def _(machine):
    status, said = budget(machine, 1500)
    ktap.check(status and f"{QUEUES} rings of {RING} hold" in said, said)
    longest = int(re.search(r"hold (\d+) ms", said)[1])
    ktap.check(budget(machine, longest + 1)[0], f"{longest + 1} ms were accepted")
    ktap.equal(budget(machine, longest), (0, ""), f"{longest} ms")
    ktap.equal(budget(machine, 0), (0, ""), "none")


@program.case("preserve adds what is missing, cancel gives it back as frames come")
def _(machine):
    slots = 1500
    ktap.equal(budget(machine, 100, slots * QUEUES * 10)[0], 0, "100 ms")
    with machine.traffic(flows=FLOWS) as traffic:
        machine.preserve(sink=False)
        ktap.equal({one["posted"] for one in rings(machine).values()}, {slots}, "posted")
        machine.must("lunicctl cancel eth0")
        end = time.monotonic() + 60
        while total(machine, "posted") > QUEUES * FILL and time.monotonic() < end:
            time.sleep(0.5)
        unharmed(traffic.stop())
    ktap.check(total(machine, "posted") <= QUEUES * FILL,
               f"posted: {total(machine, 'posted')}")


@program.case("preserve that fails half-way leaves rings and memory as they were")
def _(machine):
    before, free = rings(machine), free_mib(machine)
    budget(machine, 1000, RING * QUEUES)
    with machine.traffic() as traffic:
        with faults.failing(machine, "lunic_basin_alloc", QUEUES):
            status, said = machine.sh("lunicctl preserve eth0")
        ktap.check(status, f"it succeeded: {said}")
        unharmed(traffic.stop())
    after = rings(machine)
    ktap.equal({q: (one["posted"], one["copy"]) for q, one in after.items()},
               {q: (one["posted"], 0) for q, one in before.items()}, "posted, copy")
    ktap.check(free_mib(machine) > free - 64, f"free: {free}, then {free_mib(machine)} MiB")
    ktap.equal(state.show(machine)["state"], "idle", "state")


@contextlib.contextmanager
def short_of_memory(machine):
    """Takes memory until the budget can't be kept."""
    hog = "/tmp/hog"
    machine.must(f"mkdir -p {hog} && mount -t tmpfs -o size=100% none {hog}")
    try:
        for number in range(64):
            if state.show(machine).get("blocker") == "memory":
                break
            machine.must(f"fallocate -l 128M {hog}/{number}")
        yield
    finally:
        machine.must(f"umount {hog}")


@program.case("a shortage of memory is told in numbers, and the remedy helps")
def _(machine):
    with short_of_memory(machine):
        status, said = machine.sh("lunicctl preserve eth0")
        ktap.check(status and re.search(r"needs \d+ buffers = \d+ MiB, only \d+ MiB free", said),
                   said)
        ktap.check(machine.logged("the catch basin needs "), "no line in the log")
        ktap.check(" Try: devlink dev param set " in said, said)
        machine.must(said.split(" Try: ")[1].strip())
        machine.preserve(sink=False)
        machine.must("lunicctl cancel eth0")


@program.case("a jump with short rings, and one with full ones: few blocks, no longer a boot")
def _(machine):
    # New rings: what they held of the basin goes
    budget(machine, 0, 0)
    machine.must(f"ethtool -G eth0 rx {SHORT} && ip link set eth0 down && "
                 "ip link set eth0 up")
    seconds, blocks = [], []
    # The first jump is for comparison with none: later ones leave a kexec'ed kernel
    for ms, rate in (0, 0), (0, 0), (1000, QUEUES * RING):
        ktap.equal(budget(machine, ms, rate)[0], 0, f"{ms} ms")
        machine.carrier()
        machine.load()
        machine.preserve()
        show = state.show(machine)
        blocks.append(show["preserved_blocks"])
        machine.leave()
        seconds.append(to_init(machine))
        machine.arrive()
        machine.must("lunicctl resume")
    ktap.say(f"blocks: {blocks[1]} with {SHORT} descriptors a queue, {blocks[2]} with "
             f"{RING}; to the start of /init: {seconds[1]:.2f} s and {seconds[2]:.2f} s, "
             f"ratio {seconds[2] / seconds[1]:.2f} (the first jump: {seconds[0]:.2f} s)")
    ktap.check(blocks[2] <= BLOCKS, f"{blocks[2]} blocks, {BLOCKS} at most")
    ktap.equal({one["posted"] for one in rings(machine).values()}, {RING}, "posted")


@program.case(f"{FRAMES} frames sent into the jump: none lost")
def _(machine):
    ktap.equal(state.show(machine)["blackout"]["budget_ms"], 1000, "the budget came along")
    machine.load()
    machine.preserve()
    ktap.check(state.show(machine)["preserved_blocks"] <= BLOCKS, "too many blocks")
    flood = Flood(machine, FRAMES, FLOWS)
    # A burst of answers is more than the wire outside holds
    unharmed(flood.counts, but=("unanswered",))
    ktap.equal(flood.starved(), 0, "frames without a descriptor")
    # All of them waited in the rings. A buffer of the basin that was used is not posted
    # again, its memory is free
    ktap.check(flood.left <= max(flood.posted - FRAMES, QUEUES * FILL),
               f"{flood.left} still posted of {flood.posted}")
    ktap.check(flood.freed > FRAMES * 2 // 1024 // 2, f"only {flood.freed} MiB freed")


@program.case(f"one queue holds {RING} frames, and loses one more")
def _(machine):
    machine.load()
    machine.preserve()
    flood = Flood(machine, RING + 1, 1)
    # e1000e keeps it outside until there is room, which no wire does
    ktap.equal(flood.counts["lost"], 1 if IGB else 0, "lost")
    ktap.check(flood.starved() >= 1, "all found a descriptor")


@program.case("neither kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
