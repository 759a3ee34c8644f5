#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunic-snapshot without a device of lunic's; prints KTAP."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent
ROOT = TOP.parent.parent
DOC = ROOT / "Documentation/networking/device_drivers/ethernet/vendor/lunic.rst"
sys.path.insert(0, str(TOP))
sys.dont_write_bytecode = True

from lunic_snapshot import compare, parse, rules  # noqa: E402

TESTS = []
BASE = {"lunic-snapshot": 1, "interface": "eth0", "device": "0000:01:00.0",
        "kernel": "7.3.4", "taken": 1.0, "missing": {}, "parts": {
            "ethtool -g DEV": {"Current hardware settings": {"RX": "6000", "TX": "512"}},
            "ethtool -S DEV": {"rx_queue_0_packets": 5, "live_update_caught": 9},
            "ip -d -s -s -j link show dev DEV": {
                "mtu": 1400, "stats64": {"rx": {"packets": 5}}},
            "sysfs net": {"queues/tx-0/xps_cpus": "2"},
            "interrupts": {"0": {"number": 33, "smp_affinity_list": "1"}}}}


def test(function):
    """Decorator: adds a test."""
    TESTS.append(function)
    return function


def equal(found, wanted):
    """Fails where two values differ."""
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r}")


def changed(part, path, value):
    """BASE with one value set, or taken away with None."""
    new = copy.deepcopy(BASE)
    *folders, name = path
    node = new["parts"].setdefault(part, {})
    for folder in folders:
        node = node[folder]
    if value is None:
        del node[name]
    else:
        node[name] = value
    return new


def kinds(new, old=None):
    """[(kind, path)] of what counts."""
    found = compare.counting(compare.compare(old or BASE, new))
    return [(difference.kind, difference.path) for difference in found]


