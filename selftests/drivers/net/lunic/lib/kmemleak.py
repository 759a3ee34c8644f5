# SPDX-License-Identifier: GPL-2.0
"""Memory of the driver's that nothing points to any more, where the kernel looks for it."""
import re
import time

FILE = "/sys/kernel/debug/kmemleak"
# An object younger than that is left alone, and one that changed since the last scan
AGE = 6
# Of a module that was removed there are only addresses
OURS = re.compile(r"\[lunic\]|^\s+0xffffffff[abc]", re.M)


def records(text):
    """The reports, each from its first line to the next one's."""
    return [part for part in re.split(r"^(?=unreferenced object)", text, flags=re.M)
            if part.startswith("unreferenced")]


def found(machine):
    """One line of each object that the driver allocated; [] where nobody asked for it."""
    if machine.sh("grep -q kmemleak=on /proc/cmdline")[0]:
        return []
    if machine.sh(f"echo scan > {FILE}")[0]:
        return ["kmemleak: asked for, but the kernel does not look for leaks"]
    time.sleep(AGE)
    text = machine.must(f"echo scan > {FILE}; echo scan > {FILE}; cat {FILE}", 300)
    with open(machine.vm.path("kmemleak"), "w", encoding="utf-8") as out:
        out.write(text)
    return ["kmemleak: " + " ".join(record.split()) for record in records(text)
            if OURS.search(record)]
