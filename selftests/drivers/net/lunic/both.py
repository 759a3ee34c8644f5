#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""An 82576 and an 82574L in one machine, in one session, in one live update."""
import contextlib
import time

from lib import device, ktap, state
from lib.machine import WATCH_SECONDS, Machine
from lib.traffic import unharmed
from lab import ring
from lab.nic import Nic

MODELS = ("igb", "e1000e")
NAMES = ("eth0", "eth1")
program = ktap.Program()


class Run:
    """The update, and what was seen of each of the two."""

    def __init__(self, machine):
        self.machine = machine
        machine.second_sink(1)
        # Its sink is started by hand in the new kernel: frames wait for that
        machine.must("ethtool --set-priv-flags eth1 live-update-hold-rx on")
        machine.load()
        with machine.traffic(0) as first, machine.traffic(1) as second:
            time.sleep(1)
            self._update(first, second)
            self.counts = [first.stop(), second.stop()]
        self.seen = [machine.window(self.begin, self.end, index) for index in (0, 1)]

    def _update(self, first, second):
        machine = self.machine
        self.before = self._look()
        self.begin = time.time()
        machine.must("sink --preserve")
        machine.must("lunicctl preserve --session both eth0 eth1")
        self.preserved = self._states()
        machine.leave()
        machine.arrive()
        machine.second_sink(1)
        self.adopted = self._states()
        self.resumed = machine.sh("lunicctl resume --session both")
        back = max(traffic.resumed(machine.left) for traffic in (first, second))
        time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
        self.end = time.time()
        self.after = self._look()
        self.idle = self._states()

    def _look(self):
        """[(settings, counters, packets of each queue)] of both."""
        return [(state.settings(self.machine, name), state.counters(self.machine, name),
                 ring.queue_packets(self.machine.vm, name)) for name in NAMES]

    def _states(self):
        return [state.show(self.machine, name)["state"] for name in NAMES]


@contextlib.contextmanager
def setup():
    """The whole run."""
    with Machine(nics=[Nic(model) for model in MODELS], resume=False) as machine:
        yield Run(machine)


@program.case("eth0 is the one device, eth1 the other")
def _(run):
    found = run.machine.must("cat /sys/class/net/eth[01]/device/device").split()
    ktap.equal(found, [device.DEVICES[model].pci_id for model in MODELS], "PCI ids")


@program.case("both are preserved, then adopted, then idle")
def _(run):
    ktap.equal((run.preserved, run.adopted, run.idle),
               (["preserved"] * 2, ["adopted"] * 2, ["idle"] * 2), "states")


@program.case("lunicctl resume of their session succeeds")
def _(run):
    ktap.equal(run.resumed[0], 0, f"exit status ({run.resumed[1].strip()})")


@program.case("neither was reset, and neither link has changed")
def _(run):
    # The trace tells of both at once
    seen = run.seen[0]
    ktap.equal((seen.device_resets, seen.link_downs, seen.link_down_ms), (0, 0, 0.0),
               f"resets, link downs, ms ({seen.happened})")


@program.case("no frame was dropped for want of a descriptor, or waited for one")
def _(run):
    ktap.equal((run.seen[0].no_descriptor_drops, run.seen[0].no_descriptor_waits), (0, 0),
               "drops, waits")


def unlost(run, index):
    """All frames came through."""
    ktap.say(f"{run.counts[index]['sent']} frames, "
             f"{run.after[index][1]['live_update_caught']} caught")
    unharmed(run.counts[index])


def caught(run, index):
    """It went on receiving while no kernel ran."""
    ktap.check(run.after[index][1]["live_update_caught"] > 0, "none")


def spread(run, index):
    """Each queue got frames."""
    grown = ring.shares(run.before[index][2], run.after[index][2])
    ktap.check(len(grown) >= 2 and all(grown.values()), f"shares: {grown}")


def bus_master(run, index):
    """Neither its own nor that of its root port was cleared."""
    seen = run.seen[index]
    ktap.equal((seen.bus_master_clears, seen.bus_master_clears_port), (0, 0),
               "clears, clears at the port")


def link_downs(run, index):
    """What any user can read tells the same as the trace."""
    ktap.equal(run.after[index][1]["link_down_events"],
               run.before[index][1]["link_down_events"], "link_down_events")


def counters(run, index):
    """They count on, and one live update."""
    ktap.equal(state.shrunk(run.before[index][1], run.after[index][1]), {}, "went back")
    ktap.equal(run.after[index][1]["live_updates"], 1, "live_updates")


def settings(run, index):
    """All of ethtool's."""
    ktap.equal(run.after[index][0], run.before[index][0], "settings")


for number, model_name in enumerate(MODELS):
    for what, check in (("nothing lost, doubled, altered or overtaken", unlost),
                        ("frames were caught while no kernel ran", caught),
                        ("every queue got flows", spread),
                        ("bus mastering never cleared", bus_master),
                        ("link_down_events is as before", link_downs),
                        ("no counter went back, one live update", counters),
                        ("all settings as before", settings)):
        program.case(f"{device.DEVICES[model_name].chip}: {what}")(
            lambda run, index=number, check=check: check(run, index))


@program.case("neither kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
