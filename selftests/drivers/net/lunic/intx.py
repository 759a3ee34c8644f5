#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Without MSI-X both devices run one queue pair on INTx, through an update too."""
import contextlib

from lib import ktap, single
from lib.machine import Machine
from lab.nic import Nic

program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One NIC of each model; no device of this machine has MSI."""
    nics = [Nic("igb"), Nic("e1000e")]
    with Machine(nics=nics, resume=False, rate=500, append="pci=nomsi") as machine:
        yield machine


def on_intx(machine):
    """Neither has a vector of MSI."""
    for name in single.NAMES:
        machine.must(f"[ ! -e /sys/class/net/{name}/device/msi_irqs ]")


single.cases(program, "INTx", on_intx)


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
