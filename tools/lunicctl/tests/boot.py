# SPDX-License-Identifier: GPL-2.0
"""Kernel images and initramfs archives for the tests, and a host to check."""
import os
import struct

from box import A, Box

RELEASE = "7.3.4-lunic"
CONFIG = ("CONFIG_KEXEC_HANDOVER", "CONFIG_LIVEUPDATE", "CONFIG_PCI_LIVEUPDATE",
          "CONFIG_LUNIC")
LINE = "root=/dev/sda1 kho=on liveupdate=on"


def image(release=RELEASE, payload=b"", **fields):
    """A bzImage's header, and as much behind it as that says."""
    data = bytearray(4096 + 512)
    body = payload + bytes(-len(payload) % 16)
    values = {"sects": (0x1f1, "B", 8), "size": (0x1f4, "I", len(body) // 16),
              "flag": (0x1fe, "H", 0xaa55), "magic": (0x202, "4s", b"HdrS"),
              "protocol": (0x206, "H", 0x20f), "version": (0x20e, "H", 0x1000 - 0x200),
              "loadflags": (0x211, "B", 1), "relocatable": (0x234, "B", 1),
              "xloadflags": (0x236, "H", 3), "cmdline": (0x238, "I", 2047),
              "payload": (0x248, "I", 0), "init_size": (0x260, "I", 32 << 20)}
    for name, (at, kind, value) in values.items():
        struct.pack_into("<" + kind, data, at, fields.get(name, value))
    data[0x1000:] = f"{release} (me@here) #1 SMP\0".encode().ljust(512, b"\0")
    return bytes(data) + body


def cpio(members):
    """A newc archive of {name: contents}."""
    out = b""
    for name, data in [*members.items(), ("TRAILER!!!", b"")]:
        fields = [0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def module(release=RELEASE, abi="1.3"):
    """What modinfo would find in lunic.ko."""
    text = b"vermagic=" + release.encode() + b" SMP mod_unload \0"
    # The linker leaves no space before the first one
    return (b"\x7fELF lunic_handover\0\1" +
            (b"lunic_handover=" + abi.encode() + b"\0" if abi else b"") + text)


def initrd(release=RELEASE, abi="1.3", tool=True):
    """An archive with the driver and, if it is to be, lunicctl."""
    members = {f"usr/lib/modules/{release}/extra/lunic.ko": module(release, abi)}
    if tool:
        members["usr/sbin/lunicctl"] = b"#!"
    return cpio(members)


SYSTEMCTL = """#!/bin/sh
echo "SYSTEMCTL $*" >>"$FAKE_ROOT/log"
case $1 in
--version) cat "$FAKE_ROOT/systemd_version" ;;
is-active) exit "$(cat "$FAKE_ROOT/unit_inactive")" ;;
*) ! [ -e "$FAKE_ROOT/fails_$1" ] ;;
esac
"""
JOURNALCTL = "#!/bin/sh\necho lunic-session: the journal says why\n"


class Host(Box):
    """A box that an update would succeed on."""

    def __init__(self):
        super().__init__()
        for name in ("proc/sys/kernel", "sys/kernel/security", "boot", "bin"):
            (self.root / name).mkdir(parents=True)
        self.put("proc/cmdline", f"BOOT_IMAGE=/boot/vmlinuz {LINE}\n")
        self.put("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable:    2000000 kB\n")
        self.put("proc/sys/kernel/kexec_load_disabled", "0\n")
        self.put("sys/kernel/kexec_loaded", "0\n")
        self.put("sys/kernel/security/lockdown", "[none] integrity confidentiality\n")
        self.set(A, basin_ms=500)
        self.set("0000:02:00.1", basin_ms=500)
        self.kernel(RELEASE)

    def kernel(self, release, **fields):
        """One as its package installs it."""
        (self.root / f"boot/vmlinuz-{release}").write_bytes(image(release, **fields))
        (self.root / f"boot/initrd.img-{release}").write_bytes(initrd(release))
        self.config({name: "m" if name == "CONFIG_LUNIC" else "y" for name in CONFIG},
                    release)

    def config(self, values, release=RELEASE):
        """Its configuration."""
        self.put(f"boot/config-{release}", "CONFIG_X=y\n" + "".join(
            f"{name}={value}\n" if value else f"# {name} is not set\n"
            for name, value in values.items()))

    def without(self, *names, **more):
        """The configuration with some options off."""
        values = {name: "y" for name in CONFIG} | {"CONFIG_LUNIC": "m"} | more
        self.config(values | {name: None for name in names})

    def boot(self, name):
        """A file in /boot."""
        return self.root / "boot" / name

    def systemd(self, version=262, inactive=0):
        """From now on it is the first process."""
        (self.root / "run/systemd/system").mkdir(parents=True)
        self.put("systemd_version", f"systemd {version} (test)\n+PAM\n")
        self.put("unit_inactive", inactive)
        for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
            self.put(f"bin/{name}", text)
            (self.root / "bin" / name).chmod(0o755)

    def run(self, *args, **more):
        env = {**os.environ, "FAKE_ROOT": str(self.root),
               "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        return super().run(*args, **{"env": env, **more})

    def asked(self):
        """What was asked of systemctl, its version and the unit's state aside."""
        return [line.split(" ", 1)[1] for line in self.log()
                if line.startswith("SYSTEMCTL") and "--version" not in line
                and "is-active" not in line]

    def changes(self):
        """What the kernel was asked to change."""
        return [line for line in self.log() if not line.startswith("SYSTEMCTL")]

    def checks(self, *args, code=0, command="check"):
        """{name: [objects]} of a check."""
        found = {}
        for line in self.json(command, *args, code=code):
            found.setdefault(line.get("check", "error"), []).append(line)
        return found
