#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunic-ifupdown with a fake kernel, ip and ifup; prints KTAP.

usage: ifupdown.py LUNIC-IFUPDOWN LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lunicctl/tests"))

# pylint: disable=wrong-import-position
from box import A, B, BUILT, FAKED, PRESERVED, check, equal, main, test  # noqa: E402
from reports import refuse, report  # noqa: E402
from service import ServiceBox  # noqa: E402

LISTED = "lo=lo\neth0=office\n"
NOTED = "eth0=office 10.0.0.2/24 fd00::2/64\n"


class IfupdownBox(ServiceBox):
    """A host with ifupdown, which has configured lo and eth0."""

    def __init__(self):
        super().__init__()
        self.state = self.root / "run/network"
        self.notes = self.root / "var/lib/lunic/ifupdown"
        self.notes.parent.mkdir(parents=True)
        self.env["LUNIC_ROOT"] = str(self.root)
        self.fake("lunicctl", f'exec {FAKED} --sysroot {self.root} "$@"')
        # ip -br address show dev DEVICE ...
        self.fake("ip", f"cat {self.root}/address.$5")
        self.fake("ifup", f'cat; echo "$*" >>{self.root}/ifup; exit $(cat {self.root}/code)')
        self.put("code", 0)
        self.address("eth0", "10.0.0.2/24 fd00::2/64")
        self.list(LISTED)

    def address(self, device, text):
        self.put(f"address.{device}", f"{device} UP {text}\n" if text else "")

    def list(self, text):
        """ifupdown's list, as it is after the boot of a kernel."""
        self.state.mkdir(exist_ok=True)
        self.put("run/network/ifstate", text)

    def listed(self):
        return (self.state / "ifstate").read_text()

    def stack(self, upper, lower):
        """A device on top of another."""
        net = self.root / "sys/class/net"
        for name in (upper, lower):
            (net / name).mkdir(exist_ok=True)
        (net / lower / f"upper_{upper}").symlink_to(net / upper)

    def call(self, *words):
        """(exit code, standard error)."""
        done = subprocess.run([BUILT, *words], env=self.env, capture_output=True, text=True,
                              check=False, timeout=60)
        return done.returncode, done.stderr

    def leave(self, *devices):
        """Just before the kexec, with these preserved."""
        for device in devices:
            self.set(device, state=PRESERVED)
        equal(self.call("leave"), (0, ""))

    def arrive(self, *entries):
        """In the new kernel, where ifup goes over ENTRIES; the messages."""
        calls = self.root / "ifup"
        calls.write_text("")
        code, lines = self.call("arrive")
        equal((code, calls.read_text()),
              (0, "".join(f"--ignore-errors {entry}\n" for entry in entries)))
        check(not self.notes.exists(), "the notes stay")
        return lines

    def noted(self, text=NOTED):
        self.notes.write_text(text)


# On the way to a kexec

@test
def ifdown_leaves_what_is_preserved(box):
    box.leave(A)
    equal(box.listed(), "lo=lo\n")
    equal(box.notes.read_text(), NOTED)


@test
def ifdown_takes_down_what_is_not_preserved(box):
    box.list(LISTED + "eth1=eth1\nwlan0=home\n")
    box.leave(A)
    equal(box.listed(), "lo=lo\neth1=eth1\nwlan0=home\n")


@test
def ifdown_leaves_several_and_what_is_on_them(box):
    box.address("eth1", "")
    box.address("vlan5", "10.5.0.2/24")
    box.stack("br0", "eth1")
    box.stack("vlan5", "br0")
    box.list(LISTED + "eth0:1=eth0:1\neth1=eth1\nvlan5=vlan5\ntun0=tun0\n")
    box.leave(A, B)
    equal(box.listed(), "lo=lo\ntun0=tun0\n")
    equal(box.notes.read_text(), NOTED + "eth0:1=eth0:1 10.0.0.2/24 fd00::2/64\n"
          "eth1=eth1 \nvlan5=vlan5 10.5.0.2/24\n")


@test
def nothing_is_preserved(box):
    box.noted("of an update before")
    box.leave()
    equal((box.listed(), box.notes.exists()), (LISTED, False))


@test
def the_interface_is_not_ifupdowns(box):
    box.list("lo=lo\n")
    box.leave(A)
    equal((box.listed(), box.notes.read_text()), ("lo=lo\n", ""))


@test
def there_is_no_ifupdown(box):
    (box.state / "ifstate").unlink()
    box.noted("of an update before")
    box.leave(A)
    check(not box.notes.exists() and not (box.state / "ifstate").exists())


@test
def what_can_not_be_noted_stays_listed(box):
    box.notes.parent.rmdir()
    box.set(A, state=PRESERVED)
    code, line = box.call("leave")
    equal((code, box.listed()), (1, LISTED))
    check("make room there" in line, line)


# In the new kernel

@test
def ifup_goes_over_what_came_configured(box):
    box.leave(A)
    report(box)
    lines = box.arrive("eth0=office").splitlines()
    equal(lines, ["lunic-ifupdown: eth0 came configured; what ifup says of it is harmless"])


@test
def ifup_goes_over_several_and_what_is_on_them(box):
    for name in ("eth1", "vlan5"):
        box.address(name, "10.5.0.2/24")
    box.stack("vlan5", "eth0")
    box.noted(NOTED + "eth0:1=eth0:1 10.0.0.2/24\neth1=eth1 10.5.0.2/24\n"
              "vlan5=vlan5 10.5.0.2/24\n")
    report(box)
    report(box, B, update=0)
    box.arrive("eth0=office", "eth0:1=eth0:1", "eth1=eth1", "vlan5=vlan5")


@test
def networking_service_configures_what_was_reset(box):
    box.noted(NOTED + "eth1=eth1 \n")
    box.address("eth1", "")
    refuse(box)
    report(box, B)
    box.arrive("eth1=eth1")


@test
def networking_service_configures_after_a_reboot(box):
    box.noted()
    equal(box.arrive(), "")


@test
def networking_service_configures_what_came_without_an_address(box):
    report(box)
    for found in ("", "10.0.0.2/24", "10.0.0.2/2 fd00::2/64"):
        box.noted()
        box.address("eth0", found)
        box.arrive()


@test
def an_address_more_is_no_matter(box):
    box.noted()
    report(box)
    box.address("eth0", "10.0.0.9/24 10.0.0.2/24 fd00::2/64")
    box.arrive("eth0=office")


@test
def a_failure_of_ifup_is_told(box):
    box.noted(NOTED + "eth1=eth1 \n")
    box.address("eth1", "")
    for device in (A, B):
        report(box, device)
    box.put("code", 1)
    lines = box.arrive("eth0=office", "eth1=eth1")
    for name in ("eth0", "eth1"):
        check(f"{name} lives on, but ifup does not know it" in lines, lines)


@test
def only_units_call_it(box):
    for words in ((), ("frob",)):
        code, line = box.call(*words)
        equal(code, 1)
        check("lunic-ifupdown.service call this" in line, line)


if __name__ == "__main__":
    sys.exit(main(IfupdownBox))
