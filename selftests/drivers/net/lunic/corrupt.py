#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Handovers altered from outside during the jump: refused, and the NIC works."""
import contextlib
import time

from lib import device, handover, ktap, state
from lib.machine import Machine
from lib.traffic import flows, unharmed
from lab import nic as nic_module

REFUSED = f"lunic {nic_module.bdf(0)}: live update: handover refused: "
RESUMED_WITH_RESET = 4
# What is altered: (name, address, bits)
KINDS = (
    ("its magic number", lambda h: h.root, 0x01),
    ("its state: never sealed", lambda h: h.root + handover.STATE, 0x01),
    ("its length: truncated", lambda h: h.root + handover.BODY_LENGTH, 0x08),
    ("the first byte of the body", lambda h: h.body, 0x80),
    ("an address of a buffer", lambda h: h.slot + 1, 0x10),
)
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Nothing is resumed by itself."""
    with Machine(resume=False) as machine:
        yield machine


def altered_update(machine, address, bits):
    """An update whose handover gets other bits; answers come again after it."""
    machine.load()
    with machine.traffic(rate=200) as traffic:
        machine.preserve(sink=False)
        machine.leave()
        found = handover.wait(machine, machine.since)
        handover.flip(machine, address(found), bits)
        machine.arrive()
        traffic.resumed(machine.left)


def refused(machine, address, bits):
    """The new kernel refuses it, says so, and the device works afresh."""
    begin = time.time()
    altered_update(machine, address, bits)
    said = machine.logged(REFUSED)
    ktap.equal(len(said), 1, "lines that say so")
    ktap.say(said[0].split("live update: ")[1])
    ktap.check(said[0].endswith("; the device was reset"), said[0])
    ktap.check(machine.window(begin, time.time()).device_resets > 0, "it was not reset")
    ktap.equal(state.show(machine)["state"], "refused", "state")
    status, text = machine.sh("lunicctl resume eth0")
    ktap.equal(status, RESUMED_WITH_RESET, f"lunicctl resume ({text.strip()})")
    ktap.equal(state.show(machine)["state"], "idle", "state after resume")
    works(machine)


def works(machine):
    """Traffic without loss."""
    machine.carrier()
    machine.must("ethtool -G eth0 rx 4096 || true")
    flows(machine, 0.5)


# The chip has a say in what follows a refusal alone: on the second NIC two are enough
for title, where, change in KINDS if device.MODEL == "igb" else KINDS[-2:]:
    program.case(f"{title} is altered: refused, reset, works, resume tells")(
        lambda machine, address=where, bits=change: refused(machine, address, bits))


@program.case("an unaltered update then succeeds, nothing lost")
def _(machine):
    machine.load()
    with machine.traffic() as traffic:
        machine.preserve()
        machine.jump()
        traffic.resumed(machine.left)
        machine.must("lunicctl resume eth0")
        time.sleep(1)
        unharmed(traffic.stop())
    ktap.equal(state.ethtool_counters(machine)["live_updates"], 1, "live_updates")


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
