#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""lunicctl check, load and update in a guest without systemd, under traffic."""
import contextlib
import json
import os
import shlex
import shutil
import time

from lib import ktap, state
from lib.machine import WATCH_SECONDS, Machine
from lib.traffic import unharmed
from lab import cpio, paths

BOOT = "/host/boot"
LOADED = "cat /sys/kernel/kexec_loaded"
# Whoever opens it waits
SLOW = "/tmp/slow"
program = ktap.Program()


def make_kernels(machine):
    """Beside the kernel its configuration; another one with neither KHO nor a driver."""
    share = os.path.join(machine.vm.share, "boot")
    with open(paths.variant(machine.vm.variant, "config"), encoding="ascii") as source:
        config = source.read()
    release = machine.must("uname -r").strip()
    for folder, text in ((share, config), (os.path.join(share, "poor"), config.replace(
            "CONFIG_KEXEC_HANDOVER=y", "# CONFIG_KEXEC_HANDOVER is not set"))):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"config-{release}"), "w", encoding="ascii") as out:
            out.write(text)
    shutil.copy2(os.path.join(share, "bzImage"), os.path.join(share, "poor"))
    with open(os.path.join(share, "poor", "initrd"), "wb") as out:
        out.write(cpio.archive({"bin/lunicctl": b""}))
    with open(os.path.join(share, "bzImage"), "rb") as source, \
            open(os.path.join(share, "half"), "wb") as out:
        out.write(source.read()[:1 << 20])


@contextlib.contextmanager
def setup():
    """One machine: what is refused comes first, then the update."""
    with Machine() as machine:
        make_kernels(machine)
        machine.give("asuser")
        machine.line = machine.guest.command_line(resume=True)
        machine.options = (f"--kernel {BOOT}/bzImage --initrd {BOOT}/initrd.cpio "
                           f"--command-line {shlex.quote(machine.line)}")
        yield machine


@program.case("check: nothing fails, as text and as JSON")
def _(machine):
    status, text = machine.sh(f"lunicctl check {machine.options}")
    ktap.say(text)
    abi = "{major}.{minor}".format(**state.show(machine)["abi"])
    ktap.contains(text, f"handover-abi: {abi} here, {abi} there", "check")
    ktap.equal(status, 0, "exit status")
    found = json.loads(machine.must(f"lunicctl -j check {machine.options}"))
    ktap.equal([line for line in found if line["result"] == "fail"], [], "failed")
    names = {line["check"] for line in found}
    ktap.check({"liveupdate", "kexec-file-load", "driver", "state", "iommu", "priv-flag",
                "kernel", "initramfs", "handover-abi", "kernel-memory"} <= names,
               f"names: {names}")


@program.case("check without privilege says what it can")
def _(machine):
    status, text = machine.sh(f"/host/asuser lunicctl check {machine.options}")
    ktap.equal(status, 0, f"exit status ({text.strip()})")
    ktap.contains(text, "warn root", "as a user")


@program.case("check: everything at once")
def _(machine):
    machine.must("ethtool --set-priv-flags eth0 live-update off; ip link set eth0 down")
    status, text = machine.sh(f"lunicctl check --kernel {BOOT}/poor/bzImage "
                              f"--initrd {BOOT}/poor/initrd --command-line quiet")
    machine.must("ethtool --set-priv-flags eth0 live-update on; ip link set eth0 up")
    machine.carrier()
    machine.begin = time.time()
    ktap.equal(status, 3, "exit status")
    for name in ("eth0 priv-flag", "eth0 interface", "kernel-config", "initramfs",
                 "kernel-command-line"):
        ktap.contains(text, f"FAIL {name}: ", "check")


def refused(title, command, *words, before="true", after="true"):
    """Adds a case: under traffic that is refused so, and nothing is touched."""
    def run(machine):
        with machine.traffic() as traffic:
            machine.must(before)
            status, text = machine.sh(command.format(machine.options))
            machine.must(after)
            time.sleep(0.3)
            unharmed(traffic.stop())
        ktap.equal(status, 3, f"exit status ({text.strip()})")
        for word in (*words, "Try: "):
            ktap.contains(text, word, command)
        ktap.equal(machine.must(LOADED).strip(), "0", "loaded")
        ktap.equal(state.show(machine)["state"], "idle", "state")
    program.case(f"refused under traffic: {title}")(run)


