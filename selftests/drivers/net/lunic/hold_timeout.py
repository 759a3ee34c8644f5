#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Nobody resumes: frames are held for a minute, then delivered; nothing is lost."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import flows, unharmed

HOLD_SECONDS = 60
SAID = "live update: received frames are held no longer: nobody resumed them in time"
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Rings that hold more than a minute of it."""
    with Machine(resume=False, rate=100, rings=8192) as machine:
        machine.must("ethtool --set-priv-flags eth0 live-update-hold-rx on")
        yield machine


@program.case("after a minute the frames come, none is lost")
def _(machine):
    machine.load()
    with machine.traffic() as traffic:
        machine.preserve()
        machine.jump()
        ktap.check(state.show(machine).get("held"), "not held")
        machine.vm.console.wait(SAID, HOLD_SECONDS + 60, machine.since)
        traffic.resumed(machine.left)
        time.sleep(1)
        unharmed(traffic.stop())


@program.case("it works, but settings stay, and it can't be preserved again")
def _(machine):
    ktap.equal(state.show(machine)["state"], "adopted", "state")
    status, text = machine.sh("ethtool -L eth0 combined 1")
    ktap.check(status, "channels could be changed")
    ktap.contains(text + "".join(machine.logged("lunicctl resume")), "lunicctl resume",
                  "the reason")
    ktap.check(machine.sh("lunicctl preserve eth0")[0], "it could be preserved")


@program.case("it can still be resumed, and then all of that")
def _(machine):
    machine.must("lunicctl resume eth0")
    machine.must("ethtool -L eth0 combined 1")
    machine.must("lunicctl preserve eth0 && lunicctl cancel eth0")
    machine.carrier()
    flows(machine, 1)


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
