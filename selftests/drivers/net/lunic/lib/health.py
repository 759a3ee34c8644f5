# SPDX-License-Identifier: GPL-2.0
"""Finds what a kernel says when something is wrong with it."""
import re

TROUBLE = re.compile(
    r"WARNING:|\bBUG:|KASAN|UBSAN|KFENCE|\bOops\b|general protection|kernel panic"
    r"|refcount_t:|possible recursive|possible circular|inconsistent lock|suspicious RCU"
    r"|bad unlock balance|held lock freed|scheduling while atomic|invalid context"
    r"|list_(add|del) corruption|blocked for more than|self-detected stall"
    r"|NETDEV WATCHDOG|DMA-API:|Bad page state|Call Trace:", re.I)
# Kernel settings that only name the words, and an emulated timer that comes too late for
# the test of it
HARMLESS = re.compile(r"Command line:|KernelAddressSanitizer initialized|lab: |MP-BIOS bug: "
                      r"|DMA-API: (preallocated|debugging enabled)"
                      r"|BUG: KCSAN: (?!.*lunic)")
# lockdep's report begins and ends so
SPLAT = re.compile(r"WARNING: possible circular locking dependency")
SPLAT_END = re.compile(r"</TASK>")
# pciehp takes reset_lock and pci_rescan_remove_lock in both orders where a device is pulled
# or plugged
PCIEHP = ("&ctrl->reset_lock", "pci_rescan_remove_lock", "configure_device+0x")
OUR_FRAME = re.compile(r"\b(lunic|pci_liveupdate|kho|luo)_\w+\+0x")
# Which races are none of this driver's: in neither of the two functions
OTHERS_RACE = re.compile(r"BUG: KCSAN: (?!.*lunic)(.*)")


def _pciehp(splat):
    """Whether that is hot-plug's own disorder, and nothing of a live update in it."""
    text = "\n".join(splat)
    return all(word in text for word in PCIEHP) and not OUR_FRAME.search(text)


def without_pciehp(lines):
    """(the lines without lockdep's reports of pciehp, how many of them there were)."""
    kept, splat, seen = [], [], 0
    for line in lines:
        if splat or SPLAT.search(line):
            splat.append(line)
        else:
            kept.append(line)
        if splat and SPLAT_END.search(line):
            if _pciehp(splat):
                seen += 1
            else:
                kept += splat
            splat = []
    return kept + splat, seen


def complaints(lines):
    """The lines that tell of trouble."""
    return [line for line in lines if TROUBLE.search(line) and not HARMLESS.search(line)]


def others_races(lines):
    """What KCSAN says of the rest of the kernel, each once."""
    return sorted({match[1] for match in map(OTHERS_RACE.search, lines) if match})
