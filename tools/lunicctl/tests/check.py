#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunicctl check against a fake host; prints KTAP.

usage: check.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import gzip
import lzma
import re
import shutil
import subprocess
import sys

from boot import LINE, RELEASE, Host, cpio, image, initrd, module
from box import A, B, EACCES, EBUSY, EIO, EPERM, HERE, Skip, check, equal, main, test

ENOSYS = 38
NAMES = ["root", "running-command-line", "liveupdate", "kexec-load-disabled",
         "kexec-file-load", "lockdown", "systemd", "driver", "state", "interface", "link",
         "iommu", "priv-flag", "catch-basin", "kernel", "kernel-config", "initramfs",
         "handover-abi", "initramfs-tool", "kernel-command-line", "kernel-memory"]


def only(box, name, result, *words, args=()):
    """Nothing but that check stands so; its line and its object say these words."""
    found = box.checks(*args, code=3 if result == "fail" else 0)
    odd = {k: [c for c in v if c["result"] != "ok"] for k, v in found.items()}
    odd = {k: v for k, v in odd.items() if v}
    equal(list(odd), [name])
    equal(odd[name][0]["result"], result)
    said = odd[name][0]["found"] + " Try: " + odd[name][0].get("remedy", "")
    text = box.run("check", *args).stdout
    for word in words:
        check(word in said, word, said)
        check(word in text, word, text)
    equal(box.changes(), [])


@test
def a_host_that_is_ready(box):
    found = box.checks()
    equal(list(found), NAMES)
    check(all(c["result"] == "ok" for v in found.values() for c in v), found)
    text = box.ok("check")
    check("\nok   eth0 link: yes\n" in text, text)
    equal(len(text.splitlines()), sum(map(len, found.values())))
    equal(box.changes(), [])


@test
def the_schema_is_stable(box):
    box.set(A, flags=0, blocker=7)
    box.set(B, blocker=7)
    box.put("uid", 1000)
    for lines in box.checks(code=3).values():
        for line in lines:
            check(set(line) <= {"check", "result", "found", "remedy", "dev", "ifname"}, line)
            check({"check", "result", "found"} <= set(line), line)
            check(line["result"] in ("ok", "warn", "fail"), line)
            check(line["result"] != "fail" or line["remedy"], line)
            check(all(isinstance(v, str) for v in line.values()), line)


@test
def everything_is_told_at_once(box):
    box.put("proc/cmdline", "quiet\n")
    box.put("proc/sys/kernel/kexec_load_disabled", "1\n")
    box.put("luo_errno", EIO)
    box.put("priv_flags", 0)
    box.set(A, flags=0, blocker=3)
    box.set(B, flags=0, blocker=12)
    box.put("proc/meminfo", "MemAvailable: 1000 kB\n")
    box.without("CONFIG_KEXEC_HANDOVER", "CONFIG_LIVEUPDATE")
    box.boot(f"initrd.img-{RELEASE}").write_bytes(cpio({"init": b""}))
    found = box.checks(code=3)
    failed = {(k, c.get("ifname")) for k, v in found.items() for c in v
              if c["result"] == "fail"}
    equal(failed, {("running-command-line", None), ("kexec-load-disabled", None),
                   ("liveupdate", None), ("interface", "eth0"), ("priv-flag", "eth0"),
                   ("interface", "eth1"), ("priv-flag", "eth1"), ("catch-basin", "eth1"), ("kernel-config", None),
                   ("initramfs", None), ("kernel-command-line", None),
                   ("kernel-memory", None)})
    equal(len([c for c in found["kernel-config"] if c["result"] == "fail"]), 2)


@test
def quiet_prints_nothing(box):
    equal(box.ok("-q", "check"), "")


# The running kernel

@test
def an_ordinary_user_is_told_what_can_be_said(box):
    box.put("uid", 1000)
    box.put("luo_errno", EACCES)
    box.put("probe_errno", EPERM)
    found = box.checks()
    odd = {k for k, v in found.items() if v[0]["result"] == "warn"}
    equal(odd, {"root", "liveupdate", "kexec-file-load"})
    check("only root can tell" in found["kexec-file-load"][0]["found"], found)


