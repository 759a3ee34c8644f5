# SPDX-License-Identifier: GPL-2.0
"""Disturbs a device on purpose, from outside: the lab's checks must notice."""
from . import nic as nic_module

CTRL = 0x0
CTRL_RST = 1 << 26
COMMAND = 0x4
BUS_MASTER = 1 << 2


def reset(vm, index=0):
    """Resets the device by its own register."""
    address = vm.qtest.bar0(nic_module.bdf(index)) + CTRL
    vm.qtest.writel(address, vm.qtest.readl(address) | CTRL_RST)


def renegotiate(vm, interface="eth0"):
    """Starts a new autonegotiation."""
    vm.must(f"ethtool -r {interface}")


def _clear_bus_master(vm, bdf):
    # The status half takes only ones as a change: it is written as zero
    address = vm.qtest.config(bdf, COMMAND)
    command = vm.qtest.readl(address) & 0xffff
    vm.qtest.writel(address, command & ~BUS_MASTER)
    vm.qtest.writel(address, command)


def take_bus_master(vm, index=0):
    """Takes bus mastering from the NIC for good."""
    address = vm.qtest.config(nic_module.bdf(index), COMMAND)
    vm.qtest.writel(address, vm.qtest.readl(address) & 0xffff & ~BUS_MASTER)


def clear_bus_master(vm, index=0):
    """Takes bus mastering from the NIC and gives it back."""
    _clear_bus_master(vm, nic_module.bdf(index))


def clear_port_bus_master(vm, index=0):
    """The same with the root port above it."""
    _clear_bus_master(vm, nic_module.port_bdf(index))
