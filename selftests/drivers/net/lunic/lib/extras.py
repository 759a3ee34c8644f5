# SPDX-License-Identifier: GPL-2.0
"""Finds the PCI core's record of preserved devices in the guest's memory."""
import re

from .ktap import Failed

# struct pci_liveupdate_extras
HEAD_SIZE = 24


def address(machine):
    """Physical address of the record, of which the log tells."""
    said = machine.logged("record of BARs and drivers is at")
    if not said:
        raise Failed("the PCI core made no record of preserved devices")
    return int(re.search("at 0x([0-9a-f]+)", said[-1])[1], 16)


def damage(machine, where):
    """Alters one bit of it."""
    byte = machine.vm.qtest.read(where + HEAD_SIZE, 1)[0]
    machine.vm.qtest.write(where + HEAD_SIZE, bytes([byte ^ 0x01]))