@test
def live_update_is_off(box):
    line = "kho=on liveupdate=on"
    box.put("proc/cmdline", "kho=off liveupdate=1\n")
    only(box, "running-command-line", "fail", "kho is not on", "boot with kho=on",
         args=("--command-line", line))
    box.put("proc/cmdline", "liveupdate=on liveupdate=0\n")
    only(box, "running-command-line", "fail", "liveupdate is not on",
         args=("--command-line", line))


@test
def dev_liveupdate(box):
    box.put("luo_errno", EIO)
    only(box, "liveupdate", "fail", "used up", "an ordinary reboot")
    box.put("luo_errno", EBUSY)
    only(box, "liveupdate", "fail", "taken by another", "fuser -v", args=("--timeout=0.1",))
    (box.root / "dev/liveupdate").unlink()
    only(box, "liveupdate", "fail", "no live update", "boot with kho=on liveupdate=on")


@test
def dev_liveupdate_is_not_opened_before_the_driver_is_there(box):
    shutil.rmtree(box.root / "sys/bus/pci/drivers/lunic")
    box.put("luo_errno", EIO)
    found = box.checks(code=3)
    equal(found["liveupdate"][0]["result"], "warn")
    equal(found["driver"][0]["remedy"], "modprobe lunic")


@test
def loading_is_forbidden(box):
    box.put("proc/sys/kernel/kexec_load_disabled", "1\n")
    only(box, "kexec-load-disabled", "fail", "until the next boot", "/etc/sysctl.d")


@test
def no_kexec_file_load(box):
    box.put("probe_errno", ENOSYS)
    only(box, "kexec-file-load", "fail", "CONFIG_KEXEC_FILE")
    box.put("probe_errno", EPERM)
    only(box, "kexec-file-load", "fail", "not permitted", "CAP_SYS_BOOT")


@test
def lockdown(box):
    box.put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
    only(box, "lockdown", "warn", "integrity: only an image signed", "lockdown=none")


@test
def systemd(box):
    box.systemd()
    check(box.checks()["unit"][0]["result"] == "ok")
    box.put("unit_inactive", 3)
    only(box, "unit", "fail", "not active", "systemctl enable --now lunic.service")
    box.put("unit_inactive", 0)
    box.put("systemd_version", "systemd 252 (x)\n")
    only(box, "systemd", "fail", "version 252", "261")
    equal(box.asked(), [])


# The devices

@test
def another_driver(box):
    device = "0000:05:00.0"
    box.add(device, "eth5", driver="igb")
    folder = box.root / "sys/bus/pci/devices" / device
    (folder / "driver").symlink_to("../../drivers/igb")
    for name, value in (("vendor", "0x8086"), ("device", "0x10c9")):
        (folder / name).write_text(value + "\n")
    only(box, "driver", "warn", "driven by igb", f"echo {device} >/sys/bus/pci/drivers/igb/unbind")
    only(box, "driver", "fail", "driven by igb, not by lunic", args=("eth5",))
    (folder / "device").write_text("0x1521\n")
    equal(box.checks()["driver"][0]["result"], "ok")


@test
def a_device_by_its_name(box):
    equal({c["ifname"] for c in box.checks("eth1")["state"]}, {"eth1"})
    check("no such" in box.fails(2, "check", "nosuch0"))


@test
def blockers_of_the_driver(box):
    box.set(A, blocker=7)
    only(box, "state", "fail", "previous live update", "lunicctl resume eth0")
    box.set(A, blocker=6)
    only(box, "state", "fail", "namespace", "netns 1")
    box.set(A, blocker=4)
    only(box, "iommu", "fail", "translates", "iommu=pt")
    box.set(A, blocker=12)
    only(box, "catch-basin", "fail", "needs 1000 buffers", "blackout_budget_ms")
    box.set(A, blocker=0, state_errno=EIO)
    only(box, "state", "fail", "can't be asked", "dmesg")


