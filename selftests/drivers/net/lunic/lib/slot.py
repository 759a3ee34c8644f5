# SPDX-License-Identifier: GPL-2.0
"""A NIC leaves its slot and comes back, from outside the guest."""
import contextlib
import time

from lab import nic as nic_module

from . import ktap

# Else ACPI does it, which asks before anything is pulled out
NATIVE_HOTPLUG = ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
# The root port's PCI Express capability
EXPRESS, SLOT_CONTROL, POWER_OFF = 0x10, 0x18, 0x0700
BUTTON_PRESSED, PRESENCE_CHANGED = 0x1, 0x8
# The last byte of the first of the flows' addresses
FIRST_SOURCE = 17
FREED_TIMEOUT = 30


@contextlib.contextmanager
def _control(machine, index):
    """Stops the VM; (address, value) of the slot's control register. Its status is the next
    word."""
    qtest, port = machine.vm.qtest, nic_module.port_bdf(index)
    was_running = machine.vm.qmp.execute("query-status")["running"]
    machine.vm.qmp.execute("stop")
    place = qtest.readl(qtest.config(port, 0x34)) & 0xff
    while qtest.readl(qtest.config(port, place)) & 0xff != EXPRESS:
        place = qtest.readl(qtest.config(port, place)) >> 8 & 0xff
    address = qtest.config(port, place + SLOT_CONTROL)
    try:
        yield address, qtest.readl(address) & 0xffff
    finally:
        if was_running:
            machine.vm.qmp.execute("cont")


def take_out(machine, index=0):
    """The NIC is gone from one moment to the next, and the slot still has power."""
    with _control(machine, index) as (address, control):
        # Power controller and indicator off, and on again: what was there has gone
        machine.vm.qtest.writel(address, control | POWER_OFF)
        machine.vm.qtest.writel(address, control)


def wait_gone(machine, index=0):
    """Until the guest knows."""
    machine.wait_for(f"[ ! -e /sys/bus/pci/devices/{nic_module.bdf(index)} ]")


def ask_out(machine, index=0):
    """Somebody presses the slot's button: the guest is asked to give the NIC away, and does
    so 5 s later."""
    machine.vm.qmp.execute("device_del", id=f"nic{index}")


def _has_left(machine, index):
    found = machine.vm.qmp.execute("qom-list", path="/machine/peripheral")
    return f"nic{index}" not in [item["name"] for item in found]


def _is_off(machine, index):
    with _control(machine, index) as (_, control):
        return control & POWER_OFF == POWER_OFF


def _wait_until(holds, machine, index, what):
    """A guest that gives the NIC away is done with it before QEMU is."""
    end = time.monotonic() + FREED_TIMEOUT
    while not holds(machine, index):
        if time.monotonic() > end:
            raise ktap.Failed(f"slot {index + 1} {what}")
        time.sleep(0.1)


def put_in(machine, index=0, quietly=False):
    """A new NIC in the slot; the guest finds it soon. quietly: it is not told, and QEMU does
    not let it clear the event of a time when no kernel listened."""
    _wait_until(_has_left, machine, index, "is still in use")
    if not quietly:
        # The guest, who switches it off last, would pull the new one out by that
        _wait_until(_is_off, machine, index, "was not switched off")
    with _control(machine, index) as (address, _):
        machine.vm.qmp.execute(
            "device_add", driver=nic_module.MODELS[machine.vm.nics[index].model].device,
            id=f"nic{index}", netdev=f"net{index}", bus=f"rp{index}",
            mac=nic_module.mac(index), romfile="")
        # QEMU presses the button as well, which would switch the slot off again 5 s later.
        # It clears nothing where a write of both words has a bit that the status lacks
        events = BUTTON_PRESSED | PRESENCE_CHANGED if quietly else BUTTON_PRESSED
        machine.vm.qtest.writew(address + 2, events)


def set_up(machine, index=0):
    """A new interface gets the address and the neighbours that the first one had."""
    name, net = f"eth{index}", f"10.0.{index}"
    machine.wait_for(f"[ -e /sys/class/net/{name} ]")
    machine.must(f"ip addr replace {net}.2/24 dev {name} && ip link set {name} up && "
                 f"for n in 1 $(seq {FIRST_SOURCE} {FIRST_SOURCE + nic_module.SOURCES - 1}); "
                 f"do ip neigh replace {net}.$n lladdr {nic_module.HOST_MAC} dev {name} "
                 "nud permanent; done")
    machine.carrier(name)
