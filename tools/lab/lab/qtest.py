# SPDX-License-Identifier: GPL-2.0
"""Reads and writes a guest's memory and registers from outside."""

from .errors import LabError


class Qtest:
    """QEMU's qtest protocol: physical addresses, RAM and MMIO alike."""

    def __init__(self, sock):
        self.file = sock.makefile("rw", encoding="ascii")

    def _ask(self, line):
        self.file.write(line + "\n")
        self.file.flush()
        while True:
            answer = self.file.readline()
            if not answer:
                raise LabError("QEMU closed its qtest socket; see qemu.log")
            words = answer.split()
            if words and words[0] == "OK":
                return words[1:]
            if words and words[0] in ("FAIL", "ERR"):
                raise LabError(f"qtest: {line}: {answer.strip()}")

    def readl(self, address):
        """A 32-bit word."""
        return int(self._ask(f"readl 0x{address:x}")[0], 16)

    def writel(self, address, value):
        """Writes a 32-bit word."""
        self._ask(f"writel 0x{address:x} 0x{value:x}")

    def writew(self, address, value):
        """Writes a 16-bit word."""
        self._ask(f"writew 0x{address:x} 0x{value:x}")

    def read(self, address, size):
        """Bytes of memory."""
        return bytes.fromhex(self._ask(f"read 0x{address:x} 0x{size:x}")[0][2:])

    def write(self, address, data):
        """Writes bytes to memory."""
        self._ask(f"write 0x{address:x} 0x{len(data):x} 0x{data.hex()}")

    def config(self, bdf, offset):
        """Where a function's config space is mapped (q35: ECAM at 0xb0000000)."""
        bus, rest = bdf.split(":")[-2:]
        device, function = rest.split(".")
        place = int(bus, 16) << 20 | int(device, 16) << 15 | int(function, 16) << 12
        return 0xb0000000 + place + offset

    def bar0(self, bdf):
        """The address of a function's first BAR."""
        return self.readl(self.config(bdf, 0x10)) & ~0xf
