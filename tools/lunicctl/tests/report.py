#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunicctl report against a fake kernel; prints KTAP.

usage: report.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import os
import sys
import xml.etree.ElementTree

import prometheus
from box import A, B, EACCES, ENODEV, check, equal, main, test
from reports import COUNTS, GAP, NEW, OLD, OVERRUN, PHASES, RESET, refuse, report

ENOTTY = 25

# report

@test
def report_says_at_a_glance_what_became_of_it(box):
    report(box)
    lines = box.ok("report", A).splitlines()
    equal(lines[0], f"{A} eth0 update 2 adopted (7.3.4-old -> 7.3.4-new)")
    equal(lines[1], "  caught 7 frames, lost 0, link never down, gap 1161.5 ms, "
                    "fullest ring 40 of 1000")
    equal(len(lines), 2 + 11)
    check("-9000.000 ms" in lines[2], lines)
    check(lines[7].split()[:1] == ["600.000"] and "clock starts" in lines[7], lines)
    check("1101.500 ms" in lines[11] and "+1.500 caught frames" in lines[11], lines)


@test
def report_json_has_every_number(box):
    report(box, counts=(7, 1, 2, 3, 4, 5))
    seen = box.json("report", A)[0]
    for key, value in (("outcome", "adopted"), ("update", 2), ("caught_frames", 7),
                       ("lost_frames", 3), ("missed_frames", 1), ("ring_full_frames", 2),
                       ("waited_frames", 3), ("damaged_frames", 4), ("link_down_events", 5),
                       ("gap_ms", 1161.5), ("jump_ms", 910), ("overrun", False),
                       ("from_release", "7.3.4-old"), ("to_release", "7.3.4-new"),
                       ("sealed_time_s", 1763900000),
                       ("fullest_ring", {"queue": 3, "used_buffers": 40,
                                         "posted_buffers": 1000})):
        equal((key, seen[key]), (key, value))
    equal([p["phase"] for p in seen["phases"]],
          [*PHASES[:5], "start", *PHASES[5:]])
    equal([p["at_ms"] for p in seen["phases"]],
          [-9000, -8990, -60, -1, 0, 600, 910, 912, 1100, 1101.5, 1102])
    equal({p["kernel"] for p in seen["phases"][:5]}, {"old"})
    equal(seen["phases"][6]["boot_ms"], 310)


@test
def no_update_is_no_error(box):
    equal(box.ok("report", A), f"{A} eth0 no live update since this kernel's start\n")
    equal(box.json("report"), [
        {"device": "pci/" + d, "pci": d, "ifname": i, "outcome": "none"}
        for d, i in ((A, "eth0"), (B, "eth1"))])


@test
def what_an_older_driver_did_not_tell_is_absent(box):
    report(box, flags=COUNTS, phases=NEW, names=(b"", b"7.3.4-new", b""), sealed=0)
    seen = box.json("report", A)[0]
    for key in ("from_release", "gap_ms", "jump_ms", "sealed_time_s"):
        check(key not in seen, key, seen)
    equal([p["phase"] for p in seen["phases"]], list(PHASES[5:]))
    check(not any("at_ms" in p for p in seen["phases"]), seen)
    equal(seen["phases"][0]["boot_ms"], 310)
    text = box.ok("report", A)
    check("(? -> 7.3.4-new)" in text and "is not known" in text, text)


@test
def a_refusal_says_why(box):
    refuse(box)
    seen = box.json("report", A)[0]
    equal((seen["outcome"], seen["reason"]), ("refused", "the hardware is <not> receiving"))
    for key in ("caught_frames", "lost_frames", "gap_ms", "update"):
        check(key not in seen, key, seen)
    text = box.ok("report", A)
    check("refused: the hardware is <not> receiving; the device was reset" in text, text)
    check("how long the jump took is not known" in text, text)


@test
def an_overrun_without_a_count_is_never_a_zero(box):
    report(box, flags=GAP | COUNTS | OVERRUN)
    seen = box.json("report", A)[0]
    check("lost_frames" not in seen and seen["overrun"] is True, seen)
    check("lost some" in box.ok("report", A), "text")
    report(box, flags=GAP | COUNTS | OVERRUN, counts=(7, 0, 9, 0, 0, 0))
    equal(box.json("report", A)[0]["lost_frames"], 9)


@test
def frames_that_are_held_are_not_told_as_delivered(box):
    report(box, phases=OLD | 0xe0)
    seen = box.json("report", A)[0]
    check("lost_frames" not in seen and "gap_ms" not in seen, seen)
    check("not delivered yet" in box.ok("report", A), "text")


@test
def unterminated_names_are_cut(box):
    report(box, names=(b"x" * 72, b"y" * 72, b"z" * 104), outcome=RESET)
    seen = box.json("report", A)[0]
    equal((len(seen["from_release"]), len(seen["to_release"]), len(seen["reason"])),
          (71, 71, 103))


@test
def an_outcome_of_a_later_driver_is_unknown(box):
    report(box, outcome=9)
    equal(box.json("report", A)[0]["outcome"], "unknown")


@test
def a_driver_without_reports_is_told(box):
    box.set(A, report_errno=ENOTTY)
    check("keeps no report of updates (ENOTTY). Try: a driver" in box.fails(2, "report", A))
    box.set(A, open_errno=EACCES)
    check("not permitted" in box.fails(2, "report", A))
    report(box, B)
    done = box.run("report")
    equal((done.returncode, done.stdout.startswith(B)), (2, True))


@test
def formats_are_one_at_a_time(box):
    for args in (("-j", "--svg"), ("--svg", "--prometheus"), ("--output", "x"),
                 ("-j", "--output", "x")):
        done = box.run("report", *args)
        equal(done.returncode, 1)
        check(done.stderr.startswith("lunicctl: "), done.stderr)


