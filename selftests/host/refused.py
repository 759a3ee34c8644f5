#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What would lose the NIC is refused on a Debian host, each with its remedy, and nobody
on the network notices."""
import contextlib
import os

from cases import with_host
from machine import Traffic, counted, ktap, losses
from lab import cpio

REFUSED = 3
# A file of the kernel in use, copied to where it can be spoilt
COPY = "mkdir -p /root/k && cp /boot/{0}-$(uname -r) /root/k/ && cd /root/k"
# (what, how to prepare it, options, words of what is said)
BLOCKERS = (
    ("no kernel image", "true", "--kernel /root/none", ("/root/none",)),
    ("what is no kernel image", "head -c 100000 /dev/urandom > /root/noise",
     "--kernel /root/noise", ("is not a kernel image",)),
    ("half a kernel image",
     COPY.format("vmlinuz") + " && truncate -s 3M vmlinuz-* && mv vmlinuz-* half",
     "--kernel /root/k/half", ("truncated",)),
    *((f"a kernel without {option}",
       f"rm -rf /root/k; {COPY.format('vmlinuz')} && cp /boot/config-$(uname -r) . && "
       f"sed -i 's/^CONFIG_{option}=.*/# CONFIG_{option} is not set/' config-*",
       "--kernel $(ls /root/k/vmlinuz-*) --initrd /boot/initrd.img-$(uname -r)",
       (f"CONFIG_{option}",))
      for option in ("KEXEC_HANDOVER", "LIVEUPDATE", "PCI_LIVEUPDATE")),
    ("an initramfs without the driver", "true", "--initrd /host/empty.cpio",
     ("initramfs", "update-initramfs")),
    ("a command line without kho=on", "true",
     "--command-line 'root=/dev/vda rw console=ttyS0'", ("kho=on",)),
    ("a command line that bars the driver", "true",
     "--append module_blacklist=lunic", ("module_blacklist",)),
)

program = ktap.Program()


@contextlib.contextmanager
def setup():
    """A host under traffic, with its next kernel not loaded yet."""
    with with_host()() as run:
        with open(os.path.join(run.host.share, "empty.cpio"), "wb") as out:
            out.write(cpio.archive({"etc/empty": b""}))
        with Traffic(run.host) as run.traffic:
            yield run


def refused(run, prepare, options, words):
    """check and update say the same, and leave all as it was."""
    host = run.host
    host.must(prepare)
    for command in ("check", "update"):
        status, said = host.sh(f"lunicctl {command} {options}", 120)
        ktap.equal(status, REFUSED, f"lunicctl {command}: exit status ({said.strip()[-600:]})")
        for word in words:
            ktap.contains(said, word, f"lunicctl {command}")
    ktap.contains(host.must("lunicctl show"), "state idle", "lunicctl show")
    ktap.equal(host.must("cat /sys/kernel/kexec_loaded").strip(), "0", "kexec_loaded")


def add(what, prepare, options, words):
    """A case of one blocker."""
    @program.case(f"refused: {what}")
    def _(run):
        refused(run, prepare, options, words)


for blocker in BLOCKERS:
    add(*blocker)


@program.case("refused: an ordinary user")
def _(run):
    status, said = run.host.sh("runuser -u nobody -- lunicctl update 2>&1")
    ktap.check(status in (2, REFUSED), f"exit status {status}: {said}")
    ktap.contains(said, "root", "what it said")


@program.case("traffic never noticed")
def _(run):
    counts = counted(run.traffic)
    ktap.equal(losses(counts), {}, f"of {counts['sent']} sent")


@program.case("refused: a translating IOMMU")
def _(run):
    run.host.stop()
    with with_host(part="iommu", iommu=True, append="intel_iommu=on")() as other:
        refused(other, "true", "", ("iommu=pt",))
        status, said = other.host.sh("systemctl reload lunic")
        ktap.check(status, f"reload succeeded: {said}")
        ktap.contains(other.host.must("journalctl -b -u lunic -o cat"), "iommu=pt", "journal")


if __name__ == "__main__":
    program.main(setup)