@test
def an_iommu_that_translates(box):
    group = box.root / "sys/bus/pci/devices" / A / "iommu_group"
    group.mkdir()
    (group / "type").write_text("identity\n")
    check("identity" in box.checks()["iommu"][0]["found"])
    (group / "type").write_text("DMA-FQ\n")
    only(box, "iommu", "fail", "DMA-FQ", "boot with iommu=pt")


@test
def an_interface_that_is_down(box):
    box.set(B, flags=0, blocker=6)
    found = box.checks()
    said = [c["found"] for c in found["interface"] if c["result"] == "warn"]
    equal(said, ["the interface is down: the update leaves it out"])
    box.set(B, blocker=3)
    equal(box.checks("eth1", code=3)["interface"][0]["result"], "fail")
    box.set(A, flags=0, blocker=3)
    equal([c["result"] for c in box.checks(code=3)["interface"]], ["fail"] * 2)


@test
def a_device_that_is_preserved_already(box):
    box.ok("preserve", A)
    found = box.checks(code=3)["state"][0]
    equal((found["result"], found["remedy"]), ("fail", "lunicctl cancel eth0"))
    box.systemd()
    check("does anew" in box.checks()["state"][0]["found"])


@test
def no_link_is_no_blocker(box):
    box.set(A, flags=2)
    only(box, "link", "warn", "no link")


@test
def no_budget_tells_what_the_rings_hold(box):
    box.set(A, basin_ms=0)
    (box.root / "sys/bus/pci/devices" / A / "net/eth0/speed").write_text("1000\n")
    only(box, "catch-basin", "warn", "16384 frames, 11 ms at line rate",
         f"devlink dev param set pci/{A} name blackout_rate")
    (box.root / "sys/bus/pci/devices" / A / "net/eth0/speed").write_text("100\n")
    only(box, "catch-basin", "warn", "110 ms at line rate")


# The kernel to boot

@test
def the_newest_kernel_is_taken(box):
    box.kernel("7.10.1-lunic")
    for name in ("vmlinuz-9-rescue", "vmlinuz-9.old", "vmlinuz-9.dpkg-new"):
        box.boot(name).write_text("")
    check("vmlinuz-7.10.1-lunic, 7.10.1-lunic (the newest" in box.ok("check"))
    found = box.checks("--kernel", box.boot(f"vmlinuz-{RELEASE}"))
    check(f"vmlinuz-{RELEASE}" in found["kernel"][0]["found"], found)
    check(f"initrd.img-{RELEASE} " in found["initramfs"][0]["found"], found)


@test
def a_link_will_do(box):
    box.boot(f"vmlinuz-{RELEASE}").rename(box.boot("vmlinuz"))
    check("/boot/vmlinuz, " in box.ok("check"))


@test
def names_of_other_distributions(box):
    box.boot(f"initrd.img-{RELEASE}").rename(box.boot(f"initramfs-{RELEASE}.img"))
    folder = box.root / "lib/modules" / RELEASE
    folder.mkdir(parents=True)
    box.boot(f"config-{RELEASE}").rename(folder / "config")
    box.ok("check")


@test
def no_kernel(box):
    box.boot(f"vmlinuz-{RELEASE}").unlink()
    only(box, "kernel", "fail", "no kernel image", "--kernel FILE")
    only(box, "kernel", "fail", "No such file", "--kernel FILE", args=("--kernel", "/nowhere"))


@test
def no_kernel_image(box):
    file = box.boot(f"vmlinuz-{RELEASE}")
    for data in (b"", b"\x7fELF" + bytes(9000), bytes(0x38) + b"ARM\x64" + bytes(9000),
                 image(flag=0), image(magic=b"HdrX")):
        file.write_bytes(data)
        only(box, "kernel", "fail", "not a kernel image for x86", "architecture")
    only(box, "kernel", "fail", "not a kernel image", args=("--kernel", box.root))


@test
def an_image_that_cannot_be_started(box):
    for wrong in ({"xloadflags": 1}, {"xloadflags": 2}, {"protocol": 0x209},
                  {"loadflags": 0}, {"relocatable": 0}):
        box.kernel(RELEASE, **wrong)
        only(box, "kernel", "fail", "can't be started", "CONFIG_RELOCATABLE")


