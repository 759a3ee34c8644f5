#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is refused, with which words, and that the NIC is not touched by it."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module

DEVICE = f"/dev/lunic/{nic_module.bdf(0)}"
REFUSED = 3
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Frames come all the while; the last case counts them."""
    with Machine(resume=False) as machine:
        yield Run(machine)


class Run:
    """The machine, with traffic while a case wants it."""

    def __init__(self, machine):
        self.machine = machine
        self.begin = time.time()

    @contextlib.contextmanager
    def preserved(self):
        """eth0 is preserved, gets frames, and none is lost."""
        with self.machine.traffic() as traffic:
            self.machine.preserve(sink=False)
            try:
                yield self.machine
            finally:
                self.machine.must("lunicctl cancel eth0")
            unharmed(traffic.stop())

    @contextlib.contextmanager
    def under_traffic(self):
        """eth0 gets frames and none is lost."""
        with self.machine.traffic() as traffic:
            yield self.machine
            unharmed(traffic.stop())


def refuses(machine, command, status, *words):
    """The command fails with that status (None: with any) and says the words."""
    found, text = machine.sh(command)
    ktap.check(found != 0 if status is None else found == status,
               f"{command}: exit status {found}: {text.strip()}")
    for word in words:
        ktap.contains(text, word, command)


@program.case("live-update is off: EPERM, and the remedy")
def _(run):
    with run.under_traffic() as machine:
        machine.must("ethtool --set-priv-flags eth0 live-update off")
        refuses(machine, "lunicctl preserve eth0", REFUSED, "EPERM",
                "ethtool --set-priv-flags eth0 live-update on")
        machine.must("ethtool --set-priv-flags eth0 live-update on")


@program.case("the kernel's log has that reason too")
def _(run):
    ktap.check(run.machine.logged("live update: not preserved: switched off (ethtool"),
               "not in the log")


@program.case("already preserved: EBUSY for another session")
def _(run):
    with run.preserved() as machine:
        refuses(machine, "lunicctl preserve --session other eth0", REFUSED, "EBUSY",
                "lunicctl cancel")


@program.case("two sessions of one agent: the second gets EBUSY")
def _(run):
    with run.under_traffic() as machine:
        refuses(machine, f"{machine.give('agent')} twice {DEVICE}", 1, "second: EBUSY")
    ktap.equal(state.show(machine)["state"], "idle", "state after the agent's end")


@program.case("a session's name that exists: EEXIST, and the remedy")
def _(run):
    with run.preserved() as machine:
        refuses(machine, "lunicctl preserve eth0", REFUSED, "EEXIST",
                "exists already", "lunicctl cancel --session")


@program.case("ring sizes while preserved: busy, and says why")
def _(run):
    with run.preserved() as machine:
        refuses(machine, "ethtool -G eth0 rx 2048", None, "busy", "live update")
    ktap.contains(state.setting(run.machine, "rings"), str(run.machine.rings), "rings")


@program.case("the number of channels while preserved: busy")
def _(run):
    with run.preserved() as machine:
        refuses(machine, "ethtool -L eth0 combined 1", None, "busy")


@program.case("the MTU while preserved: busy")
def _(run):
    with run.preserved() as machine:
        refuses(machine, "ip link set dev eth0 mtu 9000", None, "busy")
    ktap.equal(state.link(run.machine)["mtu"], 1500, "MTU")


@program.case("the link's settings while preserved: busy")
def _(run):
    with run.preserved() as machine:
        refuses(machine, "ethtool -s eth0 speed 100 duplex full autoneg off", None, "busy")


@program.case("the receive hash while preserved: busy")
def _(run):
    before = state.setting(run.machine, "receive hash")
    with run.preserved() as machine:
        refuses(machine, "ethtool -X eth0 weight 1 0", None, "busy")
    ktap.equal(state.setting(run.machine, "receive hash"), before, "receive hash")


@program.case("live-update is switched off while preserved: busy")
def _(run):
    with run.preserved() as machine:
        refuses(machine, "ethtool --set-priv-flags eth0 live-update off", None, "busy")


@program.case("virtual functions: none can be made, or they are refused")
def _(run):
    path = f"/sys/bus/pci/devices/{nic_module.bdf(0)}/sriov_numvfs"
    if run.machine.sh(f"test -e {path}")[0]:
        raise ktap.Skip("the device has no virtual functions here")
    with run.under_traffic() as machine:
        refuses(machine, f"echo 1 > {path}", None)
        ktap.equal(machine.must(f"cat {path}").strip(), "0", "virtual functions")


@program.case("a kernel loaded without a handover (kexec -c) while preserved: EINVAL")
def _(run):
    run.machine.must("kexec -c -l /host/boot/bzImage --initrd=/host/boot/initrd.cpio "
                     "--command-line='console=ttyS0'", 120)
    with run.preserved() as machine:
        ktap.contains(machine.jump_fails(), "Invalid argument", "reboot")
    ktap.equal(run.machine.logged("live update: frozen"), [], "freezes")
    run.machine.must("kexec -c -u")


@program.case("nothing of that reset the device, took the link or cleared bus mastering")
def _(run):
    seen = run.machine.window(run.begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears,
                seen.bus_master_clears_port), (0,) * 4, f"counts ({seen.happened})")


@program.case("another network namespace: EXDEV, and the remedy")
def _(run):
    machine = run.machine
    machine.must("ip netns add other && ip link set eth0 netns other && "
                 "ip -n other link set eth0 up")
    refuses(machine, f"lunicctl preserve {nic_module.bdf(0)}", REFUSED, "EXDEV",
            "netns 1")
    machine.must("ip -n other link set eth0 netns 1 && ip netns del other")


@program.case("the interface is down: ENETDOWN, and the remedy")
def _(run):
    machine = run.machine
    machine.must("ip link set eth0 down")
    refuses(machine, "lunicctl preserve eth0", REFUSED, "ENETDOWN", "ip link set eth0 up")
    refuses(machine, f"{machine.give('agent')} close {DEVICE}", 1, "ENETDOWN")
    machine.must("ip addr replace 10.0.0.2/24 dev eth0 && ip link set eth0 up && "
                 f"ip neigh replace 10.0.0.1 lladdr {nic_module.HOST_MAC} dev eth0 "
                 "nud permanent")
    machine.carrier()


@program.case("after all of that it can be preserved and cancelled, under traffic")
def _(run):
    with run.preserved():
        time.sleep(1)


@program.case("the kernel did not complain")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
