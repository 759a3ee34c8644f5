# SPDX-License-Identifier: GPL-2.0
"""Makes a function of the driver, or an allocation, fail in the guest."""
import contextlib

KNOBS = "/sys/kernel/debug/fail_function"
EIO = 0xfffffffffffffffb


@contextlib.contextmanager
def failing(machine, function, position=1, times=1):
    """position: which of its calls fails, from 1; it is not carried out. times: how often
    then, -1 without end."""
    machine.must(f"cd {KNOBS} && echo {function} > inject && "
                 f"echo {EIO:#x} > {function}/retval && echo 100 > probability && "
                 f"echo {position} > interval && echo {times} > times && echo 0 > verbose")
    try:
        yield
    finally:
        # An empty line clears them all
        machine.must(f"echo > {KNOBS}/inject")


def failing_freeze(machine, position):
    """position: which of the devices fails, from 1, in the order of freezing."""
    return failing(machine, "lunic_lu_freeze", position)


def starvable(machine):
    """Whether a task's nth allocation can be made to fail; prepares it."""
    if machine.sh("test -e /sys/kernel/debug/failslab -a -e /sys/kernel/debug/fail_page_alloc "
                  "-a -e /proc/self/fail-nth")[0]:
        return False
    machine.must("cd /sys/kernel/debug && for kind in failslab fail_page_alloc; do "
                 "echo N > $kind/ignore-gfp-wait && echo 0 > $kind/verbose; done && "
                 "echo 0 > fail_page_alloc/min-order && "
                 "echo N > fail_page_alloc/ignore-gfp-highmem")
    return True
