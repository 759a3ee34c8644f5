# SPDX-License-Identifier: GPL-2.0
"""What holds of a NIC with one interrupt vector, be that MSI or INTx."""
import time

from . import ktap, state
from .traffic import unharmed

NAMES = ("eth0", "eth1")


def cases(program, kind, check):
    """Adds them to a program whose machine has one NIC of each model; check(machine):
    whether they really run on that kind, in either kernel."""

    @program.case("one queue pair each, and the log says why")
    def _(machine):
        for name in NAMES:
            shown = machine.must(f"ethtool -l {name}")
            ktap.check(shown.count("Combined:\t1\n") == 2, f"{name}: {shown}")
        ktap.equal(len(machine.logged(f"no MSI-X: one queue pair on {kind}")), 2, "lines")

    @program.case("traffic both ways on both")
    def _(machine):
        port = machine.second_sink(1)
        ktap.check(port, "no sink")
        for index in range(2):
            with machine.traffic(index) as traffic:
                time.sleep(1)
                unharmed(traffic.stop(), NAMES[index])
        check(machine)

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
        check(machine)
        for index, name in enumerate(NAMES):
            seen = machine.window(begin, time.time(), index)
            ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears),
                       (0, 0, 0), f"{name}: resets, link downs, clears ({seen.happened})")
            ktap.equal(state.ethtool_counters(machine, name)["live_updates"], 1,
                       f"{name}: live_updates")
