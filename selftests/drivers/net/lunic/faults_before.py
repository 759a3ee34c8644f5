#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What goes wrong before the jump, on a NIC of each model: traffic goes on, and the update
that follows loses nothing. cancel.py has sessions that end, agents that die and freezes that
fail in another handler."""
import contextlib
import re
import time

from lib import device, ktap, leaks, slot, state
from lib.faults import failing, starvable
from lib.machine import Machine
from lib.traffic import on_both
from lab import nic as nic_module, sabotage
from lab.nic import Nic

MODELS = (device.MODEL, device.OTHER_MODEL)
NAMES = ("eth0", "eth1")
DRIVER = "/sys/bus/pci/drivers/lunic"
RING, STARVE_RING = 4096, 256
STARVE_ROUNDS = 3
# What a loop over all allocations may hold back in caches, once each has been filled
LEAK_KB = 2048
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Two NICs, each with a sink of its own; nothing is loaded yet to jump to."""
    with Machine(nics=[Nic(model) for model in MODELS], rate=500, rings=RING, resume=False,
                 qemu_args=slot.NATIVE_HOTPLUG) as machine:
        machine.second_sink(1)
        machine.excused = set()
        machine.must("echo 1 > /sys/module/suspend/parameters/pm_test_delay && "
                     "echo platform > /sys/power/pm_test")
        yield machine


def each_nic(title):
    """Decorator: a case for each of the NICs."""
    def add(function):
        for index, model in enumerate(MODELS):
            program.case(f"{device.DEVICES[model].chip}: {title}")(
                lambda machine, index=index: function(machine, index))
        return function
    return add


def both_nics(title):
    """Decorator: a case for one NIC after the other, after which both can be preserved."""
    def add(function):
        def run(machine):
            for index, model in enumerate(MODELS):
                ktap.say(device.DEVICES[model].chip)
                function(machine, index)
            for name in NAMES:
                machine.carrier(name)
            with undisturbed(machine):
                machine.preserve("--session both eth0 eth1", sink=False)
                machine.must("lunicctl cancel --session both")
        program.case(title)(run)
        return function
    return add


def standing(machine, name, wanted="idle"):
    """Fails the case where the device is in another state."""
    ktap.equal(state.show(machine, name)["state"], wanted, name)


@contextlib.contextmanager
def undisturbed(machine):
    """Neither device is reset, neither link changes, and no frame is lost."""
    begin = time.time()
    with on_both(machine):
        yield
    seen = machine.window(begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0),
               f"resets, link downs ({seen.happened})")


def lost(machine, name, why, error="Input/output error"):
    """The reboot call fails; the session that is left can be cancelled, and the interface,
    which nobody has set up anew, works: the next who look see to that."""
    ktap.contains(machine.jump_fails(), error, "reboot")
    ktap.check(machine.logged(f"{name}: live update: preservation lost: {why}"),
               f"'{why}' is not in the log")
    standing(machine, name)
    machine.must(f"lunicctl cancel {name}")


@each_nic("each allocation of a preservation fails once: nothing is lost, or left over")
def _(machine, index):
    if not starvable(machine):
        raise ktap.Skip("the kernel has no FAILSLAB or FAIL_PAGE_ALLOC")
    command = f"{machine.give('starve')} /dev/lunic/{nic_module.bdf(index)}"
    # More blocks fail no other way
    machine.must(f"ethtool -G eth{index} rx {STARVE_RING}")
    with undisturbed(machine):
        said, before = machine.must(command, 300), None
        for _ in range(STARVE_ROUNDS):
            before = before or leaks.look(machine)
            said = machine.must(command, 300)
        after = leaks.look(machine)
    ktap.say(said)
    allocations, failures = map(int, re.findall(r"\d+", said))
    ktap.check(allocations >= failures > 10, f"few allocations failed: {said}")
    for what, more in (("free memory", before.free - after.free),
                       ("slab", after.slab - before.slab)):
        ktap.say(f"{what}: {more} KiB more is used")
        ktap.check(more < LEAK_KB, f"{what}: {more} KiB")
    standing(machine, f"eth{index}")
    machine.must(f"ethtool -G eth{index} rx {RING}")
    # KHO itself warns, once, of a name that it has no memory for
    machine.excused = set(machine.troubles())
    ktap.check(all("kho_add_subtree" in line or "Call Trace:" in line
                   for line in machine.excused), f"complaints: {machine.excused}")


@program.case("an image that is none, then a reboot without one: still preserved, nothing lost")
def _(machine):
    with undisturbed(machine):
        machine.preserve("--session both eth0 eth1", sink=False)
        machine.must("head -c 1000000 /dev/urandom > /tmp/garbage")
        status, said = machine.sh("kexec -s -l /tmp/garbage --command-line=console=ttyS0")
        ktap.check(status, f"kexec took it: {said}")
        ktap.contains(machine.jump_fails(), "Invalid argument", "reboot")
        for name in NAMES:
            standing(machine, name, "preserved")
        machine.must("lunicctl cancel --session both")
    machine.load()


