# SPDX-License-Identifier: GPL-2.0
"""The kernel that the tests run on, LAB_VARIANT=lab, debug or kcsan, and what it needs."""
import os

from lab.errors import LabError

NAMES = ("lab", "debug", "kcsan")
ASKED = os.environ.get("LAB_VARIANT") or ""
NAME = ASKED or NAMES[0]
if NAME not in NAMES:
    raise LabError(f"LAB_VARIANT={NAME}: one of {', '.join(NAMES)} is needed")

# The default is four times what early boot took, KASAN's shadow included. And KASAN
# mistakes an interrupt for a wild access while the boot CPU is identified and its five
# levels of page tables are not known
WORDS = {"debug": "kho_scratch=64M,256M,1G no5lvl"}
MEMORY = {"debug": "4G"}
# Slow by nature: what counts there is that nothing is reported. A ring of 4096 holds what
# comes in 100 s, and a jump may take most of that
SLOW_RATE = 40
# Where a whole run is asked for; the tests that always take the debug kernel go without
LEAKS = "kmemleak=on"


def words(name, append):
    """The kernel's command line."""
    parts = [append, WORDS.get(name, ""), LEAKS if ASKED == name == "debug" else ""]
    return " ".join(part for part in parts if part)


def memory(name, wanted):
    """How much the VM gets."""
    return MEMORY.get(name, wanted)


def is_slow(name=NAME):
    """Whether it is made for being checked."""
    return name != NAMES[0]


def rate(name, wanted):
    """Frames a second."""
    return min(wanted, SLOW_RATE) if is_slow(name) else wanted


def named(test):
    """How a test on this kernel is called."""
    return f"{test}.{ASKED}" if is_slow() else test
