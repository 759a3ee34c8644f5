# SPDX-License-Identifier: GPL-2.0
"""Finds the parts of a frozen handover in the guest's memory, from outside."""
import re
import struct
from dataclasses import dataclass

from .ktap import Failed

FROZEN = r"{}: live update: frozen, handover at 0x([0-9a-f]+), body at 0x([0-9a-f]+)"
# struct lunic_ho_root: magic, state, crc, major, minor, body_len, body, body_crc, reserved
ROOT = struct.Struct("<QIIHHIQII")
STATE = 8
BODY_LENGTH = 20
SECTION = struct.Struct("<HHI")
RXQ = 5
# struct lunic_ho_rxq up to clean: slots is the fifth, clean the ninth
RXQ_HEAD = struct.Struct("<HHIQQQIII")


@dataclass
class Handover:
    """Physical addresses of what can be altered."""
    root: int
    body: int
    length: int
    slot: int
    chunks: int
    nr_chunks: int


def wait(machine, since, timeout=60, name="eth0"):
    """The handover of the freeze that the console tells of."""
    frozen = FROZEN.format(name)
    _, text = machine.vm.console.wait(frozen, timeout, since)
    root, body = (int(word, 16) for word in re.search(frozen, text).groups())
    length = ROOT.unpack(machine.vm.qtest.read(root, ROOT.size))[5]
    queue = _first_queue(machine.vm.qtest.read(body, length))
    slots, chunks, nr_chunks, clean = queue[4], queue[5], queue[6], queue[8]
    return Handover(root, body, length, slots + 8 * clean, chunks, nr_chunks)


def _first_queue(body):
    at = 0
    while at + SECTION.size <= len(body):
        kind, _, length = SECTION.unpack_from(body, at)
        at += SECTION.size
        if kind == RXQ:
            return RXQ_HEAD.unpack_from(body, at)
        at += length
    raise Failed("the handover has no receive queue")


def dump(machine, found):
    """Root, body, and the first queue's chunks: an input for tools/fuzz."""
    read = machine.vm.qtest.read
    return (read(found.root, ROOT.size) + read(found.body, found.length)
            + read(found.chunks, 8 * found.nr_chunks))


def flip(machine, address, mask=0x01):
    """Alters bits of one byte."""
    byte = machine.vm.qtest.read(address, 1)[0]
    machine.vm.qtest.write(address, bytes([byte ^ mask]))
