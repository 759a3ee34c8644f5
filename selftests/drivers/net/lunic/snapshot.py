#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A live update of a device with every knob at something unusual: ethtool, ip, bridge, tc,
devlink and sysfs show the same before and after it."""
import contextlib
import fnmatch
import json
import os
import shutil
import sys
import time

from lib import ROOT, ktap, unusual
from lib.machine import WATCH_SECONDS, Machine
from lib.traffic import received
from lab import nic as nic_module

TOOL = os.path.join(ROOT, "tools", "lunic-snapshot")
sys.path.insert(0, TOOL)

from lunic_snapshot import compare  # noqa: E402

# What is not carried over yet, by pattern of the path. A gap that does not show fails the
# test: whoever closes it takes it out here.
GAPS = {
    "sysfs pci/link/*": "ASPM, which is left alone at enumeration and not shown then",
}

RATE = 300
program = ktap.Program()


class Run:
    """The update, and the snapshots around it."""

    def __init__(self, machine):
        self.machine = machine
        shutil.copytree(TOOL, os.path.join(machine.vm.share, "lunic-snapshot"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        self.default = self.snapshot("default")
        self._set()
        machine.load()
        with machine.traffic(rate=RATE, peer_mac=unusual.MAC) as traffic:
            self._update(traffic)
        self.seen = machine.window(self.begin, time.time())

    def _set(self):
        """Everything; what drops the link with the interface down."""
        names = list(unusual.here())
        first = names.index(unusual.LAST_OF_LINK) + 1
        self.machine.must("ip link set dev eth0 down")
        self.refused = self._script(names[:first])
        self._link_up()
        self.refused += self._script(names[first:])

    def _script(self, names):
        return self.machine.vm.userland_sh(unusual.script(names))[1]

    def _link_up(self):
        """Without negotiation QEMU's link comes with the cable alone. The outside answers
        no ARP, and an ifdown forgets it."""
        self.machine.must("ip link set dev eth0 up")
        for plugged in (False, True):
            self.machine.vm.qmp.set_link("net0", plugged)
        self.machine.carrier()
        self.machine.must(f"for n in 1 $(seq 17 {16 + nic_module.SOURCES}); do "
                          "ip neigh replace 10.0.0.$n nud permanent dev eth0 "
                          f"lladdr {nic_module.HOST_MAC}; done")

    def _update(self, traffic):
        machine = self.machine
        time.sleep(1)
        self.before = self.snapshot("before")
        self.begin = time.time()
        machine.preserve()
        machine.leave()
        machine.arrive()
        self.resumed = machine.sh("lunicctl resume")
        back = traffic.resumed(machine.left)
        time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
        self.after = self.snapshot("after")
        self.counts = traffic.stop()

    def snapshot(self, name):
        """Takes one; as the guest's tool has written it."""
        begin = time.monotonic()
        said = self.machine.vm.userland_must(
            f"/host/lunic-snapshot/lunic-snapshot take eth0 2>&1 >/host/{name}.json")
        ktap.say(f"snapshot {name}: {time.monotonic() - begin:.1f} s {said}")
        with open(os.path.join(self.machine.vm.share, name + ".json"),
                  encoding="utf-8") as source:
            return json.load(source)


def differences(old, new):
    """{path: difference} of what counts."""
    return {found.path: found for found in compare.counting(compare.compare(old, new))}


def matching(pattern, paths):
    """The paths that a pattern stands for."""
    return {path for path in paths if fnmatch.fnmatchcase(path, pattern)}


@contextlib.contextmanager
def setup():
    """The whole run."""
    with Machine(resume=False, userland=True, memory="3G") as machine:
        yield Run(machine)


@program.case("every knob could be set")
def _(run):
    ktap.equal(run.refused, "", "refused")


@program.case("no program was missing")
def _(run):
    ktap.equal(run.before["missing"], {}, "missing")


def shown(run, what, knob):
    """The setting is in the snapshot, and not as it was."""
    found = compare.compare(run.default, run.before)
    changed = {difference.path for difference in found}
    for pattern in knob.shows:
        ktap.check(matching(pattern, changed), f"{what} does not show at {pattern}")


@program.case("the snapshot shows every knob, and so finds what is changed")
def _(run):
    wrong = []
    for what, knob in unusual.here().items():
        try:
            shown(run, what, knob)
        except ktap.Failed as reason:
            wrong.append(str(reason))
    ktap.equal(wrong, [], "not shown")


@program.case("no frame was lost, doubled, altered or overtaken")
def _(run):
    received(run.counts)


@program.case("no reset, no link change")
def _(run):
    seen = run.seen
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0), f"({seen.happened})")


@program.case("lunicctl resume succeeds")
def _(run):
    ktap.equal(run.resumed[0], 0, f"exit status ({run.resumed[1].strip()})")


@program.case("only what Documentation names differs after the update")
def _(run):
    found = differences(run.before, run.after)
    known = set()
    for pattern in GAPS:
        known |= matching(pattern, found)
    wrong = [str(difference) for path, difference in found.items() if path not in known]
    ktap.check(not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong))


@program.case("each known gap is still one")
def _(run):
    found = differences(run.before, run.after)
    ktap.equal([pattern for pattern in GAPS if not matching(pattern, found)], [],
               "gaps that are closed")


@program.case("neither kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
