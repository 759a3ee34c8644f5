#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""PCI errors, resets from outside, unbinding and pulling the NIC out, under traffic."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module, sabotage

BDF = nic_module.bdf(0)
DEVICE = f"/sys/bus/pci/devices/{BDF}"
DRIVER = "/sys/bus/pci/drivers/lunic"
FATAL, HARMLESS = "MALF_TLP", "COMP_TIME"
# The last byte of the first of the flows' addresses
FIRST_SOURCE = 17
# Else ACPI does it, which asks before anything is pulled out
NATIVE_HOTPLUG = ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
BRIDGE_CONTROL, BRIDGE_SERR = 0x3e, 0x2
# The root port's PCI Express capability
EXPRESS, SLOT_CONTROL, POWER_OFF, BUTTON_PRESSED = 0x10, 0x18, 0x0700, 0x1
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """A machine with a kernel to jump to: it must never do so."""
    with Machine(resume=False, qemu_args=NATIVE_HOTPLUG) as machine:
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


def flows(machine):
    """A second of traffic, of which nothing may be lost, over the old settings."""
    machine.carrier()
    with machine.traffic() as traffic:
        time.sleep(1)
        unharmed(traffic.stop())
    ktap.equal(state.settings(machine), machine.settings, "settings")


def wait_for(machine, condition):
    """Waits until a shell's condition holds."""
    machine.must(f"for i in $(seq 200); do {condition} && exit 0; sleep 0.1; done; "
                 f"echo never: '{condition}'; exit 1")


def logged(machine, text, count):
    """Waits until the log has so many lines with the text."""
    wait_for(machine, f"[ $(dmesg | grep -c '{text}') -ge {count} ]")


def inject(machine, error):
    """A PCI error at the root port, which hits what is below it: igb can't tell its own."""
    said = machine.vm.qmp.monitor(f"pcie_aer_inject_error rp0 {error}")
    ktap.check("OK" in said, f"QEMU: {said}")


def set_up_again(machine):
    """A new interface gets what the first one had."""
    machine.must(f"ip addr replace {nic_module.GUEST_IP}/24 dev eth0 && "
                 "ethtool -G eth0 rx 2048 tx 512 && ip link set eth0 mtu 1400 up && "
                 f"for n in 1 $(seq {FIRST_SOURCE} {FIRST_SOURCE + nic_module.SOURCES - 1}); "
                 f"do ip neigh replace 10.0.0.$n lladdr {nic_module.HOST_MAC} dev eth0 "
                 "nud permanent; done")
    # The hash key is a new one
    machine.carrier()
    machine.settings = state.settings(machine)


@contextlib.contextmanager
def slot_control(machine):
    """Stops the VM; (address, value) of the slot's control register, above it its status."""
    qtest, port = machine.vm.qtest, nic_module.port_bdf(0)
    place = qtest.readl(qtest.config(port, 0x34)) & 0xff
    while qtest.readl(qtest.config(port, place)) & 0xff != EXPRESS:
        place = qtest.readl(qtest.config(port, place)) >> 8 & 0xff
    address = qtest.config(port, place + SLOT_CONTROL)
    machine.vm.qmp.execute("stop")
    yield address, qtest.readl(address) & 0xffff
    machine.vm.qmp.execute("cont")


def pull_out(machine):
    """The NIC is gone from one moment to the next, and the slot still has power."""
    with slot_control(machine) as (address, control):
        # Power controller and indicator off, and on again: what was there has gone
        machine.vm.qtest.writel(address, control | POWER_OFF)
        machine.vm.qtest.writel(address, control)
    wait_for(machine, f"[ ! -e {DEVICE} ]")


def plug_in(machine):
    """The NIC comes back into its slot."""
    with slot_control(machine) as (address, control):
        machine.vm.qmp.execute("device_add", driver=machine.vm.nics[0].model, id="nic0",
                               netdev="net0", bus="rp0", mac=nic_module.mac(0), romfile="")
        # QEMU presses the button as well, which would switch the slot off again
        machine.vm.qtest.writel(address, control | BUTTON_PRESSED << 16)
    wait_for(machine, "[ -e /sys/class/net/eth0 ]")
    set_up_again(machine)


def lost(machine):
    """The preservation is gone, the reboot call fails, and the NIC goes on."""
    ktap.equal(state.show(machine)["state"], "idle", "state")
    machine.jump_fails()
    ktap.check(machine.logged("preservation lost: "), "no line in the log")
    ktap.check(machine.logged("not frozen: its preservation was lost"), "no reason logged")
    flows(machine)
    machine.must("lunicctl cancel eth0")
    flows(machine)


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
    flows(machine)
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
    flows(machine)


@program.case("a function reset with the interface down, and asleep")
def _(machine):
    machine.must(f"ip link set eth0 down && echo 1 > {DEVICE}/reset && "
                 f"echo auto > {DEVICE}/power/control")
    wait_for(machine, f"[ $(cat {DEVICE}/power/runtime_status) = suspended ]")
    machine.must(f"echo 1 > {DEVICE}/reset && echo on > {DEVICE}/power/control")
    set_up_again(machine)
    flows(machine)


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
    flows(machine)
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
    flows(machine)


@program.case("unbound while preserved, under traffic: the reboot fails, and it can be bound")
def _(machine):
    with machine.traffic(rate=200):
        machine.preserve(sink=False)
        machine.must(f"echo {BDF} > {DRIVER}/unbind")
        machine.jump_fails()
        machine.must(f"lunicctl cancel --session lunic-{BDF}")
        machine.must(f"echo {BDF} > {DRIVER}/bind")
        set_up_again(machine)
    flows(machine)
    can_be_preserved(machine)


@program.case("pulled out under traffic, and plugged in")
def _(machine):
    with machine.traffic(rate=200):
        pull_out(machine)
    plug_in(machine)
    flows(machine)


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
