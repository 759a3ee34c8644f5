#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Single queues: one that does not stop."""
import contextlib
import time

from lib import ktap, state
from lib.faults import failing
from lib.machine import Machine
from lib.traffic import unharmed

STUCK = "a queue does not stop"
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One lunic, with traffic on demand."""
    with Machine(rings=1024, resume=False) as machine:
        yield machine


def link_downs(machine):
    """As ethtool counts them."""
    return state.ethtool_counters(machine)["link_down_events"]


def recovers(machine, function, command):
    """A queue goes on running while a setting changes: reset, link, traffic again."""
    before, said = link_downs(machine), len(machine.logged(STUCK))
    counters = state.counters(machine)
    with machine.traffic(rate=5000):
        with failing(machine, function):
            machine.must(command)
        time.sleep(0.5)
    ktap.equal(len(machine.logged(STUCK)), said + 1, "warnings")
    machine.carrier()
    ktap.equal(link_downs(machine), before + 1, "link_down_events")
    with machine.traffic() as traffic:
        time.sleep(0.5)
        unharmed(traffic.stop())
    ktap.equal(state.shrunk(counters, state.counters(machine)), {}, "went back")


for which, change in (("rx", "ethtool -L eth0 combined 4"),
                      ("tx", "ethtool -L eth0 combined 2"),
                      ("rx", "ip link set dev eth0 mtu 9000"),
                      ("tx", "ip link set dev eth0 mtu 1500")):
    program.case(f"a {which} queue does not stop for {change}: reset, traffic goes on")(
        lambda machine, stop=f"lunic_hw_{which}_stop", how=change:
        recovers(machine, stop, how))


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