refused("no kernel image", f"lunicctl update --kernel {BOOT}/none", "No such file")
refused("a truncated image", f"lunicctl update {{}} --kernel {BOOT}/half", "truncated")
refused("a kernel without KHO", f"lunicctl update {{}} --kernel {BOOT}/poor/bzImage",
        "CONFIG_KEXEC_HANDOVER is not set")
refused("an initramfs without the driver", f"lunicctl update {{}} --initrd {BOOT}/poor/initrd",
        "lacks lunic.ko", "update-initramfs")
refused("a command line without live update",
        f"lunicctl update --kernel {BOOT}/bzImage --initrd {BOOT}/initrd.cpio "
        "--command-line quiet", "kho=on liveupdate=on")
refused("the device's own blocker", "lunicctl update {}", "FAIL eth0 priv-flag",
        before="ethtool --set-priv-flags eth0 live-update off",
        after="ethtool --set-priv-flags eth0 live-update on")
refused("an ordinary user", "/host/asuser lunicctl update {}", "FAIL root", "sudo")
refused("twice at once", "lunicctl update {}", "another lunicctl", "wait",
        before=f"mkfifo {SLOW}; lunicctl load --kernel {BOOT}/bzImage --initrd {SLOW} "
               "--append x >/dev/null 2>&1 & "
               "until grep -q . /run/lunic/update.lock; do sleep 0.1; done",
        after=f"killall lunicctl; rm {SLOW}")


@program.case("load and unload")
def _(machine):
    text = machine.must(f"lunicctl load {machine.options}")
    ktap.contains(text, machine.line, "load")
    ktap.equal(machine.must(LOADED).strip(), "1", "loaded")
    machine.must("lunicctl load --unload")
    ktap.equal(machine.must(LOADED).strip(), "0", "loaded")


@program.case("an image that carries no handover: no jump, no harm, the remedy named")
def _(machine):
    machine.must(f"kexec -c -l {BOOT}/bzImage --initrd={BOOT}/initrd.cpio --command-line=x")
    with machine.traffic() as traffic:
        status, text = machine.sh("lunicctl update")
        time.sleep(0.3)
        unharmed(traffic.stop())
    ktap.equal(status, 2, f"exit status ({text.strip()})")
    for word in ("already", "eth0 cancelled", "kexec -s"):
        ktap.contains(text, word, "update")
    ktap.equal(state.show(machine)["state"], "idle", "state")
    machine.must("kexec -c -u")


@program.case("so far the NIC was not touched: no reset, no bus-master clear")
def _(machine):
    seen = machine.window(machine.begin, time.time())
    ktap.equal((seen.device_resets, seen.bus_master_clears), (0, 0),
               f"counts ({seen.happened})")


def update(machine, command):
    """Has lunicctl jump under traffic; the frames' counts and what QEMU saw."""
    vm = machine.vm
    with machine.traffic() as traffic:
        time.sleep(1)
        begin = time.time()
        machine.must("sink --preserve")
        machine.dmesg()
        machine.since = vm.console.position()
        vm.shell.send(f"labctl mark tool; {command} >/host/said 2>&1 || "
                      "labctl mark jump failed; cat /host/said >/dev/kmsg")
        machine.left = vm.console.wait(r"lab: tool", 10 * vm.patience, machine.since)[0]
        vm.wait_kernel(machine.since, 60 * vm.patience)
        machine.kernels += 1
        back = traffic.resumed(machine.left)
        machine.arrive()
        time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
        counts = traffic.stop()
    return counts, machine.window(begin, time.time())


def survives(title, command, first=None):
    """Adds a case: that update loses nothing."""
    def run(machine):
        if first:
            machine.must(first.format(machine.options))
        counts, seen = update(machine, command.format(machine.options))
        unharmed(counts)
        ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears), (0, 0, 0),
                   f"counts ({seen.happened})")
        shown = state.show(machine)
        ktap.equal(shown["state"], "idle", "state")
        ktap.check(shown["caught_frames"] > 0, f"no frame was caught: {shown}")
        ktap.equal(machine.must("cat /proc/cmdline").strip(), machine.line, "command line")
    program.case(title)(run)


survives("update: all in one, under traffic", "lunicctl update {}")
survives("load, then update without a word on the kernel", "lunicctl update eth0",
         first="lunicctl load {}")


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
