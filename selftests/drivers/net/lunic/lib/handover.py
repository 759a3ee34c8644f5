# SPDX-License-Identifier: GPL-2.0
"""Finds the parts of a frozen handover in the guest's memory, from outside."""
import re
import struct
from dataclasses import dataclass

from .ktap import Failed

FROZEN = r"{}: live update: frozen, handover at 0x([0-9a-f]+), body at 0x([0-9a-f]+)"
# struct lunic_ho_root: magic, state, crc, major, minor, body_len, body, body_crc, reserved
ROOT = struct.Struct("<QIIHHIQII")
MAJOR, MINOR, LENGTH, BODY_CRC = 3, 4, 5, 7
STATE = 8
ROOT_CRC, ROOT_CRC_FROM = 12, 16
BODY_LENGTH = 20
SECTION = struct.Struct("<HHI")
MANDATORY = 1
DEVICE, TXQ = 1, 6
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
    for kind, _, at, _ in sections(body):
        if kind == RXQ:
            return RXQ_HEAD.unpack_from(body, at)
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


def crc32c(data):
    """As the kernel's, with the handover's seed."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc


def sections(body):
    """(type, flags, where its payload begins, its length) of each."""
    at = 0
    while at + SECTION.size <= len(body):
        kind, flags, length = SECTION.unpack_from(body, at)
        yield kind, flags, at + SECTION.size, length
        at += SECTION.size + length


def section(kind, flags, payload):
    """One to append."""
    return SECTION.pack(kind, flags, len(payload)) + payload


def reseal(machine, found, body=None, **fields):
    """Another body, or other fields of the root, with right checksums."""
    write = machine.vm.qtest.write
    if body is None:
        body = machine.vm.qtest.read(found.body, found.length)
    root = list(ROOT.unpack(machine.vm.qtest.read(found.root, ROOT.size)))
    root[LENGTH], root[BODY_CRC] = len(body), crc32c(body)
    root[MAJOR] = fields.get("major", root[MAJOR])
    root[MINOR] = fields.get("minor", root[MINOR])
    data = bytearray(ROOT.pack(*root))
    struct.pack_into("<I", data, ROOT_CRC, crc32c(data[ROOT_CRC_FROM:]))
    write(found.body, bytes(body))
    write(found.root, bytes(data))
