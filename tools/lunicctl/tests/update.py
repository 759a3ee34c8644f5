#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunicctl load and update against a fake host; prints KTAP.

usage: update.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import fcntl
import shutil
import sys

from boot import RELEASE, Host, cpio, image
from box import A, B, EBUSY, EIO, EPERM, check, equal, main, test

EINVAL, EADDRNOTAVAIL = 22, 99
LINE = "root=/dev/sda1 kho=on liveupdate=on"
LOAD = f"LOAD vmlinuz-{RELEASE} initrd.img-{RELEASE} {LINE}"
PRESERVE = [f"CREATE lunic-{A}", f"CREATE lunic-{B}", f"PRESERVE {A}", f"PRESERVE {B}"]


def refused(box, *args, words=(), code=3):
    """Refused with these words, and the kernel was asked for nothing."""
    for command in ("load", "update"):
        done = box.run(command, *args)
        equal(done.returncode, code)
        for word in words:
            check(word in done.stderr, command, word, done.stderr)
        check("Try: " in done.stderr and not done.stdout, done)
    equal(box.changes(), [])
    equal(box.asked(), [])
    equal(box.holders(), {})


# load

@test
def load_loads_what_it_checked(box):
    text = box.ok("load")
    equal(box.log(), [LOAD])
    for words in (f"loaded {box.root}/boot/vmlinuz-{RELEASE}, {RELEASE}\n",
                  f"initramfs {box.root}/boot/initrd.img-{RELEASE}\n", f"command line {LINE}\n"):
        check(words in text, words, text)


@test
def load_json(box):
    equal(box.json("load"), [{
        "loaded": f"{box.root}/boot/vmlinuz-{RELEASE}", "release": RELEASE,
        "initramfs": f"{box.root}/boot/initrd.img-{RELEASE}", "command_line": LINE}])


@test
def load_with_files_and_a_line_of_ones_own(box):
    for name in ("vmlinuz", "initrd.img"):
        box.boot(f"{name}-{RELEASE}").rename(box.root / name)
    line = "kho=on liveupdate=on quiet"
    box.ok("load", "--kernel", box.root / "vmlinuz", "--initrd", box.root / "initrd.img",
           "--command-line", line, "--append", "panic=1")
    equal(box.log(), [f"LOAD vmlinuz initrd.img {line} panic=1"])


@test
def load_without_an_initramfs(box):
    box.without(CONFIG_LUNIC="y")
    box.boot(f"initrd.img-{RELEASE}").unlink()
    done = box.run("load")
    equal((done.returncode, box.log()), (0, [f"LOAD vmlinuz-{RELEASE} - {LINE}"]))
    check("warn handover-abi" in done.stderr and "initramfs none" in done.stdout, done)


@test
def unload(box):
    box.ok("load")
    equal(box.ok("load", "--unload"), "unloaded\n")
    equal(box.log(), [LOAD, "UNLOAD"])


@test
def load_takes_no_devices(box):
    check("takes no devices" in box.fails(1, "load", "eth0"))


@test
def a_device_that_is_blocked_does_not_keep_from_loading(box):
    box.set(A, flags=0, blocker=3)
    box.ok("load")


@test
def the_kernels_refusals_are_told(box):
    for err, word in ((EPERM, "signed"), (EADDRNOTAVAIL, "kho_scratch="), (EBUSY, "wait"),
                      (8, "bzImage"), (12, "memory"), (EIO, "dmesg")):
        box.put("load_errno", err)
        line = box.fails(2, "load")
        check("the kernel refused to load" in line and word in line, line)


# Bad input: refused before anything is touched

@test
def no_kernel_image(box):
    refused(box, "--kernel", "/nowhere", words=("/nowhere: No such file", "ls /boot/vmlinuz-*"))
    box.boot(f"vmlinuz-{RELEASE}").unlink()
    refused(box, words=("no kernel image", "--kernel FILE"))


