#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Negative controls: what the other tests check for is done, and they must notice."""
import contextlib
import glob
import os
import socket
import subprocess
import time

from lib import device, frames, handover, ktap
from lib.machine import Machine
from lib.traffic import COUNTS, unharmed
from lab import nic as nic_module, paths, sabotage
from lab.errors import LabError

# Short enough to run dry by a few frames
RING = 1024
MODEL = nic_module.MODELS[device.MODEL]
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """A machine whose traffic and device are disturbed on purpose."""
    with Machine(rate=500, rings=RING) as machine:
        yield machine


def counted(machine, **faults):
    """The books of two seconds of traffic with a fault in it."""
    with machine.traffic(**faults) as traffic:
        time.sleep(2)
        return traffic.stop()


def notices(counts, name):
    """The check of the counts must fail, and for this reason alone."""
    wrong = {what: counts[what] for what in COUNTS if counts[what]}
    ktap.equal(list(wrong), [name], f"noticed ({wrong})")
    try:
        unharmed(counts)
    except ktap.Failed:
        return
    raise ktap.Failed("the check did not fail")


@program.case("frames dropped on the way are noticed as lost")
def _(machine):
    counts = counted(machine, drop_nth=50)
    notices(counts, "lost")
    ktap.equal(counts["lost"], counts["sent"] // 50, "lost")


@program.case("frames doubled on the way are noticed")
def _(machine):
    counts = counted(machine, dup_nth=50)
    notices(counts, "duplicated")
    ktap.equal(counts["duplicated"], counts["sent"] // 50, "duplicated")


@program.case("frames altered on the way are noticed as corrupted")
def _(machine):
    counts = counted(machine, alter_nth=50)
    ktap.check(counts["corrupted"] > 0, f"{counts}")
    try:
        unharmed(counts)
    except ktap.Failed:
        return
    raise ktap.Failed("the check did not fail")


@program.case("without a fault nothing is noticed")
def _(machine):
    unharmed(counted(machine))


@contextlib.contextmanager
def watched(machine):
    """What happens to the device in the block, and in the second after it."""
    seen = {}
    begin = time.time()
    yield seen
    time.sleep(1)
    seen.update(vars(machine.window(begin, time.time())))


@program.case("in quiet seconds nothing happens to the device")
def _(machine):
    with watched(machine) as seen:
        pass
    ktap.equal({name: n for name, n in seen.items() if n and name != "config_writes"}, {},
               "happened")


def clears_seen(machine, clear, wanted):
    """wanted: bus-master clears of the NIC and of its port."""
    with watched(machine) as seen:
        clear(machine.vm)
    ktap.equal((seen["bus_master_clears"], seen["bus_master_clears_port"],
                seen["device_resets"], seen["link_downs"]), (*wanted, 0, 0),
               f"clears, port's clears, resets, link downs ({seen['happened']})")


@program.case("bus mastering cleared on the NIC is noticed, and there alone")
def _(machine):
    clears_seen(machine, sabotage.clear_bus_master, (1, 0))


@program.case("bus mastering cleared on the root port is noticed, and there alone")
def _(machine):
    clears_seen(machine, sabotage.clear_port_bus_master, (0, 1))


@program.case("a new autonegotiation is noticed as a link change")
def _(machine):
    with watched(machine) as seen:
        sabotage.renegotiate(machine.vm)
    ktap.equal((seen["device_resets"], seen["link_downs"]), (0, 1),
               f"resets, link downs ({seen['happened']})")
    ktap.check(seen["link_down_ms"] > 0, "no time with the link down")
    machine.carrier()


@program.case("a receive ring that runs dry is noticed")
def _(machine):
    machine.preserve(sink=False)
    machine.must("ip link set eth0 down")
    try:
        with watched(machine) as seen:
            overfill(machine, RING + 500)
    finally:
        machine.must("lunicctl cancel eth0")
        restart(machine)
    what = "drops" if MODEL.full_ring_drops else "waits"
    ktap.check(seen[f"no_descriptor_{what}"] > 0, f"{what} were not noticed")


def overfill(machine, count):
    """So many frames, as long as the wire takes them."""
    for _ in range(count):
        with contextlib.suppress(BlockingIOError):
            machine.vm.wires.host_ends[0].send(frames.frame(nic_module.mac(0)),
                                               socket.MSG_DONTWAIT)
        time.sleep(0.0005)


def restart(machine):
    """The interface down and up: it forgets its neighbours by that."""
    machine.must("ip link set eth0 down && ip link set eth0 up && ip neigh replace "
                 f"10.0.0.1 lladdr {nic_module.HOST_MAC} dev eth0 nud permanent")
    machine.carrier()


@program.case("a reset of the device is noticed")
def _(machine):
    with watched(machine) as seen:
        sabotage.reset(machine.vm)
    ktap.equal(seen["device_resets"], 1, f"resets ({seen['happened']})")
    ktap.equal(seen["link_down_ms"] > 0, MODEL.reset_drops_link, "time with the link down")


@program.case("a reset during an update is noticed, refused by the driver, and loses frames")
def _(machine):
    restart(machine)
    machine.must("ethtool -G eth0 rx 8192")
    machine.load()
    with machine.traffic() as traffic, watched(machine) as seen:
        machine.preserve()
        machine.leave()
        handover.wait(machine, machine.since)
        time.sleep(0.5)
        sabotage.reset(machine.vm)
        machine.arrive()
        traffic.resumed(machine.left)
        time.sleep(1)
        counts = traffic.stop()
    ktap.check(seen["device_resets"] > 0, "not noticed in the trace")
    ktap.check(machine.logged("handover refused: "), "the driver adopted it")
    ktap.check(counts["lost"] > 0, f"no loss was counted: {counts}")


def qemus(out):
    """The processes that have a folder in their command line."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError), open(path, "rb") as source:
            words = source.read()
            if out.encode() in words and b"-qtest" in words:
                found.append(path)
    return found


@program.case("a program that is told to end takes its VM along")
def _(machine):
    out = machine.vm.path("told")
    run = os.path.join(paths.ROOT, "tools/lab/run")
    with subprocess.Popen([run, "--seconds", "600", "--out", out],
                          stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while not qemus(out) and time.monotonic() < end:
            time.sleep(0.1)
        began = qemus(out)
        process.terminate()
        process.wait(60)
    ktap.equal(len(began), 1, "VMs")
    ktap.equal(qemus(out), [], "VMs left behind")


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


@program.case("a VM that ends: its exit status and last words are told")
def _(machine):
    machine.vm.process.kill()
    machine.vm.process.wait(60)
    # As QEMU does before it aborts
    with open(machine.vm.path("qemu.log"), "a", encoding="utf-8") as log:
        log.write("Assertion failed\n")
    for look in (lambda: machine.sh("true"), lambda: machine.vm.console.wait("never said", 5)):
        try:
            look()
            said = "nothing"
        except LabError as error:
            said = str(error)
        ktap.contains(said, "the VM ended (exit status -9: Assertion failed)", "what is told")


if __name__ == "__main__":
    program.main(setup)
