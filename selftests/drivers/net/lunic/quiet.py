#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Enumeration writes nothing to a device that came in, and no other driver gets it."""
import contextlib
import time

from lib import bare, device, extras, ktap, pci, state
from lib.machine import Machine, interface
from lib.traffic import flows
from lab import nic as nic_module, trace
from lab.nic import Nic

BDF, PORT, OTHER = nic_module.bdf(0), nic_module.port_bdf(0), nic_module.bdf(1)
STOCK = device.MODEL
LOST = "enumeration is not quiet, and any driver may bind"
# {offset: bits that stay set} of what a root port's own driver writes, for its interrupts
# and for errors: Documentation/PCI/liveupdate.rst tells of each
PORT_ALLOWED = {
    0x04: 0x7,                                          # command: INTx off
    0x4a: 0x8000, 0x5e: 0x0, 0x64: 0x0, 0x66: 0x0,      # MSI-X, device status, link
    0x70: 0x0, 0x74: 0x0,                               # root control and status: PME
    0x104: 0x0, 0x110: 0x0, 0x12c: 0x0, 0x130: 0x0}     # AER status, root command

program = ktap.Program()


def resources(machine):
    """Where the regions of the NIC and the windows of its root port lie."""
    return pci.regions(machine, BDF), pci.regions(machine, PORT)


def settings(machine):
    """Command, device, link and device 2 control of both."""
    return machine.must(f"for d in {BDF} {PORT}; do for r in COMMAND CAP_EXP+8.w "
                        "CAP_EXP+10.w CAP_EXP+28.w; do setpci -s $d $r; done; done")


class Run:
    """One update into a kernel without drivers."""

    def __init__(self, machine):
        self.machine = machine
        self.resources, self.settings = resources(machine), settings(machine)
        self.begin = bare.update(machine)
        self.end = time.time()

    def writes(self, bdf):
        """[(offset, value)] written to a function's config space in the new kernel."""
        return [(offset, value) for _, offset, value in trace.config_writes(
            self.machine.vm.path("trace.log"), bdf, self.begin, self.end)]


@contextlib.contextmanager
def setup():
    """Two NICs; the second is never preserved."""
    with Machine(nics=[Nic(device.MODEL), Nic(device.MODEL, wire="alone")],
                 interfaces=[interface(0)], resume=False) as machine:
        yield Run(machine)


def text(writes):
    """As lines."""
    return [f"{offset:#x} <- {value:#x}" for offset, value in writes]


@program.case("nothing is written to the NIC's config space before its driver's probe")
def _(run):
    ktap.equal(text(run.writes(BDF)), [], "writes")


@program.case("nothing to the root port's but what its driver needs for itself")
def _(run):
    wrong = [(offset, value) for offset, value in run.writes(PORT)
             if offset not in PORT_ALLOWED or ~value & PORT_ALLOWED[offset]]
    ktap.equal(text(wrong), [], "writes")


@program.case("the NIC beside it is written to: such writes are seen")
def _(run):
    offsets = {offset for offset, _ in run.writes(OTHER)}
    ktap.check({4, 0x10} <= offsets, f"only at {sorted(map(hex, offsets))}")


@program.case("regions, windows and settings are as they were")
def _(run):
    ktap.equal(resources(run.machine), run.resources, "resources")
    ktap.equal(settings(run.machine), run.settings, "settings")


@program.case(f"{STOCK} is loaded: it gets the other NIC, and not this one")
def _(run):
    machine = run.machine
    machine.must(f"insmod /lib/lab/{STOCK}.ko")
    ktap.equal(pci.driver(machine, OTHER), STOCK, "driver of the other NIC")
    ktap.equal(pci.driver(machine, BDF), "", "driver of the NIC")
    said = machine.logged(f"so {STOCK} does not get it")
    ktap.equal(len(said), 1, "lines that say so")
    ktap.contains(said[0], f"{BDF}: was handed over by lunic", "log")
    ktap.equal(text(run.writes(BDF)), [], "writes")
    machine.must(f"rmmod {STOCK}")


@program.case("lunic, loaded after it, takes the NIC over without a reset")
def _(run):
    machine = run.machine
    begin = time.time()
    bare.load_lunic(machine)
    ktap.equal(state.show(machine)["state"], "adopted", "state")
    machine.must("lunicctl resume eth0")
    seen = machine.window(begin, time.time())
    # The other NIC is lunic's as well, and is reset
    ktap.equal((seen.bus_master_clears, seen.bus_master_clears_port), (0, 0), "clears")
    ktap.check(machine.logged("adopted"), "the log does not tell of it")
    flows(machine, 0.5, rate=200)


@program.case("an update without the record: taken over all the same, and it is said what is lost")
def _(run):
    machine = run.machine
    begin = bare.update(machine, lambda where: extras.damage(machine, where))
    end = time.time()
    ktap.equal(len(machine.logged(LOST)), 1, "lines that say so")
    found = trace.config_writes(machine.vm.path("trace.log"), BDF, begin, end)
    ktap.check({4, 0x10} <= {offset for _, offset, _ in found},
               "enumeration did not write to the NIC")
    bare.load_lunic(machine)
    ktap.equal(state.show(machine)["state"], "adopted", "state")
    machine.must("lunicctl resume eth0")


@program.case("no kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
