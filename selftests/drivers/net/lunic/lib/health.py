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
# Which races are none of this driver's: in neither of the two functions
OTHERS_RACE = re.compile(r"BUG: KCSAN: (?!.*lunic)(.*)")


def complaints(lines):
    """The lines that tell of trouble."""
    return [line for line in lines if TROUBLE.search(line) and not HARMLESS.search(line)]


def others_races(lines):
    """What KCSAN says of the rest of the kernel, each once."""
    return sorted({match[1] for match in map(OTHERS_RACE.search, lines) if match})
