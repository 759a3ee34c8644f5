#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sleep of the system and of an unused NIC, and what must not sleep."""
import contextlib
import time

from lib import health, ktap, state
from lib.machine import Machine
from lib.traffic import flows, unharmed
from lab import nic as nic_module

BDF = nic_module.bdf(0)
DEVICE = f"/sys/bus/pci/devices/{BDF}"
PM = f"{DEVICE}/power"
SUSPEND = "echo mem > /sys/power/state"
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """The system's sleep is a rehearsal: all devices go down and come back."""
    with Machine(resume=False) as machine:
        machine.must("echo 1 > /sys/module/suspend/parameters/pm_test_delay && "
                     "echo platform > /sys/power/pm_test")
        yield machine


def log(machine):
    """The kernel's lines, not by way of /host: 9p does not survive a sleep."""
    return machine.must("dmesg").splitlines()


def wait_for(machine, path, value):
    """Waits until a file in sysfs has the value."""
    machine.must(f"for i in $(seq 100); do [ \"$(cat {path})\" = {value} ] && exit 0; "
                 f"sleep 0.1; done; cat {path}; exit 1")


def power_states(machine):
    """The D-states that the device has gone through, as QEMU saw them."""
    with open(machine.vm.path("trace.log"), encoding="utf-8", errors="replace") as trace:
        return [line for line in trace if "pci_pm_transition" in line and "igb" in line
                or "pci_pm_transition" in line and "e1000e" in line]


def set_up(machine):
    """The interface, which forgot its neighbour while it was down."""
    machine.must("ip link set eth0 up && ip neigh replace 10.0.0.1 lladdr "
                 f"{nic_module.HOST_MAC} dev eth0 nud permanent")
    machine.carrier()


@program.case("suspend and resume: settings are kept, the link is back, traffic again")
def _(machine):
    machine.must("ethtool -G eth0 rx 2048 tx 512 && ethtool -C eth0 rx-usecs 60 && "
                 "ip link set eth0 mtu 1400")
    settings, before = state.settings(machine), state.counters(machine)
    flows(machine, 1)
    asleep = len(power_states(machine))
    machine.must(SUSPEND)
    machine.carrier()
    ktap.check(len(power_states(machine)) > asleep, "the device was never in another D-state")
    ktap.equal(state.settings(machine), settings, "settings")
    ktap.equal(state.shrunk(before, state.counters(machine)), {}, "went back")
    flows(machine, 1)


@program.case("suspend and resume under traffic, three times")
def _(machine):
    with machine.traffic(rate=200):
        for _ in range(3):
            machine.must(SUSPEND)
            machine.carrier()
    flows(machine, 1)


@program.case("suspend with the interface down: it stays down, and comes up")
def _(machine):
    machine.must("ip link set eth0 down")
    machine.must(SUSPEND)
    ktap.check("UP" not in state.link(machine)["flags"], "it is up")
    set_up(machine)
    flows(machine, 1)


@program.case("suspend while preserved is refused, and nothing is lost")
def _(machine):
    begin = time.time()
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        ktap.check(machine.sh(SUSPEND)[0], "the system went to sleep")
        ktap.equal(state.show(machine)["state"], "preserved", "state")
        # What waits while tasks are frozen overtakes nothing
        time.sleep(0.5)
        machine.must("lunicctl cancel eth0")
        unharmed(traffic.stop())
    ktap.contains("\n".join(log(machine)), "can't be suspended during a live update", "log")
    seen = machine.window(begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs), (0, 0), "resets, link downs")


@program.case("runtime PM: off by default, and an interface that is up never sleeps")
def _(machine):
    ktap.equal(machine.must(f"cat {PM}/control").strip(), "on", "power/control")
    machine.must(f"echo auto > {PM}/control")
    time.sleep(1)
    ktap.equal(machine.must(f"cat {PM}/runtime_status").strip(), "active", "status")
    flows(machine, 1)


@program.case("runtime PM: down it sleeps in D3hot, up it wakes")
def _(machine):
    machine.must("ip link set eth0 down")
    wait_for(machine, f"{PM}/runtime_status", "suspended")
    ktap.equal(machine.must(f"cat {DEVICE}/power_state").strip(), "D3hot", "power state")
    set_up(machine)
    ktap.equal(machine.must(f"cat {DEVICE}/power_state").strip(), "D0", "power state")
    flows(machine, 1)


@program.case("runtime PM: what reads or sets a sleeping device is served")
def _(machine):
    machine.must("ip link set eth0 down")
    wait_for(machine, f"{PM}/runtime_status", "suspended")
    ktap.contains(state.setting(machine, "driver"), "driver: lunic", "ethtool -i")
    machine.must("ethtool -d eth0 && ethtool -S eth0 && ethtool eth0 && "
                 "ethtool -G eth0 rx 4096 && ip link set eth0 mtu 1500 && "
                 "ip link set eth0 promisc on && ip link set eth0 promisc off")
    show = state.show(machine)
    ktap.equal((show["state"], show["up"]), ("idle", False), f"state, up in {show}")
    ktap.contains(machine.sh("lunicctl preserve eth0")[1], "ENETDOWN", "lunicctl")
    wait_for(machine, f"{PM}/runtime_status", "suspended")
    machine.must(SUSPEND)
    set_up(machine)
    flows(machine, 1)


@program.case("runtime PM: a preserved device that is down stays awake, until cancel")
def _(machine):
    machine.preserve(sink=False)
    machine.must("ip link set eth0 down")
    time.sleep(2)
    ktap.equal(machine.must(f"cat {PM}/runtime_status").strip(), "active", "status")
    machine.must("lunicctl cancel eth0")
    wait_for(machine, f"{PM}/runtime_status", "suspended")
    set_up(machine)
    flows(machine, 1)


@program.case("rmmod of a sleeping device, and insmod")
def _(machine):
    machine.must("ip link set eth0 down")
    wait_for(machine, f"{PM}/runtime_status", "suspended")
    machine.must("rmmod lunic && insmod /lib/lab/lunic.ko && "
                 f"ip addr replace {nic_module.GUEST_IP}/24 dev eth0")
    set_up(machine)
    flows(machine, 1)


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(health.complaints(log(machine)), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
