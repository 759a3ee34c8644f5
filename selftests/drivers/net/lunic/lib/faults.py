# SPDX-License-Identifier: GPL-2.0
"""Makes the driver's freeze fail in the guest, once, at a chosen device."""
import contextlib

KNOBS = "/sys/kernel/debug/fail_function"
FUNCTION = "lunic_lu_freeze"
EIO = 0xfffffffffffffffb


@contextlib.contextmanager
def failing_freeze(machine, position):
    """position: which of the devices fails, from 1, in the order of freezing."""
    machine.must(f"cd {KNOBS} && echo {FUNCTION} > inject && "
                 f"echo {EIO:#x} > {FUNCTION}/retval && echo 100 > probability && "
                 f"echo {position} > interval && echo 1 > times && echo 0 > verbose")
    try:
        yield
    finally:
        # An empty line clears them all
        machine.must(f"echo > {KNOBS}/inject")
