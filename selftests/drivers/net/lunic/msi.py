#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""With MSI but no MSI-X both devices run one queue pair, through an update too."""
import contextlib

from lib import ktap, nomsix, single
from lib.machine import Machine
from lab.nic import Nic

program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One NIC of each model; a module hides MSI-X before the driver comes."""
    nics = [Nic("igb"), Nic("e1000e")]
    with Machine(nics=nics, resume=False, rate=500, modules=[nomsix.NAME, "lunic"],
                 files={nomsix.PLACE: nomsix.module()}) as machine:
        yield machine


def on_msi(machine):
    """The vector of each is MSI, the only one, and it is raised."""
    for name in single.NAMES:
        device = f"/sys/class/net/{name}/device"
        irqs = machine.must(f"ls {device}/msi_irqs").split()
        ktap.equal(len(irqs), 1, f"{name}: vectors")
        mode = machine.must(f"cat {device}/msi_irqs/{irqs[0]}").strip()
        ktap.equal(mode, "msi", f"{name}: mode")
        line = machine.must(f"grep '^ *{irqs[0]}:' /proc/interrupts")
        ktap.check("PCI-MSI" in line and "X" not in line.split("PCI-MSI")[1].split()[0],
                   f"{name}: {line}")
        ktap.check(any(map(int, line.split()[1:3])), f"{name}: never raised: {line}")


single.cases(program, "MSI", on_msi)


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
