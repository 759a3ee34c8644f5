# SPDX-License-Identifier: GPL-2.0
"""What the tests' kernel reports of updates."""
import struct

from box import A

# struct lunic_ioctl_report
REPORT = struct.Struct("<4I Q 16Q 8Q 4I 72s 72s 104s")
NONE, TAKEN, RESET = range(3)
GAP, COUNTS, OVERRUN = 1, 2, 4
PHASES = ("preserve", "preserved", "freeze", "quiet", "sealed", "probe", "adopted", "up",
          "delivered", "finished")
NS = 1000000
OLD, NEW = 0x1f, 0x3e0
# The old kernel's before the seal, the new one's since its clock began
AT = (9000, 8990, 60, 1, 0, 310, 312, 500, 501.5, 502)


def report(box, address=A, outcome=TAKEN, flags=GAP | COUNTS, phases=OLD | NEW, update=2,
           start=600, sealed=1763900000 * 10**9, counts=(7, 0, 0, 0, 0, 0),
           ring=(3, 40, 1000, 0), names=(b"7.3.4-old", b"7.3.4-new", b"")):
    """What the kernel says of the last update of a device."""
    (box.root / "reports").mkdir(exist_ok=True)
    at = [int(ms * NS) if phases >> i & 1 else 0 for i, ms in enumerate(AT)] + [0] * 6
    (box.root / "reports" / address).write_bytes(REPORT.pack(
        REPORT.size, outcome, flags, phases, update, *at, start * NS, sealed, *counts,
        *ring, *names))


def boot(box, name="boot-1"):
    """The kernel's boot id."""
    (box.root / "proc/sys/kernel/random").mkdir(parents=True, exist_ok=True)
    box.put("proc/sys/kernel/random/boot_id", name + "\n")
    (box.root / "var/lib").mkdir(parents=True, exist_ok=True)


def refuse(box, address=A):
    """A handover that could not be adopted: a reset stops the clock."""
    report(box, address, RESET, 0, OLD | 0x220, 0, counts=(0,) * 6, ring=(0,) * 4,
           names=(b"7.3.4-old", b"7.3.4-new", b"the hardware is <not> receiving"))
