# SPDX-License-Identifier: GPL-2.0
"""Makes a function of the driver fail in the guest, once."""
import contextlib

KNOBS = "/sys/kernel/debug/fail_function"
EIO = 0xfffffffffffffffb


@contextlib.contextmanager
def failing(machine, function, position=1):
    """position: which of its calls fails, from 1; it is not carried out."""
    machine.must(f"cd {KNOBS} && echo {function} > inject && "
                 f"echo {EIO:#x} > {function}/retval && echo 100 > probability && "
                 f"echo {position} > interval && echo 1 > times && echo 0 > verbose")
    try:
        yield
    finally:
        # An empty line clears them all
        machine.must(f"echo > {KNOBS}/inject")


def failing_freeze(machine, position):
    """position: which of the devices fails, from 1, in the order of freezing."""
    return failing(machine, "lunic_lu_freeze", position)
