#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Handovers with right checksums that are of another version, for another device, or say what
is not so: refused, and the NIC works. One of each model in one machine."""
import faults_jump
from faults_jump import Nothing, Reset
from lib import device, handover, ktap

UNKNOWN = 999
# Where in their sections
DEVICE_VENDOR, RXQ_RING = 6, 8
program = ktap.Program()


class Altered(Reset):
    """The handover is rewritten while no kernel runs."""

    change = None

    def act(self, machine, index):
        found = handover.wait(machine, machine.since, name=faults_jump.NAMES[index])
        body = bytearray(machine.vm.qtest.read(found.body, found.length))
        type(self).change(machine, found, body)


def place(body, wanted):
    """Where the payload of the first section of a type begins."""
    return next(at for kind, _, at, _ in handover.sections(body) if kind == wanted)


def newer_major(machine, found, body):
    """A version that this kernel can't know."""
    handover.reseal(machine, found, body, major=2)


def newer_minor(machine, found, body):
    """A version with a section more, which may be skipped."""
    more = handover.section(UNKNOWN, 0, bytes(range(24)))
    handover.reseal(machine, found, body + more, minor=9)


def mandatory(machine, found, body):
    """The same, and it may not."""
    more = handover.section(UNKNOWN, handover.MANDATORY, bytes(8))
    handover.reseal(machine, found, body + more, minor=9)


def other_device(machine, found, body):
    """Another vendor's."""
    body[place(body, handover.DEVICE) + DEVICE_VENDOR] ^= 0xff
    handover.reseal(machine, found, body)


def other_ring(machine, found, body):
    """A ring that is 64 KiB further on."""
    body[place(body, handover.RXQ) + RXQ_RING + 2] ^= 0x01
    handover.reseal(machine, found, body)


def truncated(machine, found, body):
    """The last transmit queue and what comes behind it are missing."""
    last = [at for kind, _, at, _ in handover.sections(body) if kind == handover.TXQ][-1]
    handover.reseal(machine, found, body[:last - handover.SECTION.size])


class NewerMajor(Altered):
    """Refused."""

    change, why = newer_major, "ABI version is another"


class NewerMinor(Nothing):
    """Adopted."""

    act = Altered.act
    change = newer_minor


class Mandatory(Altered):
    """Refused."""

    change, why = mandatory, "a mandatory section is not known"


class OtherDevice(Altered):
    """Refused."""

    change, why = other_device, "it is for another device"


class OtherRing(Altered):
    """Refused."""

    change, why = other_ring, "the hardware runs other rings, or was reset"


class Truncated(Altered):
    """Refused."""

    change, why = truncated, "the number of queues contradicts itself"


WORDS = {NewerMajor: "a later major version", Truncated: "truncated",
         NewerMinor: "a later minor version, adopted",
         Mandatory: "a mandatory section that is not known",
         OtherDevice: "another device's", OtherRing: "other rings than the hardware's"}
JUMPS = ((NewerMinor(), OtherRing()), (OtherRing(), NewerMinor()),
         (OtherDevice(), NewerMajor()), (Mandatory(), Truncated()))


def title(faults):
    """What either's handover is."""
    return "; ".join(f"{device.DEVICES[model].chip}: {WORDS[type(fault)]}"
                     for model, fault in zip(faults_jump.MODELS, faults))


for pair in JUMPS:
    program.case(title(pair))(
        lambda machine, faults=pair: faults_jump.update(machine, faults))


@program.case("after all of that an update of both loses nothing")
def _(machine):
    faults_jump.update(machine, (Nothing(), Nothing()))


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(faults_jump.setup)
