#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""An interface that goes down while it is preserved goes on receiving."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import COUNTS, flows

# What the application read just before the ifdown can't be answered any more
BUT_ANSWERS = [name for name in COUNTS if name != "unanswered"]
program = ktap.Program()


def harmed(counts):
    """What went wrong on the way in. An ifdown forgets the neighbours, and while they
    are found again one answer may overtake another."""
    books = {**counts, **counts["application"]}
    return {name: books[name] for name in BUT_ANSWERS if books[name]}


class Run:
    """The update, with the interface down over the jump."""

    def __init__(self, machine):
        self.machine = machine
        machine.guest.interfaces[0].up = False
        machine.load()
        with machine.traffic() as traffic:
            time.sleep(1)
            self.before = state.ethtool_counters(machine)
            begin = time.time()
            machine.preserve()
            machine.must("ip link set eth0 down")
            time.sleep(1)
            machine.jump()
            self.link = state.link(machine)
            self.show = state.show(machine)
            machine.must("ip link set eth0 up")
            traffic.resumed(machine.left)
            self.resumed = machine.sh("lunicctl resume")
            time.sleep(3)
            self.counts = traffic.stop()
        self.seen = machine.window(begin, time.time())
        self.after = state.ethtool_counters(machine)


@contextlib.contextmanager
def setup():
    """The machine alone: the first cases need no jump."""
    with Machine(resume=False) as machine:
        yield Holder(machine)


class Holder:
    """The machine, and the run as soon as a case made it."""

    def __init__(self, machine):
        self.machine = machine
        self.made = None

    @property
    def run(self):
        """The one run that the later cases look at."""
        if self.made is None:
            self.made = Run(self.machine)
        return self.made


@program.case("down and up again while preserved: nothing lost, the link stays")
def _(holder):
    machine = holder.machine
    begin = time.time()
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        machine.must("ip link set eth0 down")
        time.sleep(1)
        machine.must("ip link set eth0 up")
        time.sleep(1)
        machine.must("lunicctl cancel eth0")
        counts = traffic.stop()
    ktap.equal(harmed(counts), {}, f"of {counts['sent']} frames")
    seen = machine.window(begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0), "resets, link downs")


@program.case("cancel of one that is down: the device is shut down, and comes up anew")
def _(holder):
    machine = holder.machine
    machine.preserve(sink=False)
    machine.must("ip link set eth0 down")
    begin = time.time()
    machine.must("lunicctl cancel eth0")
    ktap.check(machine.window(begin, time.time()).device_resets > 0, "not reset")
    machine.must("ip link set eth0 up")
    machine.carrier()
    flows(machine, 1)


@program.case("after the update the interface is still down")
def _(holder):
    link = holder.run.link
    ktap.check("UP" not in link["flags"], f"flags: {link['flags']}")


@program.case("lunicctl show: adopted, down, and the hardware has its link")
def _(holder):
    show = holder.run.show
    ktap.equal((show["state"], show["up"], show["link"]), ("adopted", False, True),
               f"state, up and link in {show}")


@program.case("no reset, link change, bus-master clear or drop from preserve to the end")
def _(holder):
    seen = holder.run.seen
    ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears,
                seen.bus_master_clears_port, seen.no_descriptor_drops,
                seen.no_descriptor_waits), (0,) * 6,
               f"counts ({seen.happened})")


@program.case("the ifup delivers what was caught: nothing lost, doubled, altered, overtaken")
def _(holder):
    counts = holder.run.counts
    ktap.say(f"{counts['sent']} frames, {counts['unanswered']} unanswered")
    ktap.say(counts["application"])
    ktap.equal(harmed(counts), {}, f"of {counts['sent']} frames")


@program.case("lunicctl resume succeeds")
def _(holder):
    status, said = holder.run.resumed
    ktap.equal(status, 0, f"exit status ({said.strip()})")


@program.case("link_down_events is as before, no counter went back")
def _(holder):
    run = holder.run
    ktap.equal(run.after["link_down_events"], run.before["link_down_events"],
               "link_down_events")
    ktap.equal(state.shrunk(run.before, run.after), {}, "went back")


@program.case("no kernel complained")
def _(holder):
    ktap.equal(holder.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
