#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What happens to a NIC while no kernel looks after it, on one of each model in one machine:
the next kernel notices, says so, and the NIC works."""
import contextlib
import time

from lib import device, ktap, slot, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module, sabotage, trace
from lab.nic import Nic

MODELS = (device.MODEL, device.OTHER_MODEL)
NAMES = ("eth0", "eth1")
RESUMED, RESUMED_WITH_RESET = 0, 4
# Holds what comes in a minute, which is what a jump takes on a busy host
RING = 4096
# Both kernels run between the reboot call and this, neither after it
LAST_WORDS = "kexec_core: Starting new kernel"
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Two NICs, each with a sink of its own; nothing is resumed by itself."""
    with Machine(nics=[Nic(model) for model in MODELS], rate=100, rings=RING, resume=False,
                 qemu_args=slot.NATIVE_HOTPLUG) as machine:
        machine.second_sink(1)
        yield machine


def pci_name(index):
    """As the driver's messages begin."""
    return f"lunic {nic_module.bdf(index)}"


def reporter(machine, index):
    """What the live update's health reporter knows, as text."""
    return machine.must(f"devlink health diagnose pci/{nic_module.bdf(index)} "
                        "reporter liveupdate")


def reported(machine, index):
    """It was told of one trouble, which it has recovered from."""
    where = f"pci/{nic_module.bdf(index)} reporter liveupdate"
    text = machine.must(f"devlink health show {where}")
    ktap.contains(text, "state healthy error 1", where)


def reset_or_master(machine, index):
    """Which of them QEMU saw since the jump, in their order."""
    bdf = trace.short_bdf(nic_module.bdf(index))
    for when, name, text in trace.events(machine.vm.path("trace.log")):
        found = trace.CONFIG.search(text) if name == trace.CONFIG_WRITE else None
        if when < machine.left:
            continue
        if name in trace.RESETS:
            yield "reset"
        elif (found and trace.short_bdf(found[1]) == bdf and int(found[2], 16) == trace.COMMAND
              and int(found[3], 16) & trace.BUS_MASTER):
            yield "master"


class Nothing:
    """The control: an update as it should be."""

    lossless = True

    def act(self, machine, index):
        """In the jump."""

    def check(self, machine, index):
        """In the new kernel."""
        self.adopted(machine, index)
        ktap.contains(reporter(machine, index), "last_harm: none", "reporter")

    def adopted(self, machine, index):
        """The device was taken over, and the update can be finished."""
        ktap.equal(state.show(machine, NAMES[index])["state"], "adopted", "state")
        status, text = machine.sh(f"lunicctl resume {NAMES[index]}")
        ktap.equal(status, RESUMED, f"lunicctl resume ({text.strip()})")


class CablePulled(Nothing):
    """The link is lost, and stays so until the new kernel runs."""

    lossless = False
    back = ""

    def act(self, machine, index):
        machine.vm.qmp.set_link(f"net{index}", False)

    def check(self, machine, index):
        name = NAMES[index]
        said = machine.logged(f"{pci_name(index)}: live update: the link was lost during")
        ktap.equal(len(said), 1, "lines that say so")
        ktap.contains(said[0], self.back, "it")
        ktap.contains(reporter(machine, index), "last_harm: the link was lost", "reporter")
        reported(machine, index)
        ktap.equal(state.ethtool_counters(machine, name)["link_down_events"],
                   machine.link_downs[index] + 1, "link_down_events")
        if not self.back:
            ktap.equal(machine.must(f"cat /sys/class/net/{name}/carrier").strip(), "0",
                       "carrier")
            machine.vm.qmp.set_link(f"net{index}", True)
        machine.carrier(name)
        self.adopted(machine, index)


class CablePlugged(CablePulled):
    """It is back before anybody looks."""

    back = "and is back"

    def act(self, machine, index):
        super().act(machine, index)
        machine.vm.qmp.set_link(f"net{index}", True)


