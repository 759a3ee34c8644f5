#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The core of the live update under KASAN and lockdep: not one report."""
import contextlib
import time

from lib import handover, ktap, state
from lib.faults import failing_freeze
from lib.machine import Machine
from lib.traffic import unharmed

# Slow by nature: what counts here is that nothing is reported
RATE = 100
# The default is four times what early boot took, KASAN's shadow included
SCRATCH = "kho_scratch=64M,256M,1G"
# KASAN mistakes an interrupt for a wild access while the boot CPU is identified and
# its five levels of page tables are not known
FOUR_LEVELS = "no5lvl"
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One machine for all of it."""
    with Machine(variant="debug", memory="4G", rate=RATE, rings=4096,
                 resume=False, append=f"{SCRATCH} {FOUR_LEVELS}") as machine:
        yield machine


@program.case("the kernel has KASAN and lockdep")
def _(machine):
    machine.must("zcat /proc/config.gz > /tmp/config && grep -q ^CONFIG_KASAN=y /tmp/config "
                 "&& grep -q ^CONFIG_PROVE_LOCKING=y /tmp/config")


@program.case("cancel, under traffic")
def _(machine):
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        time.sleep(0.5)
        machine.must("lunicctl cancel eth0")
        unharmed(traffic.stop())


@program.case("a freeze that fails, under traffic")
def _(machine):
    machine.load()
    with machine.traffic() as traffic, failing_freeze(machine, 1):
        machine.preserve(sink=False)
        machine.jump_fails()
        time.sleep(0.5)
        unharmed(traffic.stop())
    machine.must("lunicctl cancel eth0")


@program.case("a live update: nothing lost")
def _(machine):
    with machine.traffic() as traffic:
        time.sleep(1)
        machine.preserve()
        machine.jump()
        traffic.resumed(machine.left)
        machine.must("lunicctl resume")
        time.sleep(2)
        unharmed(traffic.stop())
    ktap.equal(state.ethtool_counters(machine)["live_updates"], 1, "live_updates")


@program.case("an altered handover is refused, and the device works")
def _(machine):
    machine.load()
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        machine.leave()
        handover.flip(machine, handover.wait(machine, machine.since).body, 0x80)
        machine.arrive()
        traffic.resumed(machine.left)
    ktap.check(machine.logged("handover refused: "), "it was not refused")
    ktap.equal(machine.sh("lunicctl resume eth0")[0], 4, "lunicctl resume's status")
    machine.carrier()
    with machine.traffic() as traffic:
        time.sleep(1)
        unharmed(traffic.stop())


@program.case("ring sizes, channels and MTU, under traffic")
def _(machine):
    with machine.traffic():
        for command in ("ethtool -G eth0 rx 512", "ethtool -L eth0 combined 4",
                        "ethtool -L eth0 combined 2", "ip link set dev eth0 mtu 9000",
                        "ip link set dev eth0 mtu 1500", "ethtool -G eth0 rx 4096"):
            machine.must(command)
            time.sleep(0.3)
    machine.carrier()


@program.case("rmmod and insmod")
def _(machine):
    machine.must("rmmod lunic && insmod /lib/lab/lunic.ko", 120)
    machine.must("ip link set dev eth0 up")
    machine.carrier()


@program.case("not one report of KASAN, lockdep, UBSAN or any warning")
def _(machine):
    ktap.equal(machine.troubles(), [], "reports")


if __name__ == "__main__":
    program.main(setup)
