#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A crash kernel takes over while a live update is under way: its driver sets the NICs up
as after any boot. One NIC of each model in one machine."""
import contextlib
import shlex
import time

from lib import device, ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab.nic import Nic

MODELS = (device.MODEL, device.OTHER_MODEL)
NAMES = ("eth0", "eth1")
# Without the second, KHO would set several times the first aside
RESERVED = "crashkernel=160M"
SCRATCH = "kho_scratch=256M,128M,256M"
SIZE = 160 << 20
# A panic is what these tests ask for
ASKED_FOR = ("panic - not syncing: sysrq triggered crash", "Call Trace:", "sysrq: Trigger")
program = ktap.Program()


def reserved(machine):
    """Bytes of memory set aside for the crash kernel."""
    text = machine.must("grep 'Crash kernel' /proc/iomem || true")
    places = [line.split(" : ")[0].strip().split("-") for line in text.splitlines()]
    return sum(int(last, 16) - int(first, 16) + 1 for first, last in places)


def arm(machine):
    """Loads the crash kernel."""
    line = machine.guest.command_line(resume=False).replace(RESERVED, "")
    ktap.equal(reserved(machine), SIZE, "memory for the crash kernel")
    machine.must("kexec -s -p /host/boot/bzImage --initrd=/host/boot/initrd.cpio "
                 f"--command-line={shlex.quote(line + ' nr_cpus=1 reset_devices')}", 120)
    ktap.equal(machine.must("cat /sys/kernel/kexec_crash_loaded").strip(), "1", "loaded")


def crash(machine):
    """Panics; the crash kernel has booted when this returns."""
    machine.dmesg()
    since = machine.vm.console.position()
    machine.vm.shell.send("echo c > /proc/sysrq-trigger")
    machine.kernels += 1
    machine.vm.wait_shell(since, 240)
    machine.hear()
    ktap.check(machine.sh("test -e /proc/vmcore")[0] == 0, "this is no crash kernel")


def as_usual(machine, begin):
    """Each was reset, is no business of a live update, and works."""
    for index, name in enumerate(NAMES):
        ktap.check(machine.window(begin, time.time(), index).device_resets > 0, "no reset")
        ktap.equal(state.show(machine, name)["state"], "idle", f"{name}: state")
    said = [line for line in machine.logged("live update:") if "lunic" in line]
    ktap.equal(said, [], "in the crash kernel's log")
    machine.second_sink(1)
    for index, name in enumerate(NAMES):
        machine.carrier(name)
        with machine.traffic(index) as traffic:
            time.sleep(1)
            unharmed(traffic.stop(), name)


@contextlib.contextmanager
def machine_with(part):
    """A machine that has memory for a crash kernel."""
    with Machine(nics=[Nic(model) for model in MODELS], part=part, rate=200, rings=1024,
                 memory="3G", append=f"{RESERVED} {SCRATCH}", resume=False) as machine:
        machine.second_sink(1)
        yield machine


def clean(machine):
    """Nothing but the panic."""
    found = [line for line in machine.troubles()
             if not any(text in line for text in ASKED_FOR)]
    ktap.equal(found, [], "complaints")


@program.case("a crash while both are preserved: the crash kernel's driver resets them")
def _(_none):
    with machine_with("preserved") as machine:
        arm(machine)
        machine.load()
        machine.preserve("eth0 eth1", sink=False)
        begin = time.time()
        with machine.traffic(0), machine.traffic(1):
            crash(machine)
        as_usual(machine, begin)
        clean(machine)


@program.case("after an update the memory is still reserved; a crash before it is finished: "
              "the same")
def _(_none):
    with machine_with("adopted") as machine:
        machine.load()
        with machine.traffic(0), machine.traffic(1):
            machine.preserve("eth0 eth1", sink=False)
            machine.jump()
            for name in NAMES:
                ktap.equal(state.show(machine, name)["state"], "adopted", f"{name}: state")
            arm(machine)
            begin = time.time()
            crash(machine)
        as_usual(machine, begin)
        clean(machine)


if __name__ == "__main__":
    program.main()
