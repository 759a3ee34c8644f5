#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Updates from the driver of ABI 1.0 to this one and back, under traffic."""
import contextlib
import dataclasses
import os
import subprocess
import time

from lib import ROOT, device, handover, ktap, olddriver, state
from lib.machine import WATCH_SECONDS, Machine
from lib.traffic import unharmed
from lab import paths

# What the rings hold even where a jump is slow
RATE = 100
QUEUES = min(3, device.THIS.queues)
# Those that ABI 1.0 carries
KNOWN = f"""
ethtool -L eth0 combined {QUEUES} &&
ethtool -G eth0 rx 6000 tx 512 &&
ethtool -C eth0 rx-usecs 77 &&
ethtool -K eth0 tso off gro off &&
ip link set dev eth0 alias 'uplink of rack 4'
"""
# Those that came with 1.1, and how ethtool shows them
LATER = "ethtool --set-tunable eth0 rx-copybreak 1000"
SHOW_LATER = "ethtool --get-tunable eth0 rx-copybreak"
FROM_OLDER = "live update: from an older driver (ABI 1.0)"
program = ktap.Program()


class Run:
    """A machine that began with the old driver."""

    def __init__(self, machine):
        self.machine = machine
        machine.must(KNOWN)
        machine.carrier()
        self.default = machine.must(SHOW_LATER)
        self.before = self._look()

    def _look(self):
        machine = self.machine
        return {**state.settings(machine),
                "alias": machine.must("cat /sys/class/net/eth0/ifalias")}

    def update(self, module):
        """To that driver; nothing may be lost."""
        machine = self.machine
        guest = dataclasses.replace(machine.guest, modules=[module])
        counters = state.counters(machine)
        begin = time.time()
        machine.vm.load(guest.command_line(resume=False))
        with machine.traffic() as traffic:
            machine.preserve()
            machine.leave()
            self._keep(handover.wait(machine, machine.since))
            machine.arrive()
            back = traffic.resumed(machine.left)
            self.after = self._look()
            self.later = machine.must(SHOW_LATER)
            self.shown = state.show(machine)
            self.report = state.printed(machine.sh("lunicctl -j report eth0")[1])
            machine.must("lunicctl resume eth0")
            time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
            counts = traffic.stop()
        self.shrunk = state.shrunk(counters, state.counters(machine))
        # An answer that a busy machine delays beyond the freeze is no loss
        unharmed(counts, but=("unanswered",))
        seen = machine.window(begin, time.time())
        ktap.equal((seen.device_resets, seen.link_downs), (0, 0), "resets, link downs")

    def _keep(self, found):
        """The handover as a file, for who wants to damage it."""
        self.file = self.machine.vm.path(f"{self.machine.kernels}.handover")
        with open(self.file, "wb") as out:
            out.write(handover.dump(self.machine, found))

    def same(self):
        """Whatever both know is as it was."""
        for what, text in self.before.items():
            ktap.equal(self.after[what], text, what)


@contextlib.contextmanager
def setup():
    """The old driver in the image beside the new one."""
    files = {olddriver.PLACE: olddriver.module()}
    with Machine(resume=False, rate=RATE, modules=[olddriver.NAME], files=files) as machine:
        yield Run(machine)


@program.case("from ABI 1.0 to this driver: nothing lost, no reset")
def _(run):
    run.update("lunic")
    ktap.equal(run.shown["state"], "adopted", "state")


@program.case("settings that ABI 1.0 knows are as they were, no counter went back")
def _(run):
    run.same()
    ktap.equal(run.shrunk, {}, "went back")


@program.case("what it does not carry has its default, and the log says so")
def _(run):
    ktap.equal(len(run.machine.logged(FROM_OLDER)), 1, "lines that say so")
    ktap.equal(run.later, run.default, "rx-copybreak")


@program.case("the report of it has this kernel's phases, and none of the old one's")
def _(run):
    ktap.equal((run.report["outcome"], "from_release" in run.report,
                {phase["kernel"] for phase in run.report["phases"]}),
               ("adopted", False, {"new"}), "report")


@program.case("from this driver to ABI 1.0: nothing lost, no reset")
def _(run):
    run.machine.must(LATER)
    run.update(olddriver.NAME)
    ktap.equal(run.shown["state"], "adopted", "state")


@program.case("a driver that keeps no reports: lunicctl says so")
def _(run):
    ktap.contains(run.report["error"]["message"], "keeps no report", "lunicctl report")


@program.case("settings that ABI 1.0 knows are as they were again, no counter went back")
def _(run):
    run.same()
    ktap.equal(run.shrunk, {}, "went back")


@program.case("a setting that came later has its default")
def _(run):
    ktap.equal(run.later, run.default, "rx-copybreak")


@program.case("this driver's handover, damaged in every place outside the kernel")
def _(run):
    done = subprocess.run(
        ["make", "-s", "-C", os.path.join(ROOT, "tools/fuzz"), "check",
         f"O={os.path.join(paths.BUILD, 'selftests', 'fuzz')}", f"FIXTURES={run.file}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    ktap.equal(done.returncode, 0, done.stdout + done.stderr)


@program.case("and to this driver once more")
def _(run):
    run.update("lunic")
    run.same()
    ktap.equal(state.ethtool_counters(run.machine)["live_updates"], 3, "live_updates")


@program.case("no kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
