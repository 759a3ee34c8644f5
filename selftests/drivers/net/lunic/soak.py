#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Live updates in a row under traffic, with random settings: SOAK_N says how many,
SOAK_SEED repeats an order. The first update that harms anything is the last one."""
import contextlib
import os
import random
import time

from lib import changes, device, health, ktap, leaks, state, variant
from lib.machine import Machine
from lib.traffic import unharmed
from lab import ring

UPDATES = int(os.environ.get("SOAK_N") or 10)
SEED = int(os.environ.get("SOAK_SEED") or random.randrange(1 << 32))
# A loaded machine's gap may be long, and one queue may get all
RATE = 200
# And QEMU may not come to read the wire for a while. That the NIC received during the
# jump tells the number of caught frames
BUFFER_MS = 3000
RINGS = (4096, 8192)
CHANGES = 3
# So often the settings are the plain ones, with which kernels can be compared
PLAIN_EVERY = 3
# A ring that was longer gets shorter frame by frame only: channels make a new one
PLAIN = ("ethtool -X eth0 default && ethtool -G eth0 rx 4096 tx 256 && "
         "ethtool -L eth0 combined 1 && ethtool -L eth0 combined 2 && "
         "ip link set dev eth0 mtu 1500 && "
         "ethtool -K eth0 rx on tx on sg on tso on gso on gro on rxhash on rxvlan on "
         "txvlan on rx-vlan-filter on rx-fcs off rx-all off && "
         "ethtool -C eth0 adaptive-rx off rx-usecs 20")
# KiB that free memory may differ by, for reasons of other parts of the kernel
SLACK, SLACK_AN_UPDATE = 4096, 64
CYCLES = 30
# KASAN lets go of what was freed when it likes: one of more intervals is an even one
LOOKS = 5 if variant.is_slow() else 3
program = ktap.Program()


def hold(port):
    """Whether frames wait for lunicctl resume."""
    return (f"ethtool --set-priv-flags {port.name} live-update-hold-rx "
            + random.choice(("on", "off")))


def cancelled(port):
    """A preservation that comes to nothing."""
    return f"lunicctl preserve {port.name} && lunicctl cancel {port.name}"


KINDS = changes.SETTINGS + (hold, cancelled)


class Soak:
    """All rounds on one machine."""

    def __init__(self, machine):
        self.machine = machine
        self.port = changes.Port(0, device.THIS, RINGS)
        self.port.queues = 2
        self.stopped, self.said = None, []
        # (round, lib.leaks.Memory, preserved blocks) with the plain settings
        self.plain = []

    def round(self, number):
        """Random changes, then an update of which nothing may be lost."""
        random.seed(f"{SEED} {number}")
        plain = number % PLAIN_EVERY == 1
        begin = time.time()
        self._change(plain)
        self._update(number, plain)
        seen = self.machine.window(begin, time.time())
        ktap.equal((seen.device_resets, seen.link_downs, seen.link_down_ms,
                    seen.bus_master_clears, seen.bus_master_clears_port),
                   (0, 0, 0.0, 0, 0), "resets, link downs, ms, clears, clears at the "
                   f"port ({seen.happened})")
        self._complaints()

    def _change(self, plain):
        commands = [random.choice(KINDS)(self.port) for _ in range(CHANGES)]
        if plain:
            self.port.queues = 2
            # Under KASAN each interface takes more than a MiB of slabs
            commands += [PLAIN, *changes.no_vlans(self.port)]
        self.said = commands
        with self.machine.traffic(buffer_ms=BUFFER_MS) as traffic:
            for command in commands:
                self.machine.must(command, 120)
            self.machine.carrier()
            counts = traffic.stop()
        ktap.equal((counts["corrupted"], counts["duplicated"]), (0, 0),
                   "corrupted, duplicated while settings changed")

    def _update(self, number, plain):
        machine = self.machine
        before = state.settings(machine), state.counters(machine)
        queues = ring.queue_packets(machine.vm)
        machine.load()
        with machine.traffic(buffer_ms=BUFFER_MS) as traffic:
            begin = time.time()
            machine.preserve()
            blocks = state.show(machine)["preserved_blocks"]
            machine.leave()
            back = traffic.resumed(machine.left)
            machine.arrive()
            time.sleep(0.5)
            seen = machine.window(begin, time.time())
            counts = traffic.stop()
        after = state.settings(machine), state.counters(machine)
        gap = back - machine.left
        self._say(number, counts, after[1], gap, blocks)
        # On a loaded machine the last answer may come after the freeze has waited for it
        unharmed(counts, but=("unanswered",))
        ktap.check(after[1]["live_update_caught"] > machine.rate * gap / 3,
                   f"caught: {after[1]['live_update_caught']} of {gap:.2f} s")
        ktap.equal((seen.no_descriptor_drops, seen.no_descriptor_waits), (0, 0),
                   "drops, waits")
        ktap.equal(state.changed(before[0], after[0]), [], "settings")
        ktap.equal(state.shrunk(before[1], after[1]), {}, "counters that went back")
        ktap.equal(after[1]["live_updates"], number, "live_updates")
        ktap.equal(state.show(machine)["state"], "idle", "state")
        if plain:
            self._plain(number, blocks, ring.shares(queues, ring.queue_packets(machine.vm)))

    def _say(self, number, counts, after, gap, blocks):
        memory = leaks.look(self.machine)
        self.memory = memory
        ktap.say(f"{number}: sent {counts['sent']} lost {counts['lost']} "
                 f"caught {after['live_update_caught']} back after {gap:.2f} s blocks {blocks} "
                 f"total {memory.total} free {memory.free} available {memory.available} "
                 f"slab {memory.slab} KiB; {'; '.join(self.said)}")

    def _plain(self, number, blocks, shares):
        self.plain.append((number, self.memory, blocks))
        ktap.check(all(shares.values()), f"a queue got no flow: {shares}")
        # A queue's buffers begin anywhere in a chunk: one more or less
        ktap.check(abs(blocks - self.plain[0][2]) <= len(shares),
                   f"preserved blocks: {blocks}, before {self.plain[0][2]}")

    def _complaints(self):
        lines = self.machine.dmesg()
        lines += [text for _, text in self.machine.vm.console.lines[self.machine.since:]]
        ktap.equal(health.complaints(lines), [], "reports")
        ktap.equal(leaks.sessions(self.machine), 0, "sessions that are held")


@contextlib.contextmanager
def setup():
    """One machine for all of it."""
    ktap.say(f"{UPDATES} updates, SOAK_SEED={SEED}")
    with Machine(rate=RATE, rings=RINGS[0]) as machine:
        yield Soak(machine)


def one(soak, number):
    """A round; after one that failed there is nothing to be learnt from the next."""
    if soak.stopped:
        raise ktap.Skip(f"update {soak.stopped} failed")
    try:
        soak.round(number)
    except Exception:
        soak.stopped = number
        ktap.say(f"SOAK_SEED={SEED}, update {number}, settings: {'; '.join(soak.said)}")
        raise


for index in range(1, UPDATES + 1):
    program.case(f"update {index}: nothing lost, reset, flapped or forgotten")(
        lambda soak, number=index: one(soak, number))


@program.case("from the first to the last no memory went")
def _(soak):
    if soak.stopped:
        raise ktap.Skip(f"update {soak.stopped} failed")
    first, last = soak.plain[0], soak.plain[-1]
    allowed = SLACK + SLACK_AN_UPDATE * (last[0] - first[0])
    for what in ("total", "free", "available"):
        less = getattr(first[1], what) - getattr(last[1], what)
        ktap.say(f"{what}: {less} KiB less after {last[0] - first[0]} updates")
        ktap.check(less <= allowed, f"{what}: {less} KiB less, {allowed} are allowed")


@program.case("preserved and cancelled many times: nothing stays")
def _(soak):
    machine, looks = soak.machine, []
    for _ in range(LOOKS):
        machine.must(f"for i in $(seq {CYCLES}); do lunicctl preserve eth0 && "
                     "lunicctl cancel eth0 || exit 1; done", 300)
        looks.append(leaks.look(machine))
    # What is lost for good grows each time; caches of the CPUs do not
    less = min(before.free - after.free for before, after in zip(looks, looks[1:]))
    more = [leaks.grown(before, after, CYCLES * 3 // 4)
            for before, after in zip(looks, looks[1:])]
    ktap.say(f"free: {less} KiB less; objects more: {more}")
    ktap.equal(sorted(set.intersection(*map(set, more))), [], "caches that grow")
    ktap.check(less < CYCLES * 4, f"free memory: {less} KiB less")
    areas = min(after.vmalloc - before.vmalloc for before, after in zip(looks, looks[1:]))
    ktap.check(areas < CYCLES * 4, f"vmalloc: {areas} KiB more")
    ktap.equal(leaks.sessions(machine), 0, "sessions that are held")


@program.case("no kernel complained")
def _(soak):
    ktap.equal(soak.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