class Reset(Nothing):
    """The device is reset by its own register."""

    lossless = False
    why = "the hardware is not receiving: it was reset"

    def act(self, machine, index):
        sabotage.reset(machine.vm, index)

    def check(self, machine, index):
        said = machine.logged(f"{pci_name(index)}: live update: handover refused: ")
        ktap.equal(len(said), 1, "lines that say so")
        ktap.contains(said[0], self.why, "the reason")
        ktap.contains(reporter(machine, index), f"last_harm: {self.why}", "reporter")
        reported(machine, index)
        status, text = machine.sh(f"lunicctl resume {NAMES[index]}")
        ktap.equal(status, RESUMED_WITH_RESET, f"lunicctl resume ({text.strip()})")


class NoMaster(Reset):
    """It may not write to memory any more: nobody knows what that has done to it."""

    why = "its bus mastering was taken away"

    def act(self, machine, index):
        sabotage.take_bus_master(machine.vm, index)

    def check(self, machine, index):
        super().check(machine, index)
        ktap.equal(next(reset_or_master(machine, index)), "reset",
                   "what came first: a reset, or its bus mastering")


class Swapped(Reset):
    """Another one, just switched on, is in the slot."""

    def act(self, machine, index):
        slot.take_out(machine, index)
        slot.put_in(machine, index, quietly=True)


class Gone(Nothing):
    """The slot is empty, until the new kernel runs."""

    lossless = False

    def act(self, machine, index):
        slot.take_out(machine, index)

    def check(self, machine, index):
        bdf = nic_module.bdf(index)
        machine.must(f"[ ! -e /sys/bus/pci/devices/{bdf} ]")
        machine.must(f"lunicctl resume --session lunic-{bdf}")
        ktap.equal(len(machine.logged("was handed over and is gone")), 1,
                   "lines that say so")
        slot.put_in(machine, index)
        slot.set_up(machine, index)
        ktap.equal(state.show(machine, NAMES[index])["state"], "idle", "state")


def update(machine, faults):
    """An update of both, with a fault of each in it."""
    machine.load()
    machine.must("ethtool --set-priv-flags eth1 live-update-hold-rx on")
    machine.link_downs = [state.ethtool_counters(machine, name)["link_down_events"]
                          for name in NAMES]
    with machine.traffic(0) as first, machine.traffic(1) as second:
        machine.preserve("eth0", sink=True)
        machine.preserve("eth1", sink=False)
        machine.leave()
        machine.vm.console.wait(LAST_WORDS, 60, machine.since)
        machine.vm.qmp.execute("stop")
        for index, fault in enumerate(faults):
            fault.act(machine, index)
        machine.vm.qmp.execute("cont")
        machine.arrive()
        machine.second_sink(1)
        for index, fault in enumerate(faults):
            fault.check(machine, index)
        time.sleep(0.5)
        counts = first.stop(), second.stop()
    for name, fault, found in zip(NAMES, faults, counts):
        if fault.lossless:
            unharmed(found, name)
        ktap.equal((found["corrupted"], found["duplicated"]), (0, 0),
                   f"{name}: corrupted, duplicated")
    for name in NAMES:
        machine.carrier(name)
        machine.must(f"ethtool -G {name} rx {RING}")
    # Traffic begins with an answer
    with machine.traffic(0), machine.traffic(1):
        pass


def title(faults):
    """What happens to either."""
    return "; ".join(f"{device.DEVICES[model].chip}: {WORDS[type(fault)]}"
                     for model, fault in zip(MODELS, faults))


WORDS = {Nothing: "nothing", Reset: "reset", NoMaster: "bus mastering cleared",
         CablePulled: "link lost", CablePlugged: "link lost and back", Gone: "gone",
         Swapped: "another in its place"}
# What keeps its name stands beside what is gone
JUMPS = ((Reset(), CablePulled()), (CablePulled(), Reset()),
         (NoMaster(), CablePlugged()), (CablePlugged(), NoMaster()),
         (Gone(), Nothing()), (Nothing(), Gone()), (Swapped(), Swapped()))

for pair in JUMPS:
    program.case(title(pair))(lambda machine, faults=pair: update(machine, faults))


@program.case("after all of that an update of both loses nothing")
def _(machine):
    update(machine, (Nothing(), Nothing()))


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
