#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""With live-update-hold-rx nothing is delivered until lunicctl resume, then all."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed

program = ktap.Program()


class Run:
    """The update and what was seen while frames were held."""

    def __init__(self, machine):
        self.machine = machine
        machine.must("ethtool --set-priv-flags eth0 live-update-hold-rx on")
        machine.load()
        with machine.traffic() as traffic:
            time.sleep(1)
            machine.preserve()
            machine.jump()
            self.held = self._watch()
            self.resumed = machine.sh("lunicctl resume")
            traffic.resumed(machine.left)
            time.sleep(1)
            self.counts = traffic.stop()
        self.show_after = state.show(machine)
        self.counters = state.counters(machine)
        self.flags = state.setting(machine, "private flags")

    def _watch(self):
        """(received by the application at two moments, lunicctl's view)."""
        first = self.machine.vm.sink_report()["received"]
        rx_packets = state.netdev_counters(self.machine)["rx packets"]
        time.sleep(2)
        return {"application": (first, self.machine.vm.sink_report()["received"]),
                "interface": (rx_packets,
                              state.netdev_counters(self.machine)["rx packets"]),
                "show": state.show(self.machine)}


@contextlib.contextmanager
def setup():
    """The whole run."""
    with Machine(resume=False) as machine:
        yield Run(machine)


@program.case("the new kernel's application gets nothing while frames are held")
def _(run):
    ktap.equal(*run.held["application"], "received before and after two seconds")


@program.case("the interface counts nothing while frames are held")
def _(run):
    ktap.equal(*run.held["interface"], "rx packets before and after two seconds")


@program.case("lunicctl show says that frames are held")
def _(run):
    ktap.equal((run.held["show"]["state"], run.held["show"].get("held")),
               ("adopted", True), f"state and held in {run.held['show']}")


@program.case("lunicctl resume succeeds")
def _(run):
    ktap.equal(run.resumed[0], 0, f"exit status ({run.resumed[1].strip()})")


@program.case("then everything is delivered: nothing lost, doubled, altered, overtaken")
def _(run):
    ktap.say(f"{run.counts['sent']} frames, {run.counters['live_update_caught']} caught")
    unharmed(run.counts)


@program.case("frames were caught")
def _(run):
    ktap.check(run.counters["live_update_caught"] > 0, "none")


@program.case("lunicctl show: idle, nothing held")
def _(run):
    ktap.equal((run.show_after["state"], run.show_after.get("held", False)),
               ("idle", False), "state and held")


@program.case("the private flag came through")
def _(run):
    ktap.check("live-update-hold-rx: on" in run.flags.replace(" :", ":"), run.flags)


@program.case("neither kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
