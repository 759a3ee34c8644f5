#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunicctl history against a fake kernel; prints KTAP.

usage: history.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import json
import sys
import threading

from box import A, B, check, equal, main, test
from reports import OLD, boot, report

HISTORY = "var/lib/lunic/history.jsonl"

@test
def history_is_empty_at_first(box):
    equal((box.ok("history"), box.json("history")), ("", []))


@test
def an_update_is_recorded_once(box):
    boot(box)
    report(box)
    for _ in range(3):
        equal(box.ok("history", "--record"), "")
    seen = box.json("history")
    equal([(e["pci"], e["boot_id"], e["update"]) for e in seen], [(A, "boot-1", 2)])
    boot(box, "boot-2")
    report(box, update=3)
    report(box, B, update=1)
    box.ok("history", "--record")
    equal([(e["pci"], e["boot_id"]) for e in box.json("history")],
          [(A, "boot-1"), (A, "boot-2"), (B, "boot-2")])
    equal([e["pci"] for e in box.json("history", "eth1")], [B])
    equal(len(box.json("history", A, "02:00.1")), 3)
    equal(box.json("history", "0000:09:00.0"), [])
    lines = box.ok("history").splitlines()
    equal(len(lines), 4)
    check(lines[0].startswith("TIME") and "7.3.4-old -> 7.3.4-new" in lines[1], lines)
    check("1161.5" in lines[1].split() and "7" in lines[1].split(), lines[1])


@test
def an_update_that_has_gone_on_is_recorded_anew(box):
    boot(box)
    report(box, phases=OLD | 0x60)
    box.ok("history", "--record")
    check("gap_ms" not in box.json("history")[0], "gap")
    report(box)
    box.ok("history", "--record")
    report(box, phases=OLD | 0x60)
    box.ok("history", "--record")
    equal([e.get("gap_ms") for e in box.json("history")], [1161.5])


@test
def no_update_is_not_recorded(box):
    boot(box)
    box.ok("history", "--record")
    check(not (box.root / HISTORY).exists(), "a file")


@test
def a_broken_line_costs_nothing_but_itself(box):
    boot(box)
    report(box)
    box.ok("history", "--record")
    with (box.root / HISTORY).open("a") as file:
        file.write('[1]\n{"pci": "0000:01:0')
    equal(len(box.json("history")), 1)
    boot(box, "boot-2")
    box.ok("history", "--record")
    equal([e["boot_id"] for e in box.json("history")], ["boot-1", "boot-2"])
    equal(len((box.root / HISTORY).read_text().splitlines()), 2)


@test
def the_history_is_bounded(box):
    boot(box)
    report(box)
    box.ok("history", "--record")
    entry = json.loads((box.root / HISTORY).read_text())
    (box.root / HISTORY).write_text("".join(
        json.dumps({**entry, "boot_id": f"x{i}"}) + "\n" for i in range(1200)))
    boot(box, "last")
    box.ok("history", "--record")
    seen = [e["boot_id"] for e in box.json("history")]
    equal((len(seen), seen[0], seen[-1]), (1000, "x201", "last"))


@test
def recorders_wait_for_each_other(box):
    boot(box)
    for d in (A, B):
        report(box, d)
    runs = [threading.Thread(target=box.ok, args=("history", "--record", d))
            for d in (A, B) * 8]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    equal(sorted(e["pci"] for e in box.json("history")), [A, B])


@test
def a_history_that_cannot_be_written_is_told(box):
    report(box)
    check("can't write /var/lib/lunic/history.jsonl (ENOENT)" in
          box.fails(2, "history", "--record"))
    boot(box)
    box.put("var/lib/lunic", "a file")
    check("(ENOTDIR)" in box.fails(2, "history", "--record"))


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.exit(main())
