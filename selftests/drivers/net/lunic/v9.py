#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Updates to a kernel whose PCI core knows v9 of the API alone, and back, under traffic."""
import contextlib
import shutil
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module, paths, trace

BDF = nic_module.bdf(0)
BAR0 = 0x10
# What the rings hold even where a jump is slow
RATE = 100
LOST = "enumeration is not quiet, and any driver may bind"
# In the PCI core of this tree alone
BEYOND = "pci_liveupdate_begin_probe"
program = ktap.Program()


class Run:
    """A machine with both kernels."""

    def __init__(self, machine):
        self.machine = machine
        self.updates = 0
        shutil.copyfile(paths.variant("v9", "bzImage"),
                        machine.vm.path("share/boot/v9"))
        machine.must("ethtool -C eth0 rx-usecs 77 && ethtool -K eth0 tso off")
        self.before = state.settings(machine)

    def update(self, kernel):
        """To that kernel; nothing may be lost."""
        machine = self.machine
        begin = time.time()
        machine.vm.load(machine.guest.command_line(resume=False), kernel)
        with machine.traffic() as traffic:
            machine.preserve()
            machine.jump()
            left = machine.left
            traffic.resumed(left)
            shown = state.show(machine)
            machine.must("lunicctl resume eth0")
            time.sleep(1)
            # An answer that a busy machine delays beyond the freeze is no loss
            unharmed(traffic.stop(), but=("unanswered",))
        self.updates += 1
        ktap.equal(shown["state"], "adopted", "state")
        ktap.equal(state.ethtool_counters(machine)["live_updates"], self.updates,
                   "live_updates")
        ktap.equal(state.settings(machine), self.before, "settings")
        seen = machine.window(begin, time.time())
        ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears), (0, 0, 0),
                   f"resets, link downs, bus master clears ({seen.happened})")
        self.sized = BAR0 in {offset for _, offset, _ in trace.config_writes(
            machine.vm.path("trace.log"), BDF, left, time.time())}

    def knows_more(self):
        """Whether the running kernel's PCI core is that of this tree."""
        return not self.machine.sh(f"grep -q ' {BEYOND}$' /proc/kallsyms")[0]


@contextlib.contextmanager
def setup():
    """A machine that began with this tree's kernel."""
    with Machine(resume=False, rate=RATE) as machine:
        yield Run(machine)


@program.case("to a kernel with v9 alone: adopted, nothing lost; it sizes BARs, as v9 does")
def _(run):
    ktap.check(run.knows_more(), f"no {BEYOND} in the first kernel")
    run.update("v9")
    ktap.check(not run.knows_more(), f"{BEYOND} in v9's kernel")
    ktap.equal(len(run.machine.logged(f"{BDF}: handed over by the previous kernel")), 1,
               "lines of the PCI core")
    ktap.check(run.sized, "no BAR was written to: which kernel is this?")


@program.case("and back: adopted, nothing lost; the log says that enumeration is not quiet")
def _(run):
    run.update("bzImage")
    ktap.check(run.knows_more(), f"no {BEYOND} in this tree's kernel")
    ktap.equal(len(run.machine.logged("record of BARs and drivers is missing: " + LOST)), 1,
               "lines that say so")
    ktap.check(run.sized, "no BAR was written to: it was quiet after all")


@program.case("then among its own: quiet again, and nothing to be said")
def _(run):
    run.update("bzImage")
    ktap.equal(run.machine.logged(LOST), [], "lines")
    ktap.check(not run.sized, "a BAR was written to")


@program.case("no kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
