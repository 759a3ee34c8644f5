# SPDX-License-Identifier: GPL-2.0
"""The host under test: traffic that its kernel answers alone, and updates of it."""
import os
import sys
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../drivers/net/lunic"))

from lib import device, ktap  # noqa: E402
from lab import paths  # noqa: E402
from lab.host import Host  # noqa: E402
from lab.witness import Witness  # noqa: E402

import state  # noqa: E402

RATE = 500
FLOWS = 16
WATCH_SECONDS = 3.0
# Each has to be zero; "lost" is what was sent and never answered
LOSSES = ("lost", "refused", "duplicated", "reordered", "corrupted")


@dataclass
class Journey:
    """One way from a kernel (or user space) to the next, and what was seen of it."""
    what: str
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)
    seen: object = None
    changes: list = field(default_factory=list)
    times: dict = field(default_factory=dict)


class Traffic:
    """ICMP echo requests: no application has a part in it, so that none has to live
    through the update. A request that arrives before the addresses are back, or that the
    NIC or a kernel loses, is never answered."""

    def __init__(self, host, **options):
        self.wire = host.wires.host_ends[0]
        self.witness = Witness(self.wire, rate=RATE, flows=FLOWS, echo=True,
                               log=host.path("answers.bin"), **options)

    def _meet(self):
        """The guest gets to know the flows' addresses: what waits for that is overtaken."""
        with Witness(self.wire, rate=RATE, flows=FLOWS, echo=True, frames=4 * FLOWS) as first:
            first.wait_sent(60)
            first.stop()

    def __enter__(self):
        self._meet()
        self.witness.start()
        try:
            self.witness.wait_first(60)
        except BaseException:
            self.witness.__exit__()
            raise
        return self.witness

    def __exit__(self, *unused):
        self.witness.__exit__()


def folder(part="vm"):
    """Where the program leaves its logs."""
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    return os.path.join(paths.BUILD, "check", "host", device.named(name), part)


def counted(witness, discarded=0):
    """Stops the traffic; its counts. What the kernel's ICMP socket had no room for when
    thousands of requests came at once has arrived; the kernel counts it itself."""
    books = witness.stop()
    return {**books, "discarded": discarded,
            "lost": books["sent"] - books["answered"] - discarded}


def travel(host, what, command):
    """Runs what ends this kernel or its user space under traffic; the Journey."""
    found = Journey(what)
    with Traffic(host) as witness:
        found.before = state.snapshot(host)
        time.sleep(2)
        begin = time.time()
        since = host.leave(command)
        host.wait_shell(since)
        found.times["command to the shell"] = time.time() - begin
        time.sleep(WATCH_SECONDS)
        found.after = state.snapshot(host)
        found.counts = counted(witness, state.discarded(
            host, found.before, found.after, since))
    found.seen = host.seen(begin, time.time())
    found.changes = state.changes(host)
    found.times["command to the gap"] = found.counts["gap_begin"] - begin
    found.times["gap"] = found.counts["longest_gap_ms"] / 1000
    told(found)
    return found


def told(journey):
    """Says how long each phase took."""
    ktap.say(f"{journey.what}: {journey.counts['sent']} frames, "
             f"{journey.counts['lost']} lost, {journey.counts['discarded']} received but "
             "not answered for want of room in ICMP's socket; "
             + ", ".join(f"{name} {value:.1f} s" for name, value in journey.times.items()))


def losses(counts):
    """Those of the counts that should be zero and are not."""
    return {name: counts[name] for name in LOSSES if counts[name]}


def unharmed(journey):
    """Fails the case where a frame was lost, doubled, altered or overtaken."""
    wrong = losses(journey.counts)
    ktap.check(not wrong, f"{wrong} of {journey.counts['sent']} sent")
    ktap.check(journey.counts["sent"] > 0, "nothing was sent")


def undisturbed(seen):
    """Fails the case where QEMU saw a reset, a lost link or a dropped frame."""
    ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears,
                seen.bus_master_clears_port, seen.no_descriptor_drops,
                seen.no_descriptor_waits), (0, 0, 0, 0, 0, 0),
               "resets, link downs, bus-master clears, on the port, drops and waits for want "
               f"of a descriptor ({seen.happened})")


def booted(part="vm", **options):
    """A host that has booted for the first time."""
    begin = time.monotonic()
    host = Host(folder(part), nic=device.MODEL, **options)
    host.__enter__()
    ktap.say(f"boot: {time.monotonic() - begin:.1f} s ({host.accel})")
    return host
