# SPDX-License-Identifier: GPL-2.0
"""Finds the highest frame rate that the VM sustains with something to spare."""
from . import ring, update
from .guest import Guest
from .nic import Nic
from .vm import VM
from .witness import Witness

CANDIDATES = (10000, 5000, 2000)
SPARE = 1.2


def _clean(books, report):
    counted = update.counts(books, report)
    return not any(counted[name] for name in (
        "lost", "refused", "unanswered", "duplicated", "reordered", "corrupted"))


def _try(vm, plan, rate, seconds):
    books = Witness(vm.wires.host_ends[0], rate=int(rate * SPARE), flows=plan.flows,
                    size=plan.size, seconds=seconds).start().finish()
    report = vm.sink_report()
    return {"rate": rate, "tried": int(rate * SPARE), "sustained": _clean(books, report),
            "longest_gap_ms": books["longest_gap_ms"], **{
                name: value for name, value in update.counts(books, report).items()
                if isinstance(value, int)}}


def highest(plan, folder, say, seconds=10):
    """(rate or None, what was tried): without an update, at 1.2 times the rate."""
    tried = []
    guest = Guest(modules=[plan.driver], sink=plan.flows)
    with VM(folder, nics=[Nic(plan.nic)], guest=guest) as vm:
        update.wait_carrier(vm)
        vm.sh("ethtool -N eth0 rx-flow-hash udp4 sdfn")
        ring.set_length(vm, 4096)
        update.wait_carrier(vm)
        for rate in CANDIDATES:
            tried.append(_try(vm, plan, rate, seconds))
            say(f"{tried[-1]['tried']} frames/s without an update: "
                + ("sustained" if tried[-1]["sustained"] else "not sustained"))
            if tried[-1]["sustained"]:
                return rate, tried
    return None, tried
