#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Builds the packages but the kernel's, looks into them, and tries them in Debian sid."""
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import traceback

from chroot import Chroot, enter_namespace

ROOT = pathlib.Path(__file__).resolve().parents[2]
REPOSITORY = ROOT / "build/packages"
DRIVER = "drivers/net/ethernet/vendor/lunic"
TOOLS = """
/etc/default/lunic /etc/kernel/postinst.d/zz-lunic
/usr/lib/dracut/modules.d/99lunic/init.sh /usr/lib/dracut/modules.d/99lunic/module-setup.sh
/usr/lib/lunic/early-resume /usr/lib/lunic/lunic-ifupdown /usr/lib/lunic/lunic-session
/usr/lib/modprobe.d/lunic.conf /usr/lib/systemd/system/lunic-ifupdown.service
/usr/lib/systemd/system/lunic.service /usr/sbin/lunicctl
/usr/share/bash-completion/completions/lunicctl
/usr/share/initramfs-tools/hooks/lunic /usr/share/initramfs-tools/scripts/init-top/lunic
""".split()
NEXT = "/usr/lib/lunic/init"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def check(condition, *seen):
    if not condition:
        raise AssertionError(" | ".join(str(s) for s in seen))


def equal(got, wanted):
    check(got == wanted, f"got {got!r}", f"wanted {wanted!r}")


def output(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False)
    check(done.returncode == 0, " ".join(map(str, words)), f"exit {done.returncode}",
          done.stdout)
    return done.stdout


def package(name):
    found = list(REPOSITORY.glob(f"{name}_*.deb"))
    equal(len(found), 1)
    return found[0]


def content(name):
    """The names of a package's files, without its documentation's folder."""
    lines = output("dpkg-deb", "-c", package(name)).splitlines()
    names = [line.split(None, 5)[5].split(" -> ")[0][1:] for line in lines]
    return {n for n in names if not n.endswith("/") and "/share/doc/" not in n}


# The packages themselves

@test
def packages_are_built(_host):
    (REPOSITORY / "Release").write_text("of the build before\n")
    output(ROOT / "packaging/build", "--no-kernel")
    listed = re.findall(r"^ [0-9a-f]{32} +\d+ (.*)$", (REPOSITORY / "Release").read_text(), re.M)
    equal(listed, ["Packages"])


@test
def lintian_finds_no_error(_host):
    output("lintian", "--allow-root", "--fail-on", "error",
           *(package(name) for name in ("lunic-tools", "lunic-dkms", "lunic-snapshot")))


@test
def lunic_tools_has_its_files(_host):
    pages = [page.name for tool in ("lunicctl", "lunic-session")
             for page in (ROOT / "tools" / tool).glob("*.8")]
    check("lunicctl.8" in pages and "lunic.service.8" in pages, pages)
    equal(sorted(content("lunic-tools")),
          sorted([*TOOLS, *(f"/usr/share/man/man8/{page}.gz" for page in pages)]))


@test
def lunic_dkms_has_the_source(_host):
    found = content("lunic-dkms")
    base = min(n for n in found if n.endswith("/dkms.conf")).rsplit("/", 1)[0]
    wanted = {f"{base}/dkms.conf", "/usr/lib/modprobe.d/lunic-dkms.conf"}
    for folder in (DRIVER, "include"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".c", ".h") or file.name == "Makefile":
                wanted.add(f"{base}/{file.relative_to(ROOT)}")
    equal(found, {n for n in wanted if "/tests/" not in n})


@test
def lunic_snapshot_runs_from_where_it_is(_host):
    with tempfile.TemporaryDirectory() as folder:
        output("dpkg-deb", "-x", package("lunic-snapshot"), folder)
        check("usage:" in output(f"{folder}/usr/sbin/lunic-snapshot", "--help"))
    check("/usr/share/man/man8/lunic-snapshot.8.gz" in content("lunic-snapshot"))


# In Debian sid

@test
def apt_installs_lunic_tools(host):
    host.run("apt-get update -q")
    host.run("apt-get install -q -y --no-install-recommends lunic-tools")
    equal(host.run("lunicctl --version")[1].split()[0], "lunicctl")


