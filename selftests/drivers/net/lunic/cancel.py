#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Updates that end before the jump: a NIC of each model goes on, nothing is lost."""
import contextlib
import time

from lib import device, ktap, state
from lib.faults import failing_freeze
from lib.machine import Machine
from lib.traffic import on_both
from lab import nic as nic_module
from lab.nic import Nic

MODELS = (device.MODEL, device.OTHER_MODEL)
HOLDER = "/run/lunic/lunic-{}.pid"
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Two NICs, each with a sink of its own, and a kernel to jump to."""
    with Machine(nics=[Nic(model) for model in MODELS], rate=500,
                 resume=False) as machine:
        machine.second_sink(1)
        yield machine


def standing(machine, wanted, names=("eth0", "eth1")):
    """Fails the case where a device is in another state."""
    for name in names:
        ktap.equal(state.show(machine, name)["state"], wanted, name)


def wait_idle(machine, name):
    """A session that loses its holder is ended by the kernel soon after."""
    machine.must(f"for i in $(seq 100); do lunicctl show {name} | grep -q 'state idle' && "
                 "exit 0; sleep 0.05; done; lunicctl show; exit 1")


def by_command(machine, index):
    """lunicctl cancel."""
    name = f"eth{index}"
    with on_both(machine):
        machine.preserve(name, sink=False)
        standing(machine, "preserved", [name])
        machine.must(f"lunicctl cancel {name}")
        standing(machine, "idle")


def by_kill(machine, index):
    """The holder is killed; then it can be preserved again."""
    name = f"eth{index}"
    with on_both(machine):
        machine.preserve(name, sink=False)
        machine.must(f"kill -9 $(grep -om1 '[0-9]*' {HOLDER.format(nic_module.bdf(index))})")
        wait_idle(machine, name)
        machine.preserve(name, sink=False)
        machine.must(f"lunicctl cancel {name}")
        standing(machine, "idle")


def by_close(machine, index):
    """The owner closes its session."""
    agent = machine.give("agent")
    with on_both(machine):
        said = machine.must(f"{agent} close /dev/lunic/{nic_module.bdf(index)}")
        ktap.contains(said, "closed", "the agent")
        standing(machine, "idle")


for number, model_name in enumerate(MODELS):
    for what, ending in (("lunicctl cancel", by_command),
                         ("the holder is killed, and it is preserved again", by_kill),
                         ("the session is closed by its owner, who lives on", by_close)):
        program.case(f"{device.DEVICES[model_name].chip}: {what}")(
            lambda machine, index=number, ending=ending: ending(machine, index))


@program.case("reboot without a loaded kernel: refused, still preserved")
def _(machine):
    with on_both(machine):
        machine.preserve("eth0", sink=False)
        ktap.contains(machine.jump_fails(), "Invalid argument", "reboot")
        standing(machine, "preserved", ["eth0"])
        machine.must("lunicctl cancel eth0")


@program.case("the freeze of the second of two devices fails: the first is unfrozen")
def _(machine):
    machine.load()
    machine.must("ethtool --set-priv-flags eth1 live-update-hold-rx on")
    with on_both(machine), failing_freeze(machine, 2):
        machine.preserve("--session both eth0 eth1", sink=False)
        ktap.contains(machine.jump_fails(), "Input/output error", "reboot")
    standing(machine, "preserved")
    ktap.equal(len(machine.logged("eth0: live update: frozen")), 1, "freezes of eth0")
    ktap.equal(len(machine.logged("eth1: live update: frozen")), 0, "freezes of eth1")


@program.case("the freeze of the first of two devices fails: the second is not frozen")
def _(machine):
    with on_both(machine), failing_freeze(machine, 1):
        ktap.contains(machine.jump_fails(), "Input/output error", "reboot")
    standing(machine, "preserved")
    ktap.equal(len(machine.logged("live update: frozen")), 1, "freezes")


@program.case("neither link has gone down")
def _(machine):
    for name in ("eth0", "eth1"):
        ktap.equal(state.ethtool_counters(machine, name)["link_down_events"], 0, name)


@program.case("the same sessions' update of both devices then succeeds, nothing lost")
def _(machine):
    with on_both(machine, settle=1):
        machine.must("sink --preserve")
        machine.leave()
        machine.arrive()
        machine.second_sink(1)
        machine.must("lunicctl resume --session both")
        time.sleep(1)
    standing(machine, "idle")


@program.case("both devices came through it")
def _(machine):
    for name in ("eth0", "eth1"):
        ktap.equal(state.ethtool_counters(machine, name)["live_updates"], 1, name)


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
