#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""PCI errors, resets from outside, unbinding and pulling the NIC out, under traffic."""
import contextlib
import time

from lib import ktap, slot, state
from lib.machine import Machine
from lib.traffic import flows, unharmed
from lab import nic as nic_module, sabotage

BDF = nic_module.bdf(0)
DEVICE = f"/sys/bus/pci/devices/{BDF}"
DRIVER = "/sys/bus/pci/drivers/lunic"
FATAL, HARMLESS = "MALF_TLP", "COMP_TIME"
BRIDGE_CONTROL, BRIDGE_SERR = 0x3e, 0x2
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """A machine with a kernel to jump to: it must never do so."""
    with Machine(resume=False, qemu_args=slot.NATIVE_HOTPLUG) as machine:
        machine.load()
        machine.must("ethtool -G eth0 rx 2048 tx 512 && ip link set eth0 mtu 1400")
        machine.settings = state.settings(machine)
        hear_errors(machine)
        yield machine


def hear_errors(machine):
    """The root port passes errors on, which no firmware has told it here."""
    qtest = machine.vm.qtest
    address = qtest.config(nic_module.port_bdf(0), BRIDGE_CONTROL & ~3)
    qtest.writel(address, qtest.readl(address) | BRIDGE_SERR << 16)


def as_before(machine):
    """A second of traffic, of which nothing may be lost, over the old settings."""
    machine.carrier()
    flows(machine, 1)
    ktap.equal(state.settings(machine), machine.settings, "settings")


def logged(machine, text, count):
    """Waits until the log has so many lines with the text."""
    machine.wait_for(f"[ $(dmesg | grep -c '{text}') -ge {count} ]")


def inject(machine, error):
    """A PCI error at the root port, which hits what is below it: igb can't tell its own."""
    said = machine.vm.qmp.monitor(f"pcie_aer_inject_error rp0 {error}")
    ktap.check("OK" in said, f"QEMU: {said}")


def set_up_again(machine):
    """A new interface gets what the first one had."""
    slot.set_up(machine)
    machine.must("ethtool -G eth0 rx 2048 tx 512 && ip link set eth0 mtu 1400")
    # The hash key is a new one
    machine.carrier()
    machine.settings = state.settings(machine)


def pull_out(machine):
    """The NIC is gone, and the guest has noticed."""
    slot.take_out(machine)
    slot.wait_gone(machine)


def lost(machine):
    """The preservation is gone, the reboot call fails, and the NIC goes on."""
    ktap.equal(state.show(machine)["state"], "idle", "state")
    machine.jump_fails()
    ktap.check(machine.logged("preservation lost: "), "no line in the log")
    ktap.check(machine.logged("not frozen: its preservation was lost"), "no reason logged")
    as_before(machine)
    machine.must("lunicctl cancel eth0")
    as_before(machine)


def can_be_preserved(machine):
    """As if nothing had been."""
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        time.sleep(0.5)
        machine.must("lunicctl cancel eth0")
        unharmed(traffic.stop())


@program.case("a PCI error that is not fatal: nothing is lost, preserved or not")
def _(machine):
    begin = time.time()
    with machine.traffic() as traffic:
        inject(machine, HARMLESS)
        logged(machine, "not fatal: goes on", 1)
        machine.preserve(sink=False)
        inject(machine, HARMLESS)
        logged(machine, "not fatal: goes on", 2)
        ktap.equal(state.show(machine)["state"], "preserved", "state")
        machine.must("lunicctl cancel eth0")
        unharmed(traffic.stop())
    seen = machine.window(begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0), "resets, link downs")


@program.case("a fatal PCI error under traffic: the NIC recovers, settings are kept")
def _(machine):
    before = state.counters(machine)
    with machine.traffic(rate=200):
        for count in (1, 2):
            inject(machine, FATAL)
            logged(machine, "device recovery successful", count + 2)
            machine.carrier()
    as_before(machine)
    ktap.equal(state.shrunk(before, state.counters(machine)), {}, "went back")


@program.case("a fatal PCI error while preserved: the reboot fails, the NIC recovers")
def _(machine):
    machine.preserve(sink=False)
    inject(machine, FATAL)
    logged(machine, "device recovery successful", 5)
    lost(machine)
    can_be_preserved(machine)


@program.case("a function reset under traffic, three times")
def _(machine):
    with machine.traffic(rate=200):
        for _ in range(3):
            machine.must(f"echo 1 > {DEVICE}/reset")
            machine.carrier()
    as_before(machine)


@program.case("a function reset with the interface down, and asleep")
def _(machine):
    machine.must(f"ip link set eth0 down && echo 1 > {DEVICE}/reset && "
                 f"echo auto > {DEVICE}/power/control")
    machine.wait_for(f"[ $(cat {DEVICE}/power/runtime_status) = suspended ]")
    machine.must(f"echo 1 > {DEVICE}/reset && echo on > {DEVICE}/power/control")
    set_up_again(machine)
    as_before(machine)


@program.case("a function reset while preserved: the reboot fails, the NIC goes on")
def _(machine):
    machine.preserve(sink=False)
    machine.must(f"echo 1 > {DEVICE}/reset")
    lost(machine)
    can_be_preserved(machine)


@program.case("the device is reset behind the driver's back while preserved: the same")
def _(machine):
    machine.preserve(sink=False)
    sabotage.reset(machine.vm)
    machine.jump_fails()
    ktap.check(machine.logged("the device was reset from outside"), "no line in the log")
    as_before(machine)
    machine.must("lunicctl cancel eth0")
    can_be_preserved(machine)


@program.case("that, and down: the reboot fails, it comes up again")
def _(machine):
    machine.preserve(sink=False)
    machine.must("ip link set eth0 down")
    sabotage.reset(machine.vm)
    machine.jump_fails()
    machine.must("lunicctl cancel eth0")
    set_up_again(machine)
    as_before(machine)


@program.case("unbound while preserved, under traffic: the reboot fails, and it can be bound")
def _(machine):
    with machine.traffic(rate=200):
        machine.preserve(sink=False)
        machine.must(f"echo {BDF} > {DRIVER}/unbind")
        machine.jump_fails()
        machine.must(f"lunicctl cancel --session lunic-{BDF}")
        machine.must(f"echo {BDF} > {DRIVER}/bind")
        set_up_again(machine)
    as_before(machine)
    can_be_preserved(machine)


@program.case("pulled out under traffic, and plugged in")
def _(machine):
    with machine.traffic(rate=200):
        pull_out(machine)
    slot.put_in(machine)
    set_up_again(machine)
    as_before(machine)


@program.case("pulled out while preserved: the session can be cancelled")
def _(machine):
    machine.preserve(sink=False)
    pull_out(machine)
    machine.jump_fails()
    machine.must(f"lunicctl cancel --session lunic-{BDF}")


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
