#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The core of the live update, on a NIC of each model, under KASAN and lockdep."""
import contextlib
import time

from lib import device, handover, ktap, state
from lib.faults import failing_freeze
from lib.machine import Machine
from lib.traffic import on_both
from lab.nic import Nic

# The chip of each
NAMES = dict(zip(("eth0", "eth1"), device.DEVICES.values()))
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One machine for all of it."""
    with Machine(nics=[Nic(model) for model in device.DEVICES], variant="debug",
                 rings=4096, resume=False) as machine:
        machine.second_sink(1)
        # Its sink is started by hand in the new kernel: frames wait for that
        machine.must("ethtool --set-priv-flags eth1 live-update-hold-rx on")
        yield machine


def preserve(machine, sink=False):
    """Both in one session."""
    machine.preserve("--session both eth0 eth1", sink=sink)


@program.case("the kernel has KASAN and lockdep")
def _(machine):
    machine.must("zcat /proc/config.gz > /tmp/config && grep -q ^CONFIG_KASAN=y /tmp/config "
                 "&& grep -q ^CONFIG_PROVE_LOCKING=y /tmp/config")


@program.case("cancel, under traffic")
def _(machine):
    with on_both(machine):
        preserve(machine)
        time.sleep(0.5)
        machine.must("lunicctl cancel --session both")


@program.case("a freeze that fails, under traffic")
def _(machine):
    machine.load()
    with on_both(machine), failing_freeze(machine, 2):
        preserve(machine)
        machine.jump_fails()
    machine.must("lunicctl cancel --session both")


@program.case("a live update of both: nothing lost")
def _(machine):
    # Under KASAN an application may take longer for its last answer than the freeze waits
    with on_both(machine, settle=1, but=("unanswered",)) as both:
        preserve(machine, sink=True)
        machine.jump()
        machine.second_sink(1)
        machine.must("lunicctl resume --session both")
        for traffic in both:
            traffic.resumed(machine.left)
        time.sleep(1)
    for name in NAMES:
        ktap.equal(state.ethtool_counters(machine, name)["live_updates"], 1, name)


@program.case("altered handovers are refused, and the devices work")
def _(machine):
    machine.load()
    with machine.traffic(0) as first:
        preserve(machine)
        machine.leave()
        for name in NAMES:
            found = handover.wait(machine, machine.since, name=name)
            handover.flip(machine, found.body, 0x80)
        machine.arrive()
        first.resumed(machine.left)
    ktap.equal(len(machine.logged("handover refused: ")), len(NAMES), "refused")
    machine.second_sink(1)
    ktap.equal(machine.sh("lunicctl resume --session both")[0], 4, "lunicctl resume")
    for name in NAMES:
        machine.carrier(name)
    with on_both(machine):
        pass


@program.case("ring sizes, channels and MTU, under traffic")
def _(machine):
    with machine.traffic(0), machine.traffic(1):
        for name, chip in NAMES.items():
            for command in (f"ethtool -G {name} rx 512",
                            f"ethtool -L {name} combined {min(4, chip.queues)}",
                            f"ethtool -L {name} combined 1",
                            f"ethtool -L {name} combined 2",
                            f"ip link set dev {name} mtu 9000",
                            f"ip link set dev {name} mtu 1500",
                            f"ethtool -G {name} rx 4096"):
                machine.must(command)
                time.sleep(0.3)
    for name in NAMES:
        machine.carrier(name)


@program.case("rmmod and insmod")
def _(machine):
    machine.must("rmmod lunic && insmod /lib/lab/lunic.ko", 120)
    for name in NAMES:
        machine.must(f"ip link set dev {name} up")
        machine.carrier(name)


@program.case("not one report of KASAN, lockdep, UBSAN or any warning")
def _(machine):
    ktap.equal(machine.troubles(), [], "reports")


if __name__ == "__main__":
    program.main(setup)
