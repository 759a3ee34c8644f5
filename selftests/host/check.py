#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A Debian host with systemd changes its kernel under traffic: three live updates, then a
reboot, a soft-reboot and the end. HOST_ONCE=1: one update and no more."""
import os
import time

from cases import NEW, OLD, add_update, with_host
from machine import Traffic, counted, ktap, undisturbed, unharmed
import state

ONCE = bool(os.environ.get("HOST_ONCE"))
NETWORKD = "systemd-networkd"

program = ktap.Program()


@program.case("first boot: systemd is content, networkd has configured the NIC")
def _(run):
    ktap.check(run.host.uplink, "lunic has no interface")
    run.content("ssh", "lunic", NETWORKD)
    # On a fast machine the shell is there before networkd is through
    run.host.must("/usr/lib/systemd/systemd-networkd-wait-online --timeout 60 "
                  f"--interface {run.host.uplink}", 90)
    ktap.contains(run.host.must(f"networkctl status {run.host.uplink}"), "configured",
                  "networkctl")
    ktap.say(f"{run.host.uplink}, kernel {run.release}")


@program.case("driver and lunicctl are in the initramfs")
def _(run):
    names = run.host.must(f"lsinitramfs /boot/initrd.img-{run.release}")
    ktap.contains(names, "/lunic.ko", "initramfs")
    ktap.contains(names, "/lunicctl", "initramfs")


@program.case("control: a request that is lost on its way is counted")
def _(run):
    with Traffic(run.host, drop_nth=100) as witness:
        time.sleep(1)
        counts = counted(witness)
    ktap.check(counts["lost"] >= counts["sent"] // 100, f"lost {counts['lost']}")


@program.case("control: so is one that comes while the address is away")
def _(run):
    uplink = run.host.uplink
    with Traffic(run.host) as witness:
        run.host.must(f"ip address del 10.0.0.2/24 dev {uplink}; sleep 0.3; "
                      f"ip address add 10.0.0.2/24 dev {uplink}; networkctl reconfigure {uplink};"
                      " sleep 1")
        counts = counted(witness)
    ktap.check(counts["lost"] > 0, "nothing lost")


@program.case("apt installs a newer kernel, which is loaded for the next live update")
def _(run):
    run.install(NEW)


add_update(program, "update by systemctl kexec", lambda run: "systemctl kexec", NEW, NETWORKD)


def add_more():
    """Two more updates, and what is none."""
    add_update(program, "back by lunicctl load and systemctl kexec",
               lambda run: f"lunicctl load {run.files(OLD)} && systemctl kexec", OLD, NETWORKD)
    add_update(program, "update by lunicctl update",
               lambda run: f"lunicctl update {run.files(NEW)}", NEW, NETWORKD)

    @program.case("reboot: the NIC is reset as always, nothing is adopted")
    def _(run):
        begin = time.time()
        run.host.wait_shell(run.host.leave("systemctl reboot"))
        ktap.say(f"reboot: {time.time() - begin:.1f} s")
        ktap.equal(run.host.must("uname -r").strip(), run.release, "kernel")
        ktap.equal(state.counters(run.host)["live_updates"], 0, "live_updates")
        ktap.check(run.host.seen(begin, time.time()).device_resets > 0, "no reset")
        run.content("ssh", "lunic", NETWORKD)

    @program.case("soft-reboot: the NIC runs on, no frame is lost")
    def _(run):
        run.go("soft-reboot", "systemctl soft-reboot")
        unharmed(run.journey)
        undisturbed(run.journey.seen)
        for what in ("boot", "kernel", "link", "addresses", "routes"):
            ktap.equal(run.journey.after[what], run.journey.before[what], what)
        run.content("ssh", "lunic", NETWORKD)

    @program.case("soft-reboot: nothing is preserved")
    def _(run):
        ktap.contains(run.host.must("lunicctl show"), "idle", "lunicctl show")

    @program.case("poweroff: the host is off, nothing hung")
    def _(run):
        begin = time.time()
        run.host.leave("systemctl poweroff")
        run.host.wait_off()
        ktap.say(f"poweroff: {time.time() - begin:.1f} s")


if not ONCE:
    add_more()

if __name__ == "__main__":
    program.main(with_host())
