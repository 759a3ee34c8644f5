#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel's own selftests of a NIC against lunic, or with --all against the stock
drivers too: build/report/kernel-selftests.md shows both side by side."""
import argparse
import collections
import os
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../../../tools/lab"), HERE]
sys.dont_write_bytecode = True

from lab import paths  # noqa: E402
from lab.errors import LabError  # noqa: E402
from lib import expected, health, ktap  # noqa: E402
from lib.kselftest import Bench  # noqa: E402
from lib.machine import folder  # noqa: E402

MODELS = ("igb", "e1000e")
# What a change of the driver breaks first, and short
QUICK = ("queues.py", "napi_id.py", "napi_threaded.py", "ring_reconfig.py", "hw/irq.py",
         "hw/nic_timestamp.py", "hw/rss_api.py")
# A file's limit in seconds, against hangs alone
LIMIT = 1200


class Run:
    """The results of one driver on one model: {file: {case: (verdict, note)}}."""

    def __init__(self, driver, model, wanted):
        self.driver, self.model = driver, model
        self.results, self.seconds = {}, {}
        with Bench(folder(f"{driver}-{model}"), driver, model) as bench:
            bench.vm.must("dmesg -n 8")
            for file in wanted or bench.files():
                self._take(bench, file)
            bench.vm.must("dmesg > /host/dmesg.0")
            self.troubles = health.complaints(
                bench.vm.must("dmesg", 120).splitlines())

    def _take(self, bench, file):
        begin = time.monotonic()
        try:
            self.results[file] = bench.run(file, LIMIT)
        except LabError as error:
            self.results[file] = {"(all)": ("fail", str(error).splitlines()[0])}
        self.seconds[file] = time.monotonic() - begin
        counts = collections.Counter(verdict for verdict, _ in self.results[file].values())
        ktap.say(f"{self.driver} on {self.model}, {file}: {self.seconds[file]:.0f} s, "
                 + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))


def cell(results, file, case):
    """One driver's verdict in the table."""
    return results.get(file, {}).get(case, ("-", ""))[0]


def table(model, lunic, stock):
    """The lines of a model's table."""
    lines = [f"## {model}", "", f"| file | test | lunic | {stock.driver} | note |",
             "| --- | --- | --- | --- | --- |"]
    for file in sorted(lunic.results.keys() | stock.results.keys()):
        cases = {**lunic.results.get(file, {}), **stock.results.get(file, {})}
        for case in cases:
            note = lunic.results.get(file, {}).get(case, ("", ""))[1]
            note = expected.reason(model, file, case) or note
            lines.append(f"| {file} | {case} | {cell(lunic.results, file, case)} | "
                         f"{cell(stock.results, file, case)} | "
                         + note.replace("|", "/")[:100] + " |")
    return lines + [""]


def totals(model, run):
    """A line of the summary."""
    counts = collections.Counter(verdict for cases in run.results.values()
                                 for verdict, _ in cases.values())
    return (f"| {model} | {run.driver} | " + " | ".join(
        str(counts[verdict]) for verdict in ("pass", "fail", "xfail", "skip")) + " |")


def report(pairs):
    """Writes build/report/kernel-selftests.md."""
    lines = ["# The kernel's selftests of network drivers, unmodified", "",
             "| device | driver | pass | fail | xfail | skip |",
             "| --- | --- | --- | --- | --- | --- |"]
    for model, (lunic, stock) in pairs.items():
        lines += [totals(model, lunic), totals(model, stock)]
    lines.append("")
    for model, (lunic, stock) in pairs.items():
        lines += table(model, lunic, stock)
    os.makedirs(paths.REPORT, exist_ok=True)
    path = os.path.join(paths.REPORT, "kernel-selftests.md")
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(lines))
    ktap.say(f"written: {path}")


def judge(number, model, file, lunic, stock):
    """One line of KTAP; whether it is good."""
    found = expected.complaints(model, file, lunic, stock)
    for text in found:
        ktap.say(text)
    skipped = all(verdict == "skip" for verdict, _ in lunic.values())
    print(f"{'not ok' if found else 'ok'} {number} {model} {file}"
          + (" # SKIP every case" if skipped and not found else ""), flush=True)
    return not found


def main():
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="all files, and the stock driver")
    parser.add_argument("--model", choices=MODELS, action="append", help="a device (both)")
    parser.add_argument("file", nargs="*", help="e.g. hw/csum.py (a short list)")
    options = parser.parse_args()
    print("KTAP version 1", flush=True)
    wanted = options.file or ([] if options.all else QUICK)
    pairs, good, number = {}, True, 0
    for model in options.model or MODELS:
        lunic = Run("lunic", model, wanted)
        stock = Run(model, model, wanted) if options.all else None
        pairs[model] = (lunic, stock)
        for file, results in lunic.results.items():
            number += 1
            good &= judge(number, model, file, results,
                          stock.results.get(file, {}) if stock else {})
        number += 1
        for text in lunic.troubles:
            ktap.say(text)
        print(f"{'not ok' if lunic.troubles else 'ok'} {number} {model} kernel log")
        good &= not lunic.troubles
    print(f"1..{number}")
    if options.all:
        report(pairs)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
