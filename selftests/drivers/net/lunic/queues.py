#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Single queues: each gets new memory; one does not stop; which flows come to which."""
import contextlib
import time

from lib import device, frames, ktap, state
from lib.faults import failing
from lib.machine import Machine
from lib.traffic import flows, unharmed
from lab import nic as nic_module

STUCK = "a queue does not stop"
# Often enough for NAPI to come in between
CHANGES = 200
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One lunic, with traffic on demand."""
    with Machine(rings=1024, resume=False) as machine:
        yield machine


def link_downs(machine):
    """As ethtool counts them."""
    return state.ethtool_counters(machine)["link_down_events"]


def need_queue_stop():
    """Skips the case where the device can't stop one queue."""
    if device.MODEL != "igb":
        raise ktap.Skip(f"the {device.THIS.chip} stops all receive queues or none")


def restart(machine):
    """The driver's KUnit suite that restarts each queue; its report."""
    machine.must("echo > /sys/kernel/debug/kunit/lunic_queue/run")
    return machine.must("cat /sys/kernel/debug/kunit/lunic_queue/results")


@program.case("each receive queue gets new memory under traffic, no link flap, no reset")
def _(machine):
    need_queue_stop()
    machine.must("modprobe kunit 2>/dev/null || insmod /lib/lab/kunit.ko; "
                 "insmod /lib/lab/lunic_kunit.ko")
    begin, before = time.time(), link_downs(machine)
    counters = state.counters(machine)
    with machine.traffic(rate=5000):
        for _ in range(5):
            ktap.contains(restart(machine), "ok 1 lunic_queue_restart", "KUnit")
            time.sleep(0.1)
    flows(machine, 0.5)
    ktap.equal(link_downs(machine), before, "link_down_events")
    ktap.equal(state.shrunk(counters, state.counters(machine)), {}, "went back")
    seen = machine.window(begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0), f"resets ({seen.happened})")


@program.case("while the device is preserved its queues keep their memory, and every frame")
def _(machine):
    need_queue_stop()
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        report = restart(machine)
        ktap.contains(report, "not ok 1 lunic_queue_restart", "KUnit")
        ktap.contains(report, "-16", "EBUSY in KUnit's report")
        machine.must("lunicctl cancel eth0")
        unharmed(traffic.stop())
    ktap.contains(restart(machine), "ok 1 lunic_queue_restart", "KUnit")


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
    flows(machine, 0.5)
    ktap.equal(state.shrunk(counters, state.counters(machine)), {}, "went back")


for which, change in (("rx", "ethtool -L eth0 combined 1"),
                      ("tx", "ethtool -L eth0 combined 2"),
                      ("rx", "ip link set dev eth0 mtu 9000"),
                      ("tx", "ip link set dev eth0 mtu 1500")):
    program.case(f"a {which} queue does not stop for {change}: reset, traffic goes on")(
        lambda machine, stop=f"lunic_hw_{which}_stop", how=change:
        recovers(machine, stop, how))


def hashes(machine, kind, ports, count=32):
    """Flows that differ in a port alone go to one queue, or with their ports to several."""
    machine.must(f"ethtool -N eth0 rx-flow-hash {kind} {'sdfn' if ports else 'sd'}")
    found = frames.spread(machine, nic_module.mac(0), kind, count)
    ktap.check(sum(found.values()) >= count, f"{kind}: some did not come: {found}")
    # A neighbour's or a router's frame may be among them
    busy = [queue for queue, n in found.items() if n > 2]
    ktap.check(len(busy) > 1 if ports else len(busy) == 1,
               f"{kind} {'with' if ports else 'without'} ports: {found}")


@program.case("flows are spread by their ports, or by addresses alone")
def _(machine):
    for kind in ("tcp4", "tcp6") + (("udp4", "udp6") if device.MODEL == "igb" else ()):
        for ports in (False, True):
            hashes(machine, kind, ports)


@program.case("queues come and go while a program sends: it never finds one that has gone")
def _(machine):
    with machine.traffic(rate=5000):
        machine.must(f"for i in $(seq {CHANGES}); do ethtool -L eth0 combined 1 && "
                     "ethtool -L eth0 combined 2 || exit 1; done", 300)
    flows(machine, 0.5)


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
