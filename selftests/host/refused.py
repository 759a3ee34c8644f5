#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What would lose the NIC is refused on a Debian host, each with its remedy, and nobody
on the network notices."""
import contextlib
import os
import re

from cases import with_host
from machine import Traffic, counted, ktap, losses
import state
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
    ("a command line that takes memory away", "true", "--append mem=1200M",
     ("mem= is not the running kernel's", "--command-line without mem=")),
    ("a command line that writes over memory", "true", "--append memtest=4",
     ("memtest would write over", "--command-line without memtest")),
)
# The catch basin for so long needs 85 MiB, beside the sixteenth of all memory that it leaves;
# the next kernel itself takes less than 100 MiB
BUDGET_MS, BUDGET_RATE = 6000, 10000
BASIN_LEFT, KERNEL_LEFT = 210, 60
SHORT = r"needs (\d+) buffers = (\d+) MiB, only (\d+) MiB free"
REMEDY = r"devlink dev param set \S+ name blackout_budget_ms cmode runtime value (\d+)"
NEEDED = r"(\d+) MiB are needed to load it, and only (\d+) are available"

program = ktap.Program()


@contextlib.contextmanager
def setup():
    """A host under traffic, with its next kernel not loaded yet."""
    with with_host()() as run:
        with open(os.path.join(run.host.share, "empty.cpio"), "wb") as out:
            out.write(cpio.archive({"etc/empty": b""}))
        run.icmp = state.icmp(run.host)
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


@contextlib.contextmanager
def full(host, left):
    """A file in memory takes all but so many MiB of what is available."""
    host.must("mkdir -p /run/full; mount -t tmpfs -o size=100% full /run/full")
    try:
        host.must("have=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo); "
                  f"fallocate -l $((have - ({left} << 10)))K /run/full/file", 120)
        yield
    finally:
        host.must("umount /run/full")


@contextlib.contextmanager
def budget(host):
    """A blackout budget that takes memory, but no longer rings."""
    device = host.must("ls /dev/lunic").strip()
    def put(name, value):
        host.must(f"devlink dev param set pci/{device} name {name} value {value} cmode runtime")
    put("blackout_rate", BUDGET_RATE)
    put("blackout_budget_ms", BUDGET_MS)
    try:
        yield
    finally:
        put("blackout_budget_ms", 0)
        put("blackout_rate", 0)


def found(run, pattern):
    """Where the pattern matches what `lunicctl update` says."""
    status, said = run.host.sh("lunicctl update", 120)
    ktap.equal(status, REFUSED, f"exit status ({said.strip()[-600:]})")
    match = re.search(pattern, said)
    ktap.check(match, f"no {pattern} in {said.strip()[-600:]}")
    ktap.say(match[0])
    return match


@program.case("refused: too little memory for the catch basin, in numbers")
def _(run):
    with budget(run.host), full(run.host, BASIN_LEFT):
        refused(run, "true", "", ("too little memory for the blackout budget",))
        _, needed, free = map(int, found(run, SHORT).groups())
        ktap.check(needed > free, f"{needed} MiB of {free}")


@program.case("too little memory for the catch basin: the remedy that is named helps")
def _(run):
    with budget(run.host), full(run.host, BASIN_LEFT):
        # Others take and give memory meanwhile: it may have to be tried again
        for _ in range(4):
            remedy = found(run, REMEDY)
            ktap.check(0 < int(remedy[1]) < BUDGET_MS, remedy[0])
            run.host.must(remedy[0])
            status, said = run.host.sh("lunicctl check", 120)
            if not status:
                return
        ktap.check(False, said)


@program.case("refused: too little memory for the kernel, in numbers")
def _(run):
    with full(run.host, KERNEL_LEFT):
        refused(run, "true", "", ("MODULES=dep",))
        needed, free = map(int, found(run, NEEDED).groups())
        ktap.check(needed > free, f"{needed} MiB of {free}")


# The first is held up while it has the lock
TWICE = """
lunicctl {0} & first=$!
until grep -qx $first /run/lunic/update.lock; do sleep 0.02; done
kill -STOP $first
lunicctl {1}; echo "the second: $?"
kill -CONT $first
wait $first; echo "the first: $?"
"""


def add_twice(first, second, undo):
    """A case of two at once."""
    @program.case(f"refused: lunicctl {second} while lunicctl {first} is under way, which goes on")
    def _(run):
        said = run.host.must(TWICE.format(first, second), 120)
        for words in (f"the second: {REFUSED}\n", "the first: 0\n",
                      "another lunicctl loads or updates (process "):
            ktap.contains(said, words, "what they said")
        ktap.equal(run.host.must("cat /sys/kernel/kexec_loaded").strip(), "1", "kexec_loaded")
        run.host.must(undo)
        ktap.contains(run.host.must("lunicctl show"), "state idle", "lunicctl show")


add_twice("load", "load", "lunicctl load --unload")
add_twice("load", "update", "lunicctl load --unload")
add_twice("update --no-jump", "update", "lunicctl cancel && lunicctl load --unload")


@program.case("refused: an ordinary user")
def _(run):
    status, said = run.host.sh("runuser -u nobody -- lunicctl update 2>&1")
    ktap.check(status in (2, REFUSED), f"exit status {status}: {said}")
    ktap.contains(said, "root", "what it said")


@program.case("refused: the device's flag is off and the unit stopped, said at once")
def _(run):
    flag = f"ethtool --set-priv-flags {run.host.uplink} live-update"
    run.host.must(f"{flag} off && systemctl stop lunic")
    try:
        refused(run, "true", "", (f"flag live-update is off. Try: {flag} on",
                                  "lunic.service is not active",
                                  "systemctl enable --now lunic.service"))
    finally:
        run.host.must(f"{flag} on && systemctl start lunic")
    run.host.must("lunicctl check")


@program.case("traffic never noticed")
def _(run):
    counts = counted(run.traffic)
    discarded = state.no_room(run.icmp, state.icmp(run.host))
    ktap.say(f"{discarded} received, but ICMP's socket had no room for them")
    counts["lost"] -= discarded
    ktap.equal(losses(counts), {}, f"of {counts['sent']} sent")


@program.case("refused: a translating IOMMU")
def _(run):
    run.host.stop()
    with with_host(part="iommu", iommu=True, append="intel_iommu=on")() as other:
        refused(other, "true", "", ("iommu=pt",))
        status, said = other.host.sh("systemctl reload lunic")
        ktap.check(status, f"reload succeeded: {said}")
        ktap.contains(other.host.must("journalctl -b -u lunic -o cat"), "iommu=pt", "journal")


@program.case("refused: all that this kernel bars by itself, said at once")
def _(run):
    run.host.stop()
    with with_host(part="bars", append="kho=off liveupdate=off")() as other:
        other.host.must("sysctl -qw kernel.kexec_load_disabled=1 && "
                        f"ip link set dev {other.host.uplink} down")
        for command in ("check", "update"):
            status, said = other.host.sh(f"lunicctl {command}", 120)
            ktap.equal(status, REFUSED, f"lunicctl {command}: exit status ({said[-600:]})")
            for words in ("kho and liveupdate are not on", "boot with kho=on liveupdate=on",
                          "no /dev/liveupdate", "kexec_load_disabled is 1, which holds until",
                          "the interface is down", f"ip link set {other.host.uplink} up"):
                ktap.contains(said, words, f"lunicctl {command}")


if __name__ == "__main__":
    program.main(setup)