@each_nic("what must not happen while it is preserved is refused, and nothing is lost")
def _(machine, index):
    name, bdf = f"eth{index}", nic_module.bdf(index)
    settings = state.settings(machine, name)
    with undisturbed(machine):
        machine.preserve(name, sink=False)
        for command in (f"ethtool -G {name} rx 2048", f"ethtool -L {name} combined 1",
                        f"ip link set dev {name} mtu 9000", f"ethtool --reset {name} all",
                        f"ethtool -r {name}", f"devlink dev reload pci/{bdf}",
                        "rmmod lunic", "echo mem > /sys/power/state"):
            ktap.check(machine.sh(command)[0], f"'{command}' was not refused")
            standing(machine, name, "preserved")
        # What waits while tasks are frozen overtakes nothing
        time.sleep(0.5)
        machine.must(f"lunicctl cancel {name}")
    ktap.equal(state.settings(machine, name), settings, "settings")


@each_nic("TX does not stop, once and for good: each reboot fails, nothing is lost")
def _(machine, index):
    name = f"eth{index}"
    with undisturbed(machine):
        machine.preserve(name, sink=False)
        for times in (1, -1):
            with failing(machine, "lunic_hw_tx_stop", times=times):
                ktap.contains(machine.jump_fails(), "Device or resource busy", "reboot")
                standing(machine, name, "preserved")
                time.sleep(0.2)
        machine.must(f"lunicctl cancel {name}")
    ktap.equal(len(machine.logged(f"{name}: live update: freeze failed")), 2,
               "lines in the log")


@both_nics("TX does not stop when it is set down while preserved: the reboot fails")
def _(machine, index):
    name = f"eth{index}"
    machine.preserve(name, sink=False)
    with failing(machine, "lunic_hw_tx_stop", times=-1):
        machine.must(f"ip link set dev {name} down")
    ktap.contains(machine.jump_fails(), "Input/output error", "reboot")
    ktap.check(machine.logged(f"{name}: live update: not frozen: TX is stuck"),
               "no line in the log")
    machine.must(f"lunicctl cancel {name}")
    slot.set_up(machine, index)


@both_nics("the cable is pulled and plugged while it is preserved: still preserved")
def _(machine, index):
    name, qmp = f"eth{index}", machine.vm.qmp
    before = state.ethtool_counters(machine, name)["link_down_events"]
    machine.preserve(name, sink=False)
    qmp.set_link(f"net{index}", False)
    machine.wait_for(f"[ $(cat /sys/class/net/{name}/carrier) = 0 ]")
    qmp.set_link(f"net{index}", True)
    machine.carrier(name)
    ktap.equal(state.ethtool_counters(machine, name)["link_down_events"], before + 1,
               "link_down_events")
    standing(machine, name, "preserved")
    machine.must(f"lunicctl cancel {name}")


@both_nics("reset behind the driver's back while it is preserved: the NIC comes back by itself")
def _(machine, index):
    name = f"eth{index}"
    machine.preserve(name, sink=False)
    sabotage.reset(machine.vm, index)
    lost(machine, name, "the device was reset from outside")


@both_nics("reset through sysfs while it is preserved: the NIC comes back by itself")
def _(machine, index):
    name = f"eth{index}"
    machine.preserve(name, sink=False)
    machine.must(f"echo 1 > /sys/bus/pci/devices/{nic_module.bdf(index)}/reset")
    lost(machine, name, "the device is being reset", "No such device")


@both_nics("unbound while it is preserved: the reboot fails, and it can be bound again")
def _(machine, index):
    name, bdf = f"eth{index}", nic_module.bdf(index)
    machine.preserve(name, sink=False)
    machine.must(f"echo {bdf} > {DRIVER}/unbind")
    ktap.contains(machine.jump_fails(), "No such device", "reboot")
    machine.must(f"lunicctl cancel --session lunic-{bdf} && echo {bdf} > {DRIVER}/bind")
    slot.set_up(machine, index)


@program.case("both unplugged while they are preserved: reboot fails, new ones work")
def _(machine):
    machine.preserve("--session both eth0 eth1", sink=False)
    for index in (0, 1):
        slot.ask_out(machine, index)
    for index in (0, 1):
        slot.wait_gone(machine, index)
    ktap.contains(machine.jump_fails(), "No such device", "reboot")
    machine.must("lunicctl cancel --session both")
    for index in (0, 1):
        slot.put_in(machine, index)
        slot.set_up(machine, index)


@program.case("after all of that an update of both loses nothing")
def _(machine):
    machine.must(f"ethtool -G eth0 rx 8192 && ethtool -G eth1 rx {RING} && "
                 "ethtool --set-priv-flags eth1 live-update-hold-rx on")
    with on_both(machine, settle=1):
        machine.preserve("--session both eth0 eth1")
        machine.jump()
        machine.second_sink(1)
        machine.must("lunicctl resume --session both")
        time.sleep(1)
    for name in NAMES:
        ktap.equal(state.ethtool_counters(machine, name)["live_updates"], 1, name)


@program.case("no kernel complained")
def _(machine):
    ktap.equal([line for line in machine.troubles() if line not in machine.excused], [],
               "complaints")


if __name__ == "__main__":
    program.main(setup)