@test
def a_truncated_image(box):
    file = box.boot(f"vmlinuz-{RELEASE}")
    file.write_bytes(image(payload=bytes(4096))[:-16])
    only(box, "kernel", "fail", "truncated", "install it again")


@test
def an_image_without_handover(box):
    for name in ("CONFIG_KEXEC_HANDOVER", "CONFIG_LIVEUPDATE", "CONFIG_PCI_LIVEUPDATE"):
        box.without(name)
        only(box, "kernel-config", "fail", f"{name} is not set", "--kernel FILE")
        box.without(**{name: "m"})
        only(box, "kernel-config", "fail", f"{name} is not set")


@test
def an_image_of_which_nothing_is_known(box):
    box.boot(f"config-{RELEASE}").unlink()
    only(box, "kernel-config", "fail", "no configuration", f"config-{RELEASE} beside")


@test
def a_configuration_in_the_image(box):
    text = box.boot(f"config-{RELEASE}").read_bytes()
    box.boot(f"config-{RELEASE}").unlink()
    hidden = b"vmlinux" + b"IKCFG_ST" + gzip.compress(text) + b"IKCFG_ED" + b"more"
    payload = lzma.compress(hidden) + bytes(4)
    box.boot(f"vmlinuz-{RELEASE}").write_bytes(image(payload=payload))
    box.ok("check")
    box.boot(f"vmlinuz-{RELEASE}").write_bytes(
        image(payload=lzma.compress(hidden.replace(b"IKCFG_ED", b""))))
    only(box, "kernel-config", "fail", "no configuration")


@test
def a_driver_from_elsewhere(box):
    box.without("CONFIG_LUNIC")
    found = box.checks()
    check("another package's" in found["kernel-config"][3]["found"], found)


@test
def a_driver_that_is_built_in(box):
    box.without(CONFIG_LUNIC="y")
    box.boot(f"initrd.img-{RELEASE}").write_bytes(cpio({"sbin/lunicctl": b""}))
    only(box, "handover-abi", "warn", "does not say")
    folder = box.root / "lib/modules" / RELEASE
    folder.mkdir(parents=True)
    info = folder / "modules.builtin.modinfo"
    info.write_bytes(b"igb.license=GPL\0lunic.lunic_handover=1.9\0")
    check("1.2 here, 1.9 there" in box.checks()["handover-abi"][0]["found"])
    info.write_bytes(b"lunic.lunic_handover=2.0\0")
    only(box, "handover-abi", "fail", "1.2 here, 2.0 there", "an ordinary reboot")


# Its initramfs

def packed(box, tool, data):
    if not shutil.which(tool):
        raise Skip(f"{tool} is not installed")
    done = subprocess.run([tool, "-c"], input=data, capture_output=True, check=True)
    box.boot(f"initrd.img-{RELEASE}").write_bytes(done.stdout)


def packing(tool):
    def packed_initramfs(box):
        packed(box, tool, initrd())
        box.ok("check")
        packed(box, tool, cpio({"bin/lunicctl": b""}))
        only(box, "initramfs", "fail", "lacks lunic.ko")
    packed_initramfs.__name__ = f"an_initramfs_packed_by_{tool}"
    test(packed_initramfs)


for program in ("gzip", "xz", "zstd", "lz4", "bzip2"):
    packing(program)


@test
def several_archives(box):
    early = cpio({"kernel/x86/microcode/x.bin": b"123"})
    file = box.boot(f"initrd.img-{RELEASE}")
    file.write_bytes(early + bytes(-len(early) % 512) + initrd())
    box.ok("check")
    file.write_bytes(early + bytes(-len(early) % 512) + gzip.compress(initrd()) + bytes(3))
    box.ok("check")
    file.write_bytes(initrd(tool=False) + gzip.compress(cpio({"bin/lunicctl": b"x"})))
    box.ok("check")


@test
def no_initramfs(box):
    box.boot(f"initrd.img-{RELEASE}").unlink()
    only(box, "initramfs", "fail", "the driver is a module", "--initrd FILE")
    only(box, "initramfs", "fail", "No such file", args=("--initrd", "/nowhere"))


