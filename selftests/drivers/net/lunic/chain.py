#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Three live updates in a row under the same traffic."""
import contextlib
import time

from lib import ktap, state
from lib.machine import WATCH_SECONDS, Machine
from lib.traffic import unharmed
from lab import ring

UPDATES = 3
program = ktap.Program()


class Run:
    """Three updates, with what was seen of each."""

    def __init__(self, machine):
        self.machine = machine
        self.windows, self.states, self.counters = [], [], [state.counters(machine)]
        self.settings = [state.settings(machine)]
        with machine.traffic() as traffic:
            time.sleep(1)
            for _ in range(UPDATES):
                self._update(traffic)
            self.counts = traffic.stop()
        self.sink = machine.vm.sink_report()

    def _update(self, traffic):
        machine = self.machine
        machine.load()
        begin = time.time()
        machine.preserve()
        machine.leave()
        back = traffic.resumed(machine.left)
        machine.arrive()
        ktap.say(f"answers again after {back - machine.left:.1f} s")
        time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
        self.windows.append(machine.window(begin, time.time()))
        self.states.append(state.show(machine))
        self.settings.append(state.settings(machine))
        self.counters.append(state.counters(machine))


@contextlib.contextmanager
def setup():
    """The whole run."""
    with Machine() as machine:
        yield Run(machine)


@program.case("no frame was lost, doubled, altered or overtaken over all of them")
def _(run):
    ktap.say(f"{run.counts['sent']} frames")
    unharmed(run.counts)


@program.case("the application's marks came through each of them")
def _(run):
    ktap.equal(run.sink["updates"], UPDATES, "updates")


@program.case("both receive queues got flows in each kernel")
def _(run):
    for before, after in zip(run.counters, run.counters[1:]):
        grown = ring.shares(*({q: counters[f"rx_queue_{q}_packets"] for q in (0, 1)}
                              for counters in (before, after)))
        ktap.check(all(grown.values()), f"shares: {grown}")


@program.case("no counter ever went back")
def _(run):
    for before, after in zip(run.counters, run.counters[1:]):
        ktap.equal(state.shrunk(before, after), {}, "went back")


def undisturbed(run, number):
    """One of the updates, seen from outside."""
    seen = run.windows[number]
    ktap.equal((seen.device_resets, seen.link_downs, seen.link_down_ms,
                seen.bus_master_clears, seen.bus_master_clears_port,
                seen.no_descriptor_drops, seen.no_descriptor_waits),
               (0, 0, 0.0, 0, 0, 0, 0),
               f"resets, link downs, ms, clears, clears at the port, drops, waits "
               f"({seen.happened})")


def counted(run, number):
    """What the driver says of it."""
    ktap.equal(run.counters[number + 1]["live_updates"], number + 1, "live_updates")
    ktap.equal(run.states[number]["state"], "idle", "state")


def same(run, number):
    """The settings."""
    ktap.equal(run.settings[number + 1], run.settings[0], "settings")


for index in range(UPDATES):
    program.case(f"update {index + 1}: neither reset, link change, bus-master clear nor drop")(
        lambda run, number=index: undisturbed(run, number))
    program.case(f"update {index + 1}: counted, and resumed")(
        lambda run, number=index: counted(run, number))
    program.case(f"update {index + 1}: all settings as before")(
        lambda run, number=index: same(run, number))


@program.case("no kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
