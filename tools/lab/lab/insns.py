# SPDX-License-Identifier: GPL-2.0
"""How many instructions the hot path of lunic and of igb has, as objdump shows them."""
import re
import subprocess

from . import paths
from .errors import LabError

HEAD = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
CODE = re.compile(r"^\s+[0-9a-f]+:\s+(\S+)(?:\s+(.*))?$")
RELOCATION = re.compile(r"R_X86_64_(?:PLT32|PC32)\s+([\w.]+?)(?:[+-]0x[0-9a-f]+)?$")
PADDING = ("nop", "nopw", "nopl", "int3", "xchg", "data16", "cs")
# (what, {module: (entry point, and what is called through a pointer)})
PATHS = (
    ("poll: RX and TX completion", {"lunic": ("lunic_poll",), "igb": ("igb_poll",)}),
    ("transmit", {"lunic": ("lunic_xmit", "lunic_82576_tx_context"),
                  "igb": ("igb_xmit_frame",)}),
)
# Reached on errors, on the slow path or only while preserved
COLD = re.compile(r"\.cold$|_ptp_|_xsk|_zc$|_xdp|warn|netdev_|hold|_abort$|_foreign$")


def functions(module):
    """{name: (instructions, names called)} of a module."""
    text = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", module], check=True,
                          capture_output=True, text=True).stdout
    found, name, branch = {}, None, False
    for line in text.splitlines():
        head = HEAD.match(line)
        if head:
            name = head.group(1)
            found[name] = [0, set()]
            continue
        if name is None:
            continue
        reloc = RELOCATION.search(line)
        if reloc:
            if branch:
                found[name][1].add(reloc.group(1))
            continue
        code = CODE.match(line)
        if code:
            branch = code.group(1) in ("call", "jmp")
            if code.group(1) not in PADDING:
                found[name][0] += 1
            target = re.search(r"<([\w.]+?)(?:\+0x[0-9a-f]+)?>", code.group(2) or "")
            if branch and target:
                found[name][1].add(target.group(1))
    return found


def closure(found, entries):
    """The entry points and all that they call in their module, the cold left out."""
    seen, todo = [], list(entries)
    while todo:
        name = todo.pop(0)
        if name in seen or name not in found or COLD.search(name):
            continue
        seen.append(name)
        todo += sorted(found[name][1])
    return {name: found[name][0] for name in seen}


def table():
    """[(what, {module: {function: instructions}})] of the modules that were built."""
    modules = {"lunic": functions(paths.variant("lab", "lunic.ko")),
               "igb": functions(paths.variant("lab", "modules/igb.ko"))}
    rows = []
    for what, entries in PATHS:
        counts = {m: closure(modules[m], names) for m, names in entries.items()}
        for module, names in entries.items():
            if names[0] not in counts[module]:
                raise LabError(f"{module} has no function {names[0]} that is hot")
        rows.append((what, counts))
    return rows


def text(rows, verbose=False):
    """The table to read."""
    lines = [f"{'instructions':32} {'lunic':>8} {'igb':>8}  ratio"]
    for what, counts in rows:
        lunic, igb = (sum(counts[m].values()) for m in ("lunic", "igb"))
        lines.append(f"{what:32} {lunic:8} {igb:8}  {lunic / igb:.2f}")
        if verbose:
            lines += [f"    {module:6} {name:36} {count:6}"
                      for module, each in counts.items() for name, count in each.items()]
    return "\n".join(lines)