@test
def an_initramfs_without_the_driver(box):
    file = box.boot(f"initrd.img-{RELEASE}")
    file.write_bytes(cpio({"usr/sbin/lunicctl": b"", "lib/igb.ko": b""}))
    only(box, "initramfs", "fail", "lacks lunic.ko", f"update-initramfs -u -k {RELEASE}",
         f"dracut -f --kver {RELEASE}")


@test
def an_initramfs_of_another_kernel(box):
    file = box.boot(f"initrd.img-{RELEASE}")
    file.write_bytes(initrd(release="7.3.4-lunic2"))
    only(box, "initramfs", "fail", "for another kernel", "update-initramfs")
    # What it is for is told by its folder where the module itself can't be read
    file.write_bytes(cpio({"bin/lunicctl": b"", "lib/modules/7.3.4/lunic.ko.zst": b"?"}))
    only(box, "initramfs", "fail", "for another kernel")
    file.write_bytes(cpio({"bin/lunicctl": b"", "lib/lunic.ko": module("7.3.4")}))
    only(box, "initramfs", "fail", "for another kernel")
    file.write_bytes(cpio({"bin/lunicctl": b"", "lib/lunic.ko": module()}))
    box.ok("check")


@test
def a_packed_module(box):
    name = f"lib/modules/{RELEASE}/lunic.ko.xz"
    box.boot(f"initrd.img-{RELEASE}").write_bytes(
        cpio({name: lzma.compress(module(abi="2.0")), "sbin/lunicctl": b""}))
    only(box, "handover-abi", "fail", "2.0 there")


@test
def an_initramfs_without_the_tool(box):
    box.boot(f"initrd.img-{RELEASE}").write_bytes(initrd(tool=False))
    only(box, "initramfs-tool", "warn", "lacks lunicctl", "lunic-tools")