@test
def the_units_are_enabled_and_valid(host):
    for unit in ("lunic.service", "lunic-ifupdown.service"):
        equal(host.run(f"systemctl is-enabled {unit}")[1], "enabled\n")
        equal(host.run(f"systemd-analyze verify --man=no {unit}")[1], "")


@test
def dkms_builds_the_driver_for_the_stock_kernel(host):
    host.run("apt-get install -q -y --no-install-recommends lunic-dkms")
    status = host.run("dkms status")[1]
    check(f", {kernel(host)}, x86_64: installed" in status, status)
    _, text = host.run(f"modinfo /lib/modules/{kernel(host)}/updates/dkms/lunic.ko*")
    check("v00008086d000010C9sv" in text and "v00008086d000010D3sv" in text, text)


@test
def dkms_leaves_a_kernel_alone_that_has_lunic(host):
    for name, config in (("7.3.9-has-lunic", "CONFIG_PCI=y\nCONFIG_LUNIC=m\n"),
                         ("7.2.0-too-old", "CONFIG_PCI=y\n")):
        build = host.path(f"/lib/modules/{name}/build")
        (build / "include").mkdir(parents=True)
        (build / ".config").write_text(config)
        code, text = host.run(f"dkms build lunic/0.1 -k {name}", check=False)
        equal(code, 77)
        check("BUILD_EXCLUSIVE" in text, text)
        host.run(f"rm -r /lib/modules/{name} /var/lib/dkms/lunic/*/{name}*", check=False)


def kernel(host):
    """The one whose headers are there."""
    return next(host.path("/usr/src").glob("linux-headers-*-amd64")).name[14:]


def unpack(host, make, image):
    """A folder with the content of the initramfs that MAKE writes."""
    host.run(make)
    host.run(f"mkdir {image}.d && unmkinitramfs {image} {image}.d")
    inside = host.path(f"{image}.d")
    return inside / "main" if (inside / "main").is_dir() else inside


def has_what_a_resume_needs(inside):
    names = {file.name for file in inside.rglob("*")}
    for name in ("lunic.ko", "lunicctl", "early-resume", "modprobe", "lunic.conf"):
        check(any(n.startswith(name) for n in names), name)
    check(any(n.startswith("libjson-c.so.5") for n in names), "libjson-c")


@test
def initramfs_tools_puts_it_before_udev(host):
    inside = unpack(host, f"mkinitramfs -o /tmp/initrd {kernel(host)}", "/tmp/initrd")
    has_what_a_resume_needs(inside)
    order = (inside / "scripts/init-top/ORDER").read_text()
    check(0 <= order.find("/init-top/lunic ") < order.find("/init-top/udev "), order)


@test
def dracut_puts_it_before_systemd(host):
    inside = unpack(host, f"dracut -q --no-hostonly /tmp/dracut {kernel(host)}",
                    "/tmp/dracut")
    has_what_a_resume_needs(inside)
    equal((inside / "init").read_text(),
          (ROOT / "packaging/dracut/99lunic/init.sh").read_text())
    check(os.access(inside / "init", os.X_OK))
    equal((inside / NEXT[1:]).resolve(), inside / "usr/lib/systemd/systemd")


