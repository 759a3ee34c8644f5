#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""An agent that dies in the new kernel: the kernel finishes, the NIC goes on."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module

SESSION = f"lunic-{nic_module.bdf(0)}"
TOKEN = 0x100
KILLED = 128 + 9
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Frames are held, so that it shows whether the kernel's finish lets them go."""
    with Machine(resume=False) as machine:
        machine.must("ethtool --set-priv-flags eth0 live-update-hold-rx on")
        yield machine


def update_with(machine, last_words):
    """An update after which an agent dies; nothing may be lost."""
    machine.load()
    with machine.traffic() as traffic:
        time.sleep(1)
        machine.preserve()
        machine.jump()
        status, said = machine.sh(f"{machine.give('agent')} {last_words}")
        ktap.equal(status, KILLED, f"the agent's status ({said.strip()})")
        traffic.resumed(machine.left)
        time.sleep(1)
        unharmed(traffic.stop())


@program.case("it dies after it retrieved the device: nothing is lost")
def _(machine):
    update_with(machine, f"die {SESSION} {TOKEN:#x}")


@program.case("the kernel has finished the session")
def _(machine):
    ktap.equal(state.show(machine)["state"], "idle", "state")
    ktap.check(machine.logged("live update: finished"), "no 'finished' in the log")


@program.case("nothing is left to resume: exit status 3 for a named device, 0 for all")
def _(machine):
    ktap.equal(machine.sh("lunicctl resume eth0")[0], 3, "for eth0")
    ktap.equal(machine.sh("lunicctl resume")[0], 0, "for all")


@program.case("it dies after it retrieved the session alone: nothing is lost")
def _(machine):
    update_with(machine, f"drop {SESSION}")


@program.case("the device came through both updates and is idle")
def _(machine):
    ktap.equal(state.ethtool_counters(machine)["live_updates"], 2, "live_updates")
    ktap.equal(state.show(machine)["state"], "idle", "state")


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
