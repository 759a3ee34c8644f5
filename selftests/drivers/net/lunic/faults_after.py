#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""After the jump no driver comes, the wrong one, or one whose probe fails; one NIC of each
model in one machine."""
import contextlib
import dataclasses
import time

from lib import device, faults, ktap, slot, state
from lib.machine import Machine
from lib.traffic import on_both, unharmed
from lab import nic as nic_module
from lab.nic import Nic

MODELS = (device.MODEL, device.OTHER_MODEL)
NAMES = ("eth0", "eth1")
BDFS = tuple(nic_module.bdf(index) for index in (0, 1))
DRIVER = "/sys/bus/pci/drivers/lunic"
RESUMED, NOTHING, RESUMED_WITH_RESET = 0, 3, 4
EARLY = ("lunic_pci_enable", "lunic_irq_alloc")
# The rings must last until a driver comes
RATE, RING = 100, 8192
ALLOCATIONS = 120
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Two NICs; after each jump frames wait until they are resumed."""
    with Machine(nics=[Nic(model) for model in MODELS], rate=RATE, rings=RING,
                 resume=False) as machine:
        machine.second_sink(1)
        hold(machine)
        yield machine


def hold(machine):
    """So that no frame comes before the sinks are there."""
    for name in NAMES:
        machine.must(f"ethtool --set-priv-flags {name} live-update-hold-rx on")


def jump_bare(machine):
    """An update of both, into a kernel with no driver for them and no sink: whoever opens
    /dev/liveupdate before the drivers are there spoils it for good."""
    bare = dataclasses.replace(machine.guest, modules=[], interfaces=[], sink=0)
    machine.vm.load(bare.command_line(resume=False))
    machine.preserve("eth0")
    machine.preserve("eth1", sink=False)
    machine.jump()


def load_unbound(machine):
    """lunic, which binds nothing by itself."""
    machine.must("echo 0 > /sys/bus/pci/drivers_autoprobe && insmod /lib/lab/lunic.ko")


def binds(machine, index):
    """Whether the driver takes the device."""
    return not machine.sh(f"echo {BDFS[index]} > {DRIVER}/bind")[0]


def come_up(machine):
    """Sinks, addresses and neighbours, as init would have."""
    machine.must("echo 1 > /sys/bus/pci/drivers_autoprobe; "
                 "sink --flows 16 >/dev/null 2>&1 & for i in $(seq 100); do "
                 "sink --report >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1")
    machine.second_sink(1)
    for index in (0, 1):
        slot.set_up(machine, index)


def works(machine):
    """Both, without loss; and as they were."""
    for name in NAMES:
        machine.must(f"ethtool -G {name} rx {RING}")
    hold(machine)
    with on_both(machine):
        pass


def resume(machine, wanted):
    """Ends the update of both; wanted: the exit status for either."""
    for name, status in zip(NAMES, wanted):
        found, text = machine.sh(f"lunicctl resume {name}")
        ktap.equal(found, status, f"lunicctl resume {name} ({text.strip()})")


def refused(machine, index, why):
    """One line says so, the reporter knows, and the device was set up anew."""
    said = machine.logged(f"{BDFS[index]}: live update: handover refused: ")
    ktap.equal(len(said), 1, f"{NAMES[index]}: lines that say so")
    ktap.contains(said[0], f"refused: {why}; the device was reset", "the line")
    text = machine.must(f"devlink health diagnose pci/{BDFS[index]} reporter liveupdate")
    ktap.contains(text, f"last_refusal: {why}", "reporter")
    ktap.equal(state.show(machine, NAMES[index])["state"], "refused", "state")


@program.case("other drivers come first, this one late, and its first two probes fail early: "
              "nothing lost")
def _(machine):
    begin = time.time()
    with machine.traffic(0) as first, machine.traffic(1) as second:
        jump_bare(machine)
        load_unbound(machine)
        others_come(machine)
        for index in (0, 1):
            for function in EARLY:
                with faults.failing(machine, function):
                    ktap.check(not binds(machine, index), f"bound in spite of {function}")
            ktap.check(binds(machine, index), "not bound")
            said = machine.logged(f"{BDFS[index]}: live update: not taken over yet: ")
            ktap.equal(len(said), len(EARLY), "lines that say so")
        come_up(machine)
        for name in NAMES:
            ktap.equal(state.show(machine, name)["state"], "adopted", f"{name}: state")
        resume_twice(machine)
        time.sleep(1)
        unharmed(first.stop(), "eth0")
        unharmed(second.stop(), "eth1")
    for index in (0, 1):
        seen = machine.window(begin, time.time(), index)
        ktap.equal((seen.device_resets, seen.bus_master_clears), (0, 0),
                   "resets, bus master clears")
    works(machine)


def others_come(machine):
    """The stock drivers don't get what was handed over by this one."""
    machine.must("insmod /lib/lab/igb.ko && insmod /lib/lab/e1000e.ko")
    for index, model in enumerate(MODELS):
        machine.sh(f"echo {BDFS[index]} > /sys/bus/pci/drivers/{model}/bind")
        ktap.equal(len(machine.logged(f"{BDFS[index]}: was handed over by lunic, so {model} "
                                      "does not get it")), 1, "lines that say so")
    machine.must("rmmod igb && rmmod e1000e")