def fake(inside, name, text):
    file = inside / name
    file.unlink(missing_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def boot(host, setup_data):
    """What the first process of dracut's initramfs calls, in a boot with this setup_data."""
    inside = host.path("/tmp/dracut.d")
    for name in ("usr/sbin/lunicctl", "usr/sbin/modprobe", "usr/bin/mount"):
        fake(inside, name, f'echo "{name} $*" >>/calls')
    fake(inside, NEXT[1:], 'echo "next $*" >>/calls')
    (inside / "calls").write_text("")
    (inside / "dev").mkdir(exist_ok=True)
    if not (inside / "dev/kmsg").exists():
        os.mknod(inside / "dev/kmsg", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    for i, kind in enumerate(setup_data):
        node = inside / f"sys/kernel/boot_params/setup_data/{i}"
        node.mkdir(parents=True, exist_ok=True)
        (node / "type").write_text(kind + "\n")
    host.run("/init splash", root="/tmp/dracut.d")
    return (inside / "calls").read_text().splitlines()


SYS = "usr/bin/mount -t sysfs -o nosuid,noexec,nodev sysfs /sys"
RESUME = ["usr/bin/mount -t proc -o nosuid,noexec,nodev proc /proc",
          "usr/bin/mount -t devtmpfs -o nosuid,mode=755 devtmpfs /dev",
          "usr/sbin/modprobe -q lunic", "usr/sbin/lunicctl --session lunic resume"]


@test
def any_other_boot_only_looks(host):
    equal(boot(host, []), [SYS, "next splash"])
    equal(boot(host, ["0x4", "0x9"]), ["next splash"])


@test
def a_boot_with_a_handover_resumes_first(host):
    equal(boot(host, ["0x4", "0xa"]), [*RESUME, "next splash"])


def install_kernel(host, load=0):
    """(exit code, what the hook said, how it called lunicctl); load: its exit code."""
    fake(host.root, "usr/sbin/lunicctl", f'echo "$*" >/tmp/called; exit {load}')
    host.path("/tmp/called").unlink(missing_ok=True)
    code, text = host.run("/etc/kernel/postinst.d/zz-lunic 7.3.9 /boot/vmlinuz-7.3.9",
                          check=False)
    called = host.path("/tmp/called")
    return code, text, called.read_text().strip() if called.exists() else None


@test
def a_new_kernel_is_loaded_where_that_is_of_use(host):
    equal(install_kernel(host), (0, "", None))
    host.path("/dev/liveupdate").touch()
    equal(install_kernel(host), (0, "", None))
    host.path("/dev/lunic").mkdir()
    host.path("/dev/lunic/0000:01:00.0").touch()
    call = "load --kernel /boot/vmlinuz-7.3.9"
    equal(install_kernel(host)[2], f"{call} --reuse-cmdline")
    host.path("/boot/initrd.img-7.3.9").touch()
    call += " --initrd /boot/initrd.img-7.3.9 --reuse-cmdline"
    code, text, called = install_kernel(host)
    equal((code, called), (0, call))
    check("'systemctl kexec' now replaces the kernel" in text, text)


@test
def a_kernel_that_is_not_loaded_is_installed_all_the_same(host):
    code, text, _ = install_kernel(host, load=3)
    equal(code, 0)
    check("not loaded, a plain reboot starts it" in text, text)
    host.path("/etc/default/lunic").write_text("LOAD=no\n")
    equal(install_kernel(host), (0, "", None))


@test
def a_purge_leaves_nothing(host):
    host.run("rm -f /boot/initrd.img-7.3.9")
    host.run("apt-get purge -q -y lunic-tools lunic-dkms")
    left = {name for name in host.files() - host.before
            # What depmod makes, whoever calls it
            if not re.match(r"/usr/lib/modules/[^/]*/modules\.", name)}
    equal(left, set())
    equal(host.run("systemctl is-enabled lunic.service", check=False)[1], "not-found\n")


def run_one(number, function, host):
    name = function.__name__
    try:
        function(host)
    except Exception:  # whatever it is, the other tests must run
        for line in traceback.format_exc().splitlines():
            print("#", line)
        print(f"not ok {number} {name}", flush=True)
        return False
    print(f"ok {number} {name}", flush=True)
    return True


def main():
    if os.geteuid():
        print("KTAP version 1\n1..0 # SKIP only root can mount what packages are tried in")
        return 0
    enter_namespace()
    print("KTAP version 1")
    REPOSITORY.mkdir(parents=True, exist_ok=True)
    host = Chroot(ROOT / "build/chroot", REPOSITORY)
    try:
        host.before = host.files()
        print(f"1..{len(TESTS)}", flush=True)
        results = [run_one(n, t, host) for n, t in enumerate(TESTS, 1)]
    finally:
        host.close()
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
