# SPDX-License-Identifier: GPL-2.0
"""Reads what the guest's PCI core has of a device."""
import os


def regions(machine, bdf):
    """[[first, last]] of a device's regions and of a bridge's windows."""
    text = machine.must(f"cat /sys/bus/pci/devices/{bdf}/resource")
    return [line.split()[:2] for line in text.splitlines()]


def driver(machine, bdf):
    """The name of a device's driver, or nothing."""
    return os.path.basename(
        machine.must(f"readlink /sys/bus/pci/devices/{bdf}/driver || true").strip())


def addresses(machine, bdf):
    """What a function's own registers say: its BARs, or bus numbers and windows."""
    text = machine.must(f"xxd -p -l 64 /sys/bus/pci/devices/{bdf}/config")
    config = bytes.fromhex("".join(text.split()))
    if config[0x0e] & 0x7f:
        # Without the secondary status
        return config[0x10:0x1e].hex(), config[0x20:0x34].hex()
    return config[0x10:0x28].hex()
