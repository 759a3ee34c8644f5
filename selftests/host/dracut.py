#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Live updates of a host whose initramfs dracut makes, where systemd is in it already."""
import os
import re

from cases import NEW, OLD, add_update, with_host
from machine import ktap

NETWORKD = "systemd-networkd"
# In the kernel's log, in the order in which a live update has them
INIT, ADOPTED, RESUMED, SYSTEMD = (
    r"Run /init as init process", r"live update: adopted", r"lunic: .* caught ",
    r"systemd\[1\]: systemd .* running in system mode")
# How to keep a boot's initramfs for one that starts with it
KEPT = "dracut.img"

program = ktap.Program()


def log(host, *patterns):
    """[seconds since its start, or None] of the first line of each in the kernel's log."""
    lines = host.must("dmesg").splitlines()
    found = [next((line for line in lines if re.search(pattern, line)), None)
             for pattern in patterns]
    return [line and float(re.match(r"\[ *([0-9.]+)\]", line)[1]) for line in found]


def files(host, image):
    """What dracut's own tool finds in an initramfs."""
    return host.must(f"lsinitrd {image}", 120)


@program.case("apt puts dracut in the place of initramfs-tools; the kernel in use gets a new image")
def _(run):
    said = run.host.must("apt-get install -y --no-install-recommends dracut", 600)
    ktap.check(run.host.sh("dpkg-query -W -f '${db:Status-Status}' initramfs-tools")[1]
               != "installed", f"initramfs-tools is there: {said[-600:]}")
    image = f"/boot/initrd.img-{run.release}"
    found = files(run.host, image)
    for name in ("/lunic.ko", "/lunicctl", "/early-resume", "usr/lib/systemd/systemd"):
        ktap.contains(found, name, "initramfs")
    run.host.must(f"cp {image} /host/{KEPT}")
    ktap.say(f"initramfs: {os.path.getsize(os.path.join(run.host.share, KEPT)) >> 10} KiB")


@program.case("apt installs a newer kernel, which is loaded for the next live update")
def _(run):
    run.install(NEW)


def add_order(title):
    """The case of what an initramfs has to do first."""
    @program.case(f"{title}: resumed in the initramfs, before systemd was there to open "
                  "/dev/liveupdate")
    def _(run):
        run.arrived()
        times = log(run.host, INIT, ADOPTED, RESUMED, SYSTEMD)
        ktap.say(f"/init, adopted, resumed, systemd: {times}")
        ktap.check(None not in times and times == sorted(times), f"order: {times}")


add_update(program, "update", lambda run: "systemctl kexec", NEW, NETWORKD)
add_order("update")
add_update(program, "back by lunicctl update",
           lambda run: f"lunicctl update {run.files(OLD)}", OLD, NETWORKD)
add_order("back by lunicctl update")


@program.case("a boot in which nothing comes in: the driver is not loaded before systemd")
def _(run):
    run.host.stop()
    image = os.path.join(run.host.share, KEPT)
    with with_host(part="boot", initrd=image)() as other:
        init, resumed, systemd, driver = log(other.host, INIT, RESUMED, SYSTEMD,
                                             r"lunic 0000:")
        ktap.say(f"/init, systemd, driver: {init}, {systemd}, {driver}")
        ktap.equal(resumed, None, "resumed")
        ktap.check(init < systemd < driver, "order")
        other.content("ssh", "lunic", NETWORKD)


if __name__ == "__main__":
    program.main(with_host())
