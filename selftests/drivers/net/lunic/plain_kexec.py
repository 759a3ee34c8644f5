#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A kexec without a preservation shuts the device down and resets it."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed

program = ktap.Program()


class Run:
    """The jump, seen from outside."""

    def __init__(self, machine):
        self.machine = machine
        machine.load()
        with machine.traffic(rate=200) as traffic:
            begin = time.time()
            machine.leave()
            traffic.resumed(machine.left)
            machine.arrive()
        self.seen = machine.window(begin, time.time())
        machine.carrier()


@contextlib.contextmanager
def setup():
    """The whole run."""
    with Machine(resume=False) as machine:
        yield Run(machine)


@program.case("the device is reset")
def _(run):
    ktap.check(run.seen.device_resets >= 2, f"resets: {run.seen.device_resets}")


@program.case("its bus mastering is cleared on the way out")
def _(run):
    ktap.equal(run.seen.bus_master_clears, 1, "clears")


@program.case("the link went down")
def _(run):
    ktap.check(run.seen.link_down_ms > 0, "not for a millisecond")


@program.case("the new kernel found no handover and complains of none")
def _(run):
    said = [line for line in run.machine.logged("live update:") if "lunic" in line]
    ktap.equal(said, [], "in the log")
    ktap.equal(state.show(run.machine)["state"], "idle", "state")


@program.case("counters began anew")
def _(run):
    ktap.equal(state.ethtool_counters(run.machine)["live_updates"], 0, "live_updates")


@program.case("lunicctl resume: nothing to do, exit status 0")
def _(run):
    status, said = run.machine.sh("lunicctl resume")
    ktap.equal((status, said.strip()), (0, "nothing to resume"), "status and text")


@program.case("traffic in the new kernel")
def _(run):
    with run.machine.traffic() as traffic:
        time.sleep(1)
        unharmed(traffic.stop())


@program.case("neither kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
