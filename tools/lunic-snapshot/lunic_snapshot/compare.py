# SPDX-License-Identifier: GPL-2.0
"""Compares two snapshots by the rules."""
from dataclasses import asdict, dataclass

from . import rules
from .take import FORMAT

ABSENT = None


@dataclass
class Difference:
    """One path whose values differ. kind: "changed", "went back", "gone", "new",
    "not looked at" (a missing program), or "allowed"."""
    path: str
    kind: str
    old: object = ABSENT
    new: object = ABSENT
    why: str = ""

    def __str__(self):
        text = f"{self.kind}: {self.path}: {shown(self.old)} -> {shown(self.new)}"
        return text + (f" ({self.why})" if self.why else "")

    def as_dict(self):
        """For JSON."""
        return asdict(self)


def shown(value):
    """A value for people."""
    return "(absent)" if value is ABSENT else repr(value)


class Unusable(Exception):
    """Not a snapshot, or one that can't be compared; the text says why."""


def flat(tree, prefix=""):
    """{path: value} of a tree."""
    found = {}
    for name, value in tree.items():
        path = f"{prefix}/{name}" if prefix else name
        if isinstance(value, dict):
            found.update(flat(value, path))
        else:
            found[path] = value
    return found


def valid(snapshot, name):
    """Raises Unusable for anything else than a snapshot of this format."""
    if not isinstance(snapshot, dict) or not isinstance(snapshot.get("parts"), dict):
        raise Unusable(f"{name} is not a snapshot; make one with lunic-snapshot take")
    if snapshot.get("lunic-snapshot") != FORMAT:
        raise Unusable(f"{name} has format {snapshot.get('lunic-snapshot')}, not {FORMAT}; "
                       "take both with the same lunic-snapshot")


def _kind(path, old, new):
    """(kind, why) of two values that differ."""
    allowed = rules.volatile(path)
    if allowed:
        return "allowed", f"{allowed[0]}: {allowed[1]}"
    if rules.grows(path):
        return _counter(old, new)
    if old is ABSENT:
        return "new", ""
    return ("gone" if new is ABSENT else "changed"), ""


def _counter(old, new):
    if old is ABSENT:
        return "allowed", "a counter that the other kernel hasn't"
    try:
        if new is not ABSENT and int(new) >= int(old):
            return "allowed", "counters grow"
    except ValueError:
        return "changed", ""
    return ("gone" if new is ABSENT else "went back"), ""


def compare(old, new):
    """All differences, in the order of their paths; those that count and those allowed."""
    valid(old, "the old one")
    valid(new, "the new one")
    found = []
    for tool in sorted({*old["missing"], *new["missing"]}):
        states = [snapshot["missing"].get(tool, "there") for snapshot in (old, new)]
        if states[0] != states[1]:
            found.append(Difference(f"program {tool}", "not looked at", *states))
    before, after = flat(old["parts"]), flat(new["parts"])
    # A missing program was named once: its parts are no differences of the device
    unseen = tuple(f"{tool} " for tool in (*old["missing"], *new["missing"]))
    for path in sorted({*before, *after}):
        one, other = before.get(path, ABSENT), after.get(path, ABSENT)
        if one != other and not (unseen and path.startswith(unseen)):
            found.append(Difference(path, *_args(path, one, other)))
    return found


def _args(path, old, new):
    kind, why = _kind(path, old, new)
    return kind, old, new, why


def counting(differences):
    """Those that are not allowed."""
    return [difference for difference in differences if difference.kind != "allowed"]