@test
def an_image_that_lacks_handover(box):
    for name in ("CONFIG_KEXEC_HANDOVER", "CONFIG_LIVEUPDATE", "CONFIG_PCI_LIVEUPDATE"):
        box.without(name)
        refused(box, words=(f"FAIL kernel-config: {name} is not set", "--kernel FILE",
                            "nothing was touched"))
    box.boot(f"config-{RELEASE}").unlink()
    refused(box, words=("no configuration", "beside the image"))


@test
def a_wrong_command_line(box):
    refused(box, "--command-line", "quiet",
            words=("kho and liveupdate are off", "--append 'kho=on liveupdate=on'"))


@test
def too_little_memory(box):
    box.put("proc/meminfo", "MemAvailable: 30000 kB\n")
    refused(box, words=("FAIL kernel-memory", "MODULES=dep"))


@test
def an_ordinary_user(box):
    box.put("uid", 1000)
    box.put("probe_errno", EPERM)
    refused(box, words=("FAIL root: only root", "sudo"))


@test
def an_initramfs_without_the_driver(box):
    box.boot(f"initrd.img-{RELEASE}").write_bytes(cpio({"bin/lunicctl": b""}))
    refused(box, words=("lacks lunic.ko", f"update-initramfs -u -k {RELEASE}"))


@test
def another_architecture(box):
    box.boot(f"vmlinuz-{RELEASE}").write_bytes(bytes(0x38) + b"ARM\x64" + bytes(9000))
    refused(box, words=("not a kernel image for x86", "architecture"))


@test
def a_truncated_image(box):
    box.boot(f"vmlinuz-{RELEASE}").write_bytes(image(payload=bytes(999))[:-100])
    refused(box, words=("is truncated", "install it again"))


@test
def twice_at_once(box):
    (box.root / "run/lunic").mkdir()
    lock = box.root / "run/lunic/update.lock"
    lock.write_text("4711\n")
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused(box, words=("another lunicctl loads or updates (process 4711)", "wait"))
    box.ok("load")


@test
def a_refusal_in_json(box):
    box.without("CONFIG_LIVEUPDATE")
    seen = box.json("update", code=3)
    equal([line.get("check") for line in seen], ["kernel-config", None])
    equal(seen[1]["error"]["code"], 3)


# update

@test
def update_without_systemd(box):
    text = box.ok("update")
    equal(box.log(), [LOAD, *PRESERVE, "REBOOT"])
    check("loaded " in text and "eth1 preserved session" in text, text)


@test
def update_of_one_device(box):
    box.ok("update", "eth0")
    equal(box.log(), [LOAD, f"CREATE lunic-{A}", f"PRESERVE {A}", "REBOOT"])


@test
def a_device_that_is_down_is_left_out(box):
    box.set(B, flags=0, blocker=3, preserve_errno=EBUSY)
    check("FAIL eth1 interface" in box.run("update", "eth1", "eth0").stderr)
    box.put("reboot_errno", EINVAL)
    done = box.run("update")
    check("warn eth1 interface: the interface is down" in done.stderr, done.stderr)
    equal(box.log(), [LOAD, f"CREATE lunic-{A}", f"PRESERVE {A}", "REBOOT", "UNLOAD"])
    equal(box.holders(), {})


@test
def update_is_refused_for_a_device(box):
    box.set(B, flags=0)
    for blocker, word in ((3, "interface"), (12, "catch-basin"), (4, "iommu"), (7, "state")):
        box.set(A, blocker=blocker, flags=0 if blocker == 3 else 3)
        done = box.run("update")
        equal(done.returncode, 3)
        check(f"FAIL eth0 {word}: " in done.stderr and "Try: " in done.stderr, done)
    equal(box.log(), [])


@test
def update_without_any_device(box):
    shutil.rmtree(box.root / "sys/bus/pci/drivers/lunic")
    done = box.run("update")
    equal((done.returncode, box.log()), (3, []))
    check("FAIL driver: lunic drives no device" in done.stderr, done.stderr)


@test
def update_without_the_jump(box):
    box.ok("update", "--no-jump")
    equal(box.log(), [LOAD, *PRESERVE])
    equal(box.holders().keys(), {f"lunic-{A}", f"lunic-{B}"})


