# SPDX-License-Identifier: GPL-2.0
"""What a kernel has of memory, kernel objects and sessions, to be compared."""
import re
from dataclasses import dataclass

from . import variant

# KASAN holds back what was freed until its cache is shrunk
SHRINK = ("for cache in /sys/kernel/slab/*/shrink; do echo 1 > $cache; done; "
          if variant.is_slow() else "")
# Free memory is what is counted, so that nothing that can be had back may be in use
SETTLE = f"sync; {SHRINK}echo 3 > /proc/sys/vm/drop_caches; sleep 0.2; "
MEMINFO = re.compile(r"^(\w+):\s+(\d+) kB$", re.M)
# Pages that a CPU keeps at hand are free, too, and come to several MiB
AT_HAND = re.compile(r"^\s+count:\s+(\d+)$", re.M)
SLAB = re.compile(r"^(\S+)\s+(\d+)\s+(\d+)\s+(\d+)", re.M)
# The kernel keeps areas of processes that have ended for a while; VmallocUsed tells better.
# kmemleak has an object for each object of the other caches
LAZY = ("vmap_area", "kmemleak_object", "kmemleak_scan_area")
SESSIONS = "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c '\\[luo_session\\]' || true"


@dataclass
class Memory:
    """One look at a kernel; sizes in KiB."""
    total: int
    free: int
    available: int
    slab: int
    vmalloc: int
    objects: dict


def look(machine):
    """What there is now."""
    text = machine.must(SETTLE + "cat /proc/meminfo", 120)
    known = {name: int(value) for name, value in MEMINFO.findall(text)}
    slabs = {name: (int(active), int(size)) for name, active, _, size in
             SLAB.findall(machine.must("cat /proc/slabinfo")) if name not in LAZY}
    at_hand = 4 * sum(map(int, AT_HAND.findall(machine.must("cat /proc/zoneinfo"))))
    return Memory(known["MemTotal"], known["MemFree"] + at_hand,
                  known["MemAvailable"] + at_hand, known["Slab"], known["VmallocUsed"], slabs)


def sessions(machine):
    """How many Live Update sessions any process holds."""
    return int(machine.must(SESSIONS).split()[-1])


def grown(before, after, objects):
    """{cache: objects} of the slab caches that have more than so many objects more."""
    return {name: active - before.objects.get(name, (0, 0))[0]
            for name, (active, _) in after.objects.items()
            if active - before.objects.get(name, (0, 0))[0] > objects}