def resume_twice(machine):
    """Two agents at once: one does it, the other is told; a third finds nothing."""
    for name in NAMES:
        text = machine.must(f"(lunicctl resume {name}; echo status $?) > /tmp/1 2>&1 & "
                            f"(lunicctl resume {name}; echo status $?) > /tmp/2 2>&1; "
                            "wait; cat /tmp/1 /tmp/2")
        found = sorted(int(line.split()[1]) for line in text.splitlines()
                       if line.startswith("status "))
        ktap.equal(found[0], RESUMED, f"status of the better ({text.strip()})")
        ktap.equal(found[1], NOTHING, f"status of the other ({text.strip()})")
    resume(machine, (NOTHING, NOTHING))
    for name in NAMES:
        ktap.equal(state.show(machine, name)["state"], "idle", f"{name}: state")


def broken_probes(machine, memory, late):
    """The probe of one finds no memory for its rings; that of the other fails when the
    device was taken over. Both work, the other once it is bound again."""
    jump_bare(machine)
    load_unbound(machine)
    with faults.failing(machine, "lunic_restore_rxq", 2):
        ktap.check(binds(machine, memory), f"{NAMES[memory]}: not bound")
    for function in ("lunic_register", "lunic_expose"):
        with faults.failing(machine, function):
            ktap.check(not binds(machine, late), f"bound in spite of {function}")
    given_up(machine, late)
    ktap.check(binds(machine, late), f"{NAMES[late]}: not bound")
    name_them(machine)
    come_up(machine)
    refused(machine, memory, "its memory can't be taken over")
    stopped(machine, late)
    resume(machine, (RESUMED_WITH_RESET, RESUMED_WITH_RESET))
    works(machine)


def given_up(machine, index):
    """What the log says of the device, in its order; not that the update was finished."""
    text = "\n".join(line for line in machine.dmesg() if BDFS[index] in line)
    steps = ("live update: adopted", "live update: given up, not finished: ",
             "was handed over, but its driver's probe failed; ")
    found = [text.find(step) for step in steps]
    ktap.check(-1 not in found and found == sorted(found), f"lines at {found} of:\n{text}")
    ktap.check("live update: finished" not in text, f"said to be finished:\n{text}")


def stopped(machine, index):
    """The PCI core has stopped it, and the second and the third probe each know."""
    said = machine.logged(f"{BDFS[index]}: was handed over, but its driver's probe failed; ")
    ktap.equal(len(said), 1, f"{NAMES[index]}: lines of the PCI core")
    said = machine.logged(f"{BDFS[index]}: live update: handover refused: the PCI core has "
                          "stopped it")
    ktap.equal(len(said), 2, f"{NAMES[index]}: lines of the driver")
    ktap.equal(state.show(machine, NAMES[index])["state"], "refused", "state")


def name_them(machine):
    """Interfaces that start anew get the next free name, whatever their order."""
    steps = "".join(f"ip link set $(ls /sys/bus/pci/devices/{bdf}/net) name new{index} && "
                    for index, bdf in enumerate(BDFS))
    steps += " && ".join(f"ip link set new{index} name eth{index}" for index in (0, 1))
    machine.must(steps)


@program.case("no memory for the rings of the first, the second fails after its takeover")
def _(machine):
    broken_probes(machine, 0, 1)


@program.case("the same the other way round")
def _(machine):
    broken_probes(machine, 1, 0)


@program.case("memory is short for every allocation in turn: bound in the end, and works")
def _(machine):
    if not faults.starvable(machine):
        raise ktap.Skip("a kernel without FAILSLAB and FAIL_PAGE_ALLOC")
    jump_bare(machine)
    faults.starvable(machine)
    load_unbound(machine)
    for index in (0, 1):
        text = machine.must(
            f"for n in $(seq {ALLOCATIONS}); do (echo $n > /proc/self/fail-nth; "
            f"echo {BDFS[index]} > {DRIVER}/bind) 2>/dev/null; "
            f"[ ! -e {DRIVER}/{BDFS[index]} ] || break; done; echo $n", 300)
        ktap.check(binds(machine, index) or machine.must(f"ls {DRIVER}/{BDFS[index]}"),
                   "never bound")
        ktap.say(f"{NAMES[index]}: bound with allocation {text.strip()} missing")
    name_them(machine)
    come_up(machine)
    for name in NAMES:
        ktap.say(f"{name}: {state.show(machine, name)['state']}")
        machine.sh(f"lunicctl resume {name}")
    works(machine)


@program.case("after all of that an update of both loses nothing")
def _(machine):
    machine.load()
    with machine.traffic(0) as first, machine.traffic(1) as second:
        machine.preserve("eth0")
        machine.preserve("eth1", sink=False)
        machine.jump()
        machine.second_sink(1)
        resume(machine, (RESUMED, RESUMED))
        time.sleep(1)
        unharmed(first.stop(), "eth0")
        unharmed(second.stop(), "eth1")


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