@test
def dry_run(box):
    equal(box.ok("update", "--dry-run"), box.ok("check"))
    equal(box.checks("--dry-run", command="update"), box.checks())
    box.put("uid", 1000)
    equal(box.checks("--dry-run", command="update")["root"][0]["result"], "warn")
    equal(box.log(), [])


@test
def what_is_loaded_already_is_taken_and_told(box):
    box.ok("load")
    box.boot(f"vmlinuz-{RELEASE}").unlink()
    done = box.run("update")
    equal((done.returncode, box.log()), (0, [LOAD, *PRESERVE, "REBOOT"]))
    check("warn kernel: an image is loaded already" in done.stderr, done.stderr)
    done = box.run("update", "--reuse-cmdline")
    equal(done.returncode, 3)
    check("no kernel image" in done.stderr, done.stderr)


@test
def a_jump_that_fails_is_undone(box):
    box.put("reboot_errno", EINVAL)
    done = box.run("update")
    equal((done.returncode, box.log()), (2, [LOAD, *PRESERVE, "REBOOT", "UNLOAD"]))
    check("the devices go on as before (EINVAL)" in done.stderr
          and "kexec -s" in done.stderr, done.stderr)
    check("eth1 cancelled session" in done.stdout, done.stdout)
    equal(box.holders(), {})
    equal([o["state"] for o in box.json("show")], ["idle"] * 2)


@test
def a_failed_jump_in_json_is_one_array(box):
    box.put("reboot_errno", EINVAL)
    seen = box.json("update", "eth0", code=2)
    equal([("loaded" in o, o.get("session"), "error" in o) for o in seen],
          [(True, None, False), (False, f"lunic-{A}", False), (False, None, True),
           (False, f"lunic-{A}", False)])


@test
def an_image_that_was_there_before_stays(box):
    box.ok("load")
    box.put("reboot_errno", EINVAL)
    equal(box.run("update").returncode, 2)
    check("UNLOAD" not in box.log(), box.log())


@test
def a_preserve_that_fails_is_undone(box):
    box.set(B, preserve_errno=EIO)
    done = box.run("update")
    equal((done.returncode, box.log()), (2, [LOAD, *PRESERVE, "UNLOAD"]))
    equal(box.holders(), {})


# Under systemd

@test
def update_under_systemd(box):
    box.systemd()
    box.ok("update")
    equal(box.changes(), [LOAD])
    equal(box.asked(), ["reload lunic.service", "kexec"])


@test
def the_unit_takes_all_devices(box):
    box.systemd()
    line = box.fails(1, "update", "eth0")
    check("no device can be named" in line, line)
    equal((box.changes(), box.asked()), ([], []))
    box.ok("update", "all")


@test
def the_unit_refuses(box):
    box.systemd()
    box.put("fails_reload", "")
    done = box.run("update")
    equal((done.returncode, box.changes(), box.asked()),
          (3, [LOAD, "UNLOAD"], ["reload lunic.service"]))
    check("the journal says why\n" in done.stderr and "journalctl -u lunic.service"
          in done.stderr, done.stderr)


@test
def systemd_does_not_jump(box):
    box.systemd()
    box.put("fails_kexec", "")
    done = box.run("update")
    equal((done.returncode, box.changes(), box.asked()),
          (2, [LOAD, "UNLOAD"], ["reload lunic.service", "kexec", "restart lunic.service"]))
    check("the devices go on as before" in done.stderr, done.stderr)
    box.put("fails_restart", "")
    done = box.run("update")
    check("still preserved. Try: systemctl restart" in done.stderr, done.stderr)


@test
def systemd_without_the_unit(box):
    box.systemd(inactive=3)
    done = box.run("update")
    equal((done.returncode, box.changes(), box.asked()), (3, [], []))
    check("systemctl enable --now lunic.service" in done.stderr, done.stderr)
    equal(box.run("update", "--no-jump").returncode, 0)
    equal((box.changes(), box.asked()), ([LOAD, *PRESERVE], []))


@test
def an_old_systemd(box):
    box.systemd(version=252)
    done = box.run("update")
    equal((done.returncode, box.changes(), box.asked()), (3, [], []))
    check("version 252" in done.stderr, done.stderr)


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.exit(main(Host))
