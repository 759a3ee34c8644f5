# SPDX-License-Identifier: GPL-2.0
"""Numbered frames to one NIC, and the books of both ends."""
import contextlib
import time

from lab import update
from lab.witness import Witness

from . import ktap, variant

RESUME_TIMEOUT = 240
# Of a traffic that is asked for nothing else
FLOWS = 16
# Of these each has to be zero when nothing went wrong
COUNTS = ("lost", "refused", "unanswered", "duplicated", "reordered", "corrupted")


class Traffic:
    """Sends while the with block runs; NICs beyond the first have sinks of their own."""

    def __init__(self, vm, index=0, **options):
        self.vm, self.index = vm, index
        self.witness = Witness(
            vm.wires.host_ends[index], index=index, ip=f"10.0.{index}.1",
            peer_ip=f"10.0.{index}.2", port=9000 + index, log=vm.path(f"answers{index}.bin"),
            **options)
        self.books = None

    def __enter__(self):
        self.witness.start()
        try:
            self.witness.wait_first()
        except BaseException:
            self.witness.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        self.witness.__exit__()

    def resumed(self, after):
        """The time of the first answer after a jump at that time."""
        return self.witness.wait_resumed(after, RESUME_TIMEOUT)[0]

    def stop(self):
        """Ends it; the counts. For the first NIC the application's book tells the loss."""
        self.books = self.witness.stop()
        if self.index == 0:
            return update.counts(self.books, self.vm.sink_report())
        return {**self.books, **missing(self.books["sent"] - self.books["answered"])}


def missing(answers):
    """How so many missing answers count where no application tells of what it received."""
    # The last of each flow, as unharmed() says of a slow kernel
    excused = variant.is_slow() and answers <= FLOWS
    return {"lost": 0 if excused else answers, "unanswered": answers if excused else 0}


def unharmed(counts, what="traffic", but=()):
    """Fails the case where a frame was lost, doubled, altered or overtaken; but: counts
    that may be other than zero."""
    if variant.is_slow():
        # An application may take longer for its last answer than the freeze waits, and a
        # VM that stands still for seconds takes no frames from the witness
        but = (*but, "unanswered", "refused")
        counts = {**counts, "lost": max(0, counts["lost"] - counts["refused"])}
    wrong = {name: counts[name] for name in COUNTS if counts[name] and name not in but}
    ends = {who: counts.get(who) for who in ("witness", "application")}
    ktap.check(not wrong, f"{what}: {wrong} of {counts['sent']} sent; {ends}")
    ktap.check(counts["sent"] > 0, f"{what}: nothing was sent")


def received(counts):
    """Fails the case where a frame was lost, doubled, altered or overtaken on its way in.
    Not so for answers: with XPS the kernel sends a flow from the queue of the CPU that the
    program runs on, and a qdisc or a bond drops what comes in a burst."""
    unharmed(counts, but=("unanswered", "reordered"))
    ktap.equal(counts["application"]["reordered"], 0, "read out of order")


def flows(machine, seconds, *what, **options):
    """Numbered frames from outside for so long: none is lost. what: for the message;
    options: of machine.traffic()."""
    with machine.traffic(**options) as traffic:
        time.sleep(seconds)
        unharmed(traffic.stop(), *what)


@contextlib.contextmanager
def on_both(machine, settle=0.5, but=()):
    """Frames to two NICs while the block runs, and around it; none may be lost. but: as
    unharmed() takes it."""
    with machine.traffic(0) as first, machine.traffic(1) as second:
        time.sleep(settle)
        yield first, second
        time.sleep(settle)
        unharmed(first.stop(), "eth0", but)
        unharmed(second.stop(), "eth1", but)