@test
def a_broken_initramfs(box):
    file = box.boot(f"initrd.img-{RELEASE}")
    whole = initrd()
    for data in (b"", whole[:len(whole) // 2], whole[:-140], whole[:100], b"rubbish",
                 gzip.compress(whole)[:60], gzip.compress(b"rubbish")):
        file.write_bytes(data)
        only(box, "initramfs", "fail", "truncated or no initramfs", "update-initramfs")


@test
def an_initramfs_that_nothing_here_unpacks(box):
    packed(box, "zstd", initrd())
    # No program at all is to be found
    done = box.run("-j", "check", env={"PATH": str(box.root / "bin")})
    check(done.returncode == 0 and "can't be read without zstd" in done.stdout
          and "apt install zstd" in done.stdout, done)


@test
def the_handover_abi(box):
    file = box.boot(f"initrd.img-{RELEASE}")
    for abi in ("1.0", "1.77"):
        file.write_bytes(initrd(abi=abi))
        check(f"{abi} there" in box.checks()["handover-abi"][0]["found"])
    file.write_bytes(initrd(abi="0.9"))
    only(box, "handover-abi", "fail", "0.9 there: it would reset", "an ordinary reboot")
    file.write_bytes(initrd(abi=None))
    only(box, "handover-abi", "warn", "does not say")


# Its command line and memory

@test
def the_running_command_line_is_reused(box):
    seen = box.checks("--append", "iommu=pt")["kernel-command-line"][0]["found"]
    equal(seen, "root=/dev/sda1 kho=on liveupdate=on iommu=pt")
    equal(box.checks("--reuse-cmdline")["kernel-command-line"][0]["found"],
          "root=/dev/sda1 kho=on liveupdate=on")
    check("exclude each other" in box.fails(
        1, "check", "--reuse-cmdline", "--command-line", "x"))


@test
def a_command_line_without_live_update(box):
    for line, word in (("quiet", "kho and liveupdate are off"), ("kho=on", "liveupdate is off"),
                       ("kho liveupdate=on", "kho is off"), ("kho=y liveupdate=n", "liveupdate"),
                       ("liveupdate=on -- kho=on", "kho is off"),
                       ('x="kho=on" liveupdate=on', "kho is off")):
        only(box, "kernel-command-line", "fail", word, "--append 'kho=on liveupdate=on'",
             args=("--command-line", line))
    box.ok("check", "--command-line", "kho=1 liveupdate=Y")
    box.without(CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT="y")
    box.ok("check", "--command-line", "liveupdate=on")


@test
def words_that_take_the_device_away(box):
    for word in ("module_blacklist=igb,lunic", "modprobe.blacklist=lunic", "pci=noaer,off"):
        only(box, "kernel-command-line", "fail", "could not take the devices over",
             "--command-line without", args=("--append", word))
    box.ok("check", "--append", "module-blacklist=lunicx pci=noaer")


@test
def words_that_take_memory_away(box):
    for word in ("mem=1200M", "memmap=1G!4G", "memmap=64K$0x10000,exactmap"):
        only(box, "kernel-command-line", "fail", "could not reach", "with the running kernel's",
             args=("--append", word))
    for word in ("memtest", "memtest=4"):
        only(box, "kernel-command-line", "fail", "memtest would write", "without memtest",
             args=("--append", word))
    box.ok("check", "--append", "memtest=0 hugepages=4")
    box.put("proc/cmdline", LINE + " mem=3G memmap=1M$1G,2M$2G\n")
    box.ok("check")
    box.ok("check", "--command-line", LINE)
    box.ok("check", "--command-line", LINE + " memmap=2M$2G")
    for word in ("mem=2G", "memmap=2M$3G"):
        only(box, "kernel-command-line", "fail", "could not reach", args=("--append", word))


@test
def what_is_appended_is_the_kernels(box):
    for line, wanted in ((" -- single", " x=1 -- single"), (" --", " x=1 --"), ("  ", " x=1")):
        box.put("proc/cmdline", LINE + line + "\n")
        found = box.checks("--append", "x=1")["kernel-command-line"][0]["found"]
        equal(found, LINE + wanted)
    found = box.checks("--command-line", "-- single", "--append", LINE)
    equal(found["kernel-command-line"][0]["found"], LINE + " -- single")


@test
def the_next_kernels_iommu(box):
    tables = box.root / "sys/firmware/acpi/tables"
    tables.mkdir(parents=True)
    (tables / "DMAR").touch()
    box.ok("check", "--append", "intel_iommu=on")  # it has no driver for it
    box.without(CONFIG_INTEL_IOMMU="y")
    box.ok("check")
    for line in ("intel_iommu=on,sm_on", "intel_iommu=on iommu.passthrough=0"):
        only(box, "kernel-command-line", "fail", "would translate", "--append iommu=pt",
             args=("--append", line))
    for line in ("iommu=pt intel_iommu=on", "intel_iommu=on iommu.passthrough=1"):
        box.ok("check", "--append", line)
    box.without(CONFIG_INTEL_IOMMU="y", CONFIG_INTEL_IOMMU_DEFAULT_ON="y")
    only(box, "kernel-command-line", "fail", "would translate")
    box.ok("check", "--append", "intel_iommu=off")
    (tables / "IVRS").touch()
    box.without(CONFIG_AMD_IOMMU="y")
    only(box, "kernel-command-line", "fail", "would translate")
    box.ok("check", "--append", "amd_iommu=off")
    box.without(CONFIG_AMD_IOMMU="y", CONFIG_IOMMU_DEFAULT_PASSTHROUGH="y")
    box.ok("check")


@test
def a_command_line_that_is_too_long(box):
    only(box, "kernel-command-line", "fail", "more than the 2047", "a shorter",
         args=("--append", "x" * 2048))


@test
def too_little_memory(box):
    box.put("proc/meminfo", "MemAvailable:   20000 kB\n")
    only(box, "kernel-memory", "fail", "only 19 are available", "MODULES=dep")


# What comes with it

@test
def the_manual_knows_every_check(_box):
    page = (HERE.parent / "lunicctl-check.8").read_text().replace("\\-", "-")
    for name in NAMES + ["unit"]:
        check(re.search(rf"^\.B {name}$", page, re.M), name)


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.exit(main(Host))
