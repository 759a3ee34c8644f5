#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Behind a switch, with devices plugged in and out before the jump: the NIC's regions and
the windows above it stay where they are."""
import contextlib
import time

from lib import device, ktap, pci, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import trace
from lab.nic import Nic

# Slots work by themselves, not by ACPI; free ones in the switch and below the root, and one
# whose device goes
PORTS = ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
         "-device", "xio3130-downstream,id=free,bus=up,addr=0x10,chassis=0x90,slot=0x10",
         "-device", "pcie-root-port,id=spare,bus=pcie.0,chassis=30,slot=30,addr=0x18",
         "-device", "pcie-root-port,id=leave,bus=pcie.0,chassis=31,slot=31,addr=0x19",
         "-device", "virtio-rng-pci,id=leaving,bus=leave"]

program = ktap.Program()


class Run:
    """The update, after changes around the NIC."""

    def __init__(self, machine):
        self.machine = machine
        self.path = self._path()
        self.devices = self._devices()
        self._plug()
        self.before = self.addresses(), self.memory()
        machine.guest.extra = "pci=realloc"
        machine.load()
        with machine.traffic(rate=200) as traffic:
            machine.preserve()
            machine.leave()
            self.begin, _ = machine.vm.console.wait("Starting new kernel", 60, machine.since)
            traffic.resumed(machine.left)
            machine.arrive()
            self.state = state.show(machine)["state"]
            machine.must("lunicctl resume")
            time.sleep(0.5)
            self.counts = traffic.stop()
        self.end = time.time()

    def _path(self):
        """The NIC and the bridges above it, the NIC last."""
        text = self.machine.must("realpath /sys/class/net/eth0/device").strip()
        return text.split("/")[4:]

    def _devices(self):
        return set(self.machine.must("ls /sys/bus/pci/devices").split())

    def _plug(self):
        """One comes beside the NIC in the switch, one elsewhere, and one goes."""
        qmp = self.machine.vm.qmp
        qmp.execute("device_add", driver="e1000e", id="beside", bus="free", romfile="")
        qmp.execute("device_add", driver="e1000e", id="elsewhere", bus="spare", romfile="")
        qmp.execute("device_del", id="leaving")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self.changed = self._devices() ^ self.devices
            if len(self.changed) >= 3:
                return
            time.sleep(0.5)

    def addresses(self):
        """BARs and windows from the root port down to the NIC."""
        return {bdf: pci.addresses(self.machine, bdf) for bdf in self.path}

    def memory(self):
        """The NIC's regions that its driver uses."""
        return [pci.regions(self.machine, self.path[-1])[bar] for bar in (0, 3)]

    def moved(self, bdf):
        """Writes in the new kernel to where a bridge's windows are."""
        return [f"{offset:#x} <- {value:#x}" for _, offset, value in trace.config_writes(
            self.machine.vm.path("trace.log"), bdf, self.begin, self.end)
            if 0x1c <= offset < 0x34 and offset != 0x1e]


@contextlib.contextmanager
def setup():
    """The NIC is below a switch."""
    with Machine(nics=[Nic(device.MODEL, place="switch")], qemu_args=PORTS,
                 resume=False) as machine:
        yield Run(machine)


@program.case("the NIC is below a root port and a switch")
def _(run):
    ktap.equal(len(run.path), 4, f"length of {run.path}")


@program.case("two devices came and one went before the jump")
def _(run):
    ktap.equal(len(run.changed), 3, f"changes ({run.changed})")


@program.case("taken over, and no frame lost")
def _(run):
    ktap.equal(run.state, "adopted", "state")
    unharmed(run.counts)


@program.case("the NIC's BARs and the windows above it are where they were")
def _(run):
    ktap.equal(run.addresses(), run.before[0], "registers")
    ktap.equal(run.memory(), run.before[1], "regions")


@program.case("nobody wrote to the windows")
def _(run):
    for bdf in run.path[:-1]:
        ktap.equal(run.moved(bdf), [], bdf)


@program.case("no kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
