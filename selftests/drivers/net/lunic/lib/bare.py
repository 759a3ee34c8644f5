# SPDX-License-Identifier: GPL-2.0
"""Updates into a kernel that loads no driver, so that a test can do that."""
from lab.guest import Guest

from . import extras, handover
from .machine import interface


def update(machine, alter=None, append=""):
    """An update of eth0; the time of the jump itself. alter: gets the address of the PCI
    core's record while no kernel runs."""
    machine.vm.load(Guest(extra=append, interfaces=[]).command_line())
    machine.preserve(sink=False)
    where = extras.address(machine)
    machine.leave()
    handover.wait(machine, machine.since)
    if alter:
        alter(where)
    when, _ = machine.vm.console.wait("Starting new kernel", 60, machine.since)
    machine.arrive()
    return when


def load_lunic(machine):
    """The driver, and what init would do for eth0."""
    net = interface(0)
    machine.must("insmod /lib/lab/lunic.ko")
    machine.must(f"ip link set eth0 up && ip addr replace {net.address} dev eth0 && "
                 f"ip neigh replace {net.peer[0]} lladdr {net.peer[1]} dev eth0")
    machine.carrier()
    machine.must("sink >/dev/null 2>&1 & sleep 1")
