#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A device that its driver does not take over is stopped, and works afresh after that."""
import contextlib
import time

from lib import bare, device, ktap, pci, state, v9list
from lib.machine import Machine
from lib.traffic import flows
from lab import nic as nic_module

BDF = nic_module.bdf(0)
SYSFS = f"/sys/bus/pci/devices/{BDF}"
STOCK = device.MODEL
# Of lunicctl resume: done, or done although the device had to be reset
RESUMED = (0, 4)

program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Nothing is resumed by itself."""
    with Machine(resume=False) as machine:
        yield machine


def stopped(machine, begin, why):
    """It lost its bus mastering, then was reset, with one line in the log."""
    said = machine.logged("was handed over, but")
    ktap.equal(len(said), 1, f"lines that say so ({said})")
    ktap.contains(said[0], f"{BDF}: was handed over, but {why}; stopped and reset", "log")
    happened = [what for _, what in machine.window(begin, time.time()).happened
                if "bus master" in what or "reset" in what]
    ktap.check(happened and "bus master" in happened[0], f"first of {happened}")
    ktap.check(any("reset" in what for what in happened), f"no reset in {happened}")


def works(machine):
    """lunic drives it, the session ends, and traffic flows."""
    bare.load_lunic(machine)
    status, said = machine.sh("lunicctl resume")
    ktap.check(status in RESUMED, f"lunicctl resume: exit status {status} ({said.strip()})")
    flows(machine, 0.5, rate=200)


@program.case("released by a write to sysfs: stopped, then lunic probes it as usual")
def _(machine):
    bare.update(machine)
    begin = time.time()
    status, _ = machine.sh(f"echo 0 > {SYSFS}/liveupdate/release")
    ktap.check(status != 0, "0 was taken")
    machine.must(f"echo 1 > {SYSFS}/liveupdate/release")
    stopped(machine, begin, "it was released by the administrator")
    status, _ = machine.sh(f"echo 1 > {SYSFS}/liveupdate/release")
    ktap.check(status != 0, "released twice")
    works(machine)


@program.case(f"driver_override gives it to {STOCK}: stopped, then bound")
def _(machine):
    bare.update(machine)
    begin = time.time()
    machine.must(f"echo {STOCK} > {SYSFS}/driver_override; insmod /lib/lab/{STOCK}.ko")
    ktap.equal(pci.driver(machine, BDF), STOCK, "driver")
    stopped(machine, begin, "driver_override gives it to another driver")
    machine.must(f"rmmod {STOCK}; echo > {SYSFS}/driver_override")
    works(machine)


@program.case("the session is finished while no driver has it: stopped")
def _(machine):
    bare.update(machine)
    begin = time.time()
    machine.must(f"echo none > {SYSFS}/driver_override; insmod /lib/lab/lunic.ko")
    machine.sh(f"{machine.give('agent')} drop lunic-{BDF}")
    stopped(machine, begin, "no driver took it over")
    machine.must(f"echo > {SYSFS}/driver_override; rmmod lunic")
    works(machine)


def unlisted(machine, damage, why):
    """What the list named is a device like any other; who binds it resets it first."""
    begin = time.time()
    v9list.update(machine, damage)
    ktap.equal(len(machine.logged(why)), 1, f"lines of {machine.logged('liveupdate')}")
    ktap.equal(machine.logged("handed over by the previous kernel"), [], "devices that came in")
    works(machine)
    happened = [what for _, what in machine.window(begin, time.time()).happened
                if "reset" in what]
    ktap.check(happened, "the device was never reset")
    ktap.equal(machine.logged("live update: adopted"), [], "adopted")
    ktap.equal(state.show(machine)["state"], "idle", "state")


@program.case("the list of devices is unreadable: it is not taken over, but reset, and works")
def _(machine):
    unlisted(machine, v9list.List.unreadable, "list of devices is unreadable")


@program.case("the list has a version that nobody knows: the same")
def _(machine):
    unlisted(machine, v9list.List.other_version, "handover has version 99, not 2")


@program.case("the list counts a device too many: said, the list holds, and it is adopted")
def _(machine):
    begin = time.time()
    v9list.update(machine, v9list.List.wrong_count)
    ktap.equal(len(machine.logged("devices and listed")), 1, "lines that say so")
    works(machine)
    ktap.check(machine.logged("live update: adopted"), "not adopted")
    ktap.equal(machine.window(begin, time.time()).device_resets, 0, "resets")


@program.case("a plain kexec while no driver has it: bus mastering is turned off")
def _(machine):
    bare.update(machine)
    begin = time.time()
    machine.load()
    machine.leave()
    machine.arrive()
    ktap.check(machine.window(begin, machine.left + 5).bus_master_clears, "never turned off")
    machine.carrier()
    flows(machine, 0.5, rate=200)


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