def run(*words):
    """(exit status, standard output, standard error)."""
    done = subprocess.run([TOP / "lunic-snapshot", *words], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def files(*snapshots):
    """Their paths in a folder that goes at exit."""
    folder = pathlib.Path(FOLDER.name)
    paths = [folder / f"{number}.json" for number in range(len(snapshots))]
    for path, snapshot in zip(paths, snapshots):
        path.write_text(snapshot if isinstance(snapshot, str) else json.dumps(snapshot),
                        encoding="utf-8")
    return paths


@test
def the_same_is_the_same():
    equal(kinds(copy.deepcopy(BASE)), [])
    equal(run("diff", *files(BASE, BASE)), (0, "", ""))


@test
def a_changed_setting_is_found():
    path = "Current hardware settings", "RX"
    new = changed("ethtool -g DEV", path, "1024")
    equal(kinds(new), [("changed", "ethtool -g DEV/Current hardware settings/RX")])
    status, said, _ = run("diff", *files(BASE, new))
    equal((status, said), (1, "changed: ethtool -g DEV/Current hardware settings/RX: "
                              "'6000' -> '1024'\n"))


@test
def a_setting_that_is_gone_or_new_is_found():
    path = "sysfs net", ("queues/tx-0/xps_cpus",)
    equal(kinds(changed(*path, None))[0][0], "gone")
    equal(kinds(BASE, changed(*path, None)),
          [("new", "sysfs net/queues/tx-0/xps_cpus")])


@test
def a_whole_part_that_is_gone_or_empty_is_found():
    new = copy.deepcopy(BASE)
    del new["parts"]["sysfs net"]
    equal(kinds(new), [("gone", "sysfs net/queues/tx-0/xps_cpus")])
    new["parts"]["sysfs net"] = {}
    equal(kinds(new), [("gone", "sysfs net/queues/tx-0/xps_cpus")])


@test
def counters_may_grow_but_not_go_back_or_vanish():
    for part, path in (("ethtool -S DEV", ("rx_queue_0_packets",)),
                       ("ip -d -s -s -j link show dev DEV", ("stats64", "rx", "packets"))):
        whole = "/".join((part, *path))
        equal(kinds(changed(part, path, 6)), [])
        equal(kinds(changed(part, path, 4)), [("went back", whole)])
        equal(kinds(changed(part, path, None)), [("gone", whole)])
        equal(kinds(BASE, changed(part, path, None)), [])


@test
def numbers_compare_as_numbers():
    new = changed("sysfs net", ("statistics/rx_packets",), "10")
    old = changed("sysfs net", ("statistics/rx_packets",), "9")
    equal(kinds(new, old), [])
    equal(kinds(old, new), [("went back", "sysfs net/statistics/rx_packets")])


@test
def volatile_values_may_differ_and_say_why():
    new = changed("interrupts", ("0", "number"), 41)
    new["parts"]["ethtool -S DEV"]["live_update_caught"] = 2
    equal(kinds(new), [])
    status, said, _ = run("diff", "--all", *files(BASE, new))
    equal(status, 0)
    equal([line.split(":")[0] for line in said.splitlines()], ["allowed"] * 2)
    assert "gives them as it likes" in said, said


@test
def the_affinity_of_an_interrupt_is_not_volatile():
    new = changed("interrupts", ("0", "smp_affinity_list"), "0-1")
    equal(kinds(new), [("changed", "interrupts/0/smp_affinity_list")])


@test
def a_missing_program_is_named_once():
    new = copy.deepcopy(BASE)
    new["missing"] = {"ethtool": "not installed"}
    del new["parts"]["ethtool -g DEV"], new["parts"]["ethtool -S DEV"]
    equal(kinds(new), [("not looked at", "program ethtool")])


@test
def json_output():
    new = changed("sysfs net", ("queues/tx-0/xps_cpus",), "1")
    status, said, _ = run("diff", "--json", *files(BASE, new))
    equal((status, json.loads(said)), (1, [{
        "path": "sysfs net/queues/tx-0/xps_cpus", "kind": "changed", "old": "2", "new": "1",
        "why": ""}]))
    equal(run("diff", "--json", *files(BASE, BASE))[:2], (0, "[]\n"))


@test
def errors_are_one_line_and_status_2():
    other = {**BASE, "lunic-snapshot": 2}
    for words in (("diff", *files(BASE, "{")), ("diff", *files(BASE, "[]")),
                  ("diff", *files(BASE, other)), ("diff", "/none", "/none"), (),
                  ("take",), ("take", "no-such-dev"), ("take", ".."), ("diff", "x")):
        status, said, complaint = run(*words)
        equal((status, said, complaint.count("\n")), (2, "", 1))


@test
def text_with_headers_continued_lines_and_tables():
    equal(parse.text("Ring parameters for eth0:\nPre-set maximums:\nRX:\t\t32768\n"
                     "Current hardware settings:\nRX:\t6000\n"),
          {"Pre-set maximums": {"RX": "32768"}, "Current hardware settings": {"RX": "6000"}})
    equal(parse.text("Settings for eth0:\n\tLink modes:  10/Half 10/Full\n"
                     "\t             100/Full\n\tSpeed: 10\n"),
          {"Link modes": "10/Half 10/Full 100/Full", "Speed": "10"})
    equal(parse.text("RX table for eth0 with 2 RX ring(s):\n    0:   0  1\n"
                     "RSS hash key:\n6d:5a:56\nRSS hash function:\n    toeplitz: on\n"),
          {"0": "0 1", "RSS hash key": {"": "6d:5a:56"},
           "RSS hash function": {"toeplitz": "on"}})
    equal(parse.text("Queue: 0\nrx-usecs: 20\nQueue: 1\nrx-usecs: 30\n"),
          {"Queue 0": {"rx-usecs": "20"}, "Queue 1": {"rx-usecs": "30"}})
    equal(parse.text("expansion-rom-version: \nbus-info: 0000:01:00.0\n"),
          {"expansion-rom-version": "", "bus-info": "0000:01:00.0"})


@test
def lists_are_compared_by_name_not_by_order():
    equal(parse.tidy([{"dst": "b", "x": 1}, {"dst": "a", "flags": ["p", "q"]}]),
          {"b": {"dst": "b", "x": 1}, "a": {"dst": "a", "flags": "p q"}})
    equal(set(parse.tidy([{"dst": "a"}, {"dst": "a"}])), {"a", "a'"})


@test
def registers_have_names():
    data = bytes.fromhex("40c0000000100000" "58c0000007000000" "10380000" "05000000")
    equal(parse.registers(data), {"RDBAL(1)": "0x00001000", "RDT(1)": "0x00000007",
                                  "TDH(0)": "0x00000005"})


@test
def documentation_has_the_same_table():
    said = " ".join(DOC.read_text(encoding="utf-8").split())
    at = 0
    for what, _, why in rules.VOLATILE:
        entry = f"{what} {why}"
        found = said.find(entry, at)
        if found < 0:
            raise AssertionError(f"{DOC.name} has not, or elsewhere: {entry}")
        at = found


@test
def it_looks_at_an_interface_of_this_host():
    status, said, complaint = run("take", "lo")
    equal(status, 0)
    snapshot = json.loads(said)
    equal(snapshot["parts"]["sysfs net"]["address"], "00:00:00:00:00:00")
    for tool in snapshot["missing"]:
        assert tool in complaint, complaint
    equal(kinds(snapshot, snapshot), [])


@test
def a_missing_program_is_told():
    done = subprocess.run([sys.executable, TOP / "lunic-snapshot", "take", "lo"],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": "/nowhere"})
    equal((done.returncode, "ethtool is not installed" in done.stderr), (0, True))
    equal(sorted(json.loads(done.stdout)["missing"]), ["bridge", "ethtool", "ip", "tc"])


FOLDER = tempfile.TemporaryDirectory(prefix="lunic-snapshot-")


def main():
    """The exit code."""
    print(f"KTAP version 1\n1..{len(TESTS)}")
    failed = 0
    for number, function in enumerate(TESTS, 1):
        name = function.__name__.replace("_", " ")
        try:
            function()
            print(f"ok {number} {name}")
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()) +
                  f"not ok {number} {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