# --svg

def svg(box, *names):
    """The picture's root element."""
    return xml.etree.ElementTree.fromstring(box.ok("report", "--svg", *names))


def bars(picture):
    """The rectangles, as [(x, width)]."""
    return [(float(r.get("x")), float(r.get("width"))) for r in picture.iter(
        "{http://www.w3.org/2000/svg}rect")]


@test
def the_waterfall_is_well_formed_and_to_scale(box):
    report(box)
    found = bars(svg(box, A))
    equal(len(found), 8)
    whole = found[-1][1]
    equal(round(found[2][1] / whole, 3), round(600 / 1161.5, 3))
    equal(round(found[3][1] / whole, 3), round(310 / 1161.5, 3))
    for one, following in zip(found[:6], found[1:7]):
        check(one[1] == 1.5 or abs(one[0] + one[1] - following[0]) < 0.2, one, following)
    for x, width in found:
        check(x >= 0 and x + width <= 860, x, width)


@test
def the_waterfall_escapes_what_others_wrote(box):
    refuse(box)
    report(box, B, names=(b"<&\"\x01>", b"new", b""))
    text = "".join(svg(box).itertext())
    check("<not>" in text and '<&"?>' in text, text)
    check("script" not in box.ok("report", "--svg"), "a script")


@test
def the_waterfall_of_nothing_is_a_picture_too(box):
    equal(bars(svg(box)), [])
    check("no live update since" in "".join(svg(box, A).itertext()), "words")


# --prometheus

@test
def metrics_are_what_a_strict_parser_takes(box):
    report(box, counts=(7, 1, 2, 0, 0, 4))
    found = prometheus.parse(box.ok("report", "--prometheus"))
    labels = {"device": A, "ifname": "eth0"}
    for name, value in (("lunic_updates_total", 1), ("lunic_update_caught_frames", 7),
                        ("lunic_update_lost_frames", 3), ("lunic_update_gap_seconds", 1.1615),
                        ("lunic_update_jump_seconds", 0.91), ("lunic_rx_held", 0),
                        ("lunic_update_link_down_events", 4), ("lunic_update_overrun", 0),
                        ("lunic_update_ring_used_ratio", 0.04), ("lunic_blocked", 0),
                        ("lunic_update_timestamp_seconds", 1763900000)):
        equal((name, found.value(name, **labels)), (name, value))
    for state in ("idle", "preserved", "frozen", "adopted", "refused"):
        equal(found.value("lunic_state", state=state, **labels), int(state == "idle"))
    equal(found.value("lunic_update_outcome", outcome="adopted", **labels), 1)
    equal(found.value("lunic_update_outcome", outcome="none", device=B, ifname="eth1"), 1)
    check(all(name.startswith("lunic_") for name in found.names()), found.names())


@test
def a_metric_that_is_not_known_is_absent(box):
    report(box, flags=OVERRUN | COUNTS)
    found = prometheus.parse(box.ok("report", "--prometheus"))
    for name in ("lunic_update_lost_frames", "lunic_update_gap_seconds"):
        check(not found.samples(name), name)
    equal(found.value("lunic_update_overrun", device=A, ifname="eth0"), 1)
    check(not found.samples("lunic_update_caught_frames", device=B), "of B")


@test
def labels_are_escaped(box):
    box.set(A, ifname='a"b\\c')
    found = prometheus.parse(box.ok("report", "--prometheus", A))
    equal(found.value("lunic_updates_total", device=A, ifname='a"b\\c'), 1)


@test
def the_parser_is_strict(_box):
    good = '# HELP a_b x\n# TYPE a_b gauge\na_b{c="d"} 1\n'
    prometheus.parse(good)
    for bad in (good + good, good.replace("gauge", "number"), good[:-1],
                good.replace('"d"', "d"), good.replace(" 1", " one"),
                good + 'a_b{c="d"} 2\n', 'x 1\n' + good, good.replace('d"', 'd"e"'),
                good.replace("# TYPE a_b gauge\n", ""), good.replace('="d"', '="d'),
                good + '# HELP z y\n# TYPE z gauge\nz 1\na_b{c="e"} 1\n',
                good.replace("a_b", "a-b"), good.replace('"d"', '"\\d"')):
        try:
            prometheus.parse(bad)
        except prometheus.Wrong:
            continue
        check(False, "taken for good", bad)


@test
def the_textfile_is_replaced_whole(box):
    report(box)
    folder = box.root / "textfile"
    folder.mkdir()
    file = folder / "lunic.prom"
    file.write_text("old")
    first = file.stat().st_ino
    equal(box.ok("report", "--prometheus", "--output", file), "")
    prometheus.parse(file.read_text())
    check(file.stat().st_ino != first, "written in place")
    equal(file.stat().st_mode & 0o777, 0o644)
    equal(os.listdir(folder), ["lunic.prom"])


@test
def a_textfile_that_cannot_be_written_leaves_the_old_one(box):
    report(box)
    line = box.fails(2, "report", "--prometheus", "--output", box.root / "no/lunic.prom")
    check("can't write" in line and "(ENOENT)" in line, line)
    (box.root / "full").mkdir()
    line = box.fails(2, "report", "--prometheus", "--output", box.root / "full")
    check("(EISDIR)" in line, line)
    check(not list(box.root.glob(".full.*")), "a temporary file is left")


@test
def a_device_that_does_not_answer_does_not_hide_the_others(box):
    box.set(A, open_errno=ENODEV)
    done = box.run("report", "--prometheus")
    equal(done.returncode, 2)
    check(prometheus.parse(done.stdout).samples("lunic_updates_total", device=B), done)


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.exit(main())
