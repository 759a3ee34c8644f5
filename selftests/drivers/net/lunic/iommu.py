#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""An IOMMU that translates is a reason to refuse; iommu=pt is the remedy."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed

REFUSED = 3
program = ktap.Program()


def boot(words):
    """A machine with an Intel IOMMU; under emulation the timer's check may fail."""
    return Machine(part=words.split("=")[-1], iommu=True, resume=False, rate=500,
                   append=words + " no_timer_check")


@program.case("translated: EOPNOTSUPP with the remedy, and the NIC goes on")
def _(_value):
    with boot("intel_iommu=on") as machine:
        with machine.traffic() as traffic:
            status, text = machine.sh("lunicctl preserve eth0")
            ktap.equal(status, REFUSED, f"exit status ({text.strip()})")
            ktap.contains(text, "EOPNOTSUPP", "lunicctl")
            ktap.contains(text, "iommu=pt", "lunicctl")
            time.sleep(0.5)
            unharmed(traffic.stop())
        ktap.equal(state.show(machine)["blocker"], "iommu", "blocker")
        ktap.check(machine.logged("not preserved: an IOMMU translates its DMA"),
                   "the reason is not in the log")
        ktap.equal(machine.troubles(), [], "complaints")


@program.case("iommu=pt: an update, nothing lost, no reset, no link change")
def _(_value):
    with boot("intel_iommu=on iommu=pt") as machine:
        machine.load()
        with machine.traffic() as traffic:
            begin = time.time()
            machine.preserve()
            machine.jump()
            traffic.resumed(machine.left)
            machine.must("lunicctl resume")
            time.sleep(1)
            unharmed(traffic.stop())
        ktap.equal(state.ethtool_counters(machine)["live_updates"], 1, "live_updates")
        seen = machine.window(begin, time.time())
        ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears), (0, 0, 0),
                   f"resets, link downs, clears ({seen.happened})")
        ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(contextlib.nullcontext)
