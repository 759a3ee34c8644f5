#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Without MSI-X both devices run one queue pair on INTx, through an update too."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab.nic import Nic

NAMES = ("eth0", "eth1")
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One NIC of each model; no device of this machine has MSI."""
    nics = [Nic("igb"), Nic("e1000e")]
    with Machine(nics=nics, resume=False, rate=500, append="pci=nomsi") as machine:
        yield machine


@program.case("one queue pair each, and the log says why")
def _(machine):
    for name in NAMES:
        shown = machine.must(f"ethtool -l {name}")
        ktap.check(shown.count("Combined:\t1\n") == 2, f"{name}: {shown}")
    ktap.equal(len(machine.logged("no MSI-X: one queue pair on INTx")), 2, "lines")


@program.case("traffic both ways on both")
def _(machine):
    port = machine.second_sink(1)
    ktap.check(port, "no sink")
    for index in range(2):
        with machine.traffic(index) as traffic:
            time.sleep(1)
            unharmed(traffic.stop(), NAMES[index])


@program.case("the loss and the return of the link are seen")
def _(machine):
    for name in NAMES:
        before = state.ethtool_counters(machine, name)["link_down_events"]
        machine.must(f"ethtool -r {name}")
        machine.carrier(name)
        ktap.equal(state.ethtool_counters(machine, name)["link_down_events"], before + 1,
                   f"{name}: link_down_events")


@program.case("an update: nothing lost, no reset, no link change")
def _(machine):
    machine.load()
    with machine.traffic() as traffic:
        begin = time.time()
        machine.preserve("eth0 eth1")
        machine.jump()
        traffic.resumed(machine.left)
        machine.must("lunicctl resume")
        time.sleep(1)
        unharmed(traffic.stop())
    for index, name in enumerate(NAMES):
        seen = machine.window(begin, time.time(), index)
        ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears), (0, 0, 0),
                   f"{name}: resets, link downs, clears ({seen.happened})")
        ktap.equal(state.ethtool_counters(machine, name)["live_updates"], 1,
                   f"{name}: live_updates")


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
