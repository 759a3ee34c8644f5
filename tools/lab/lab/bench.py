# SPDX-License-Identifier: GPL-2.0
"""Repeats the demo's comparison and reports medians and ratios."""
import os
import statistics

from . import demo, paths, report, verdict

FIGURES = (("longest_gap_ms", "longest gap, ms"), ("to_init_ms", "way to /init, ms"),
           ("lost", "frames lost"), ("link_down_ms", "link down, ms"),
           ("device_resets", "device resets"),
           ("no_descriptor_drops", "dropped for want of a descriptor"),
           ("no_descriptor_waits", "waited for a descriptor"))


def slim(result):
    """Without the series, which only a drawing needs."""
    return {name: value for name, value in result.items() if name not in ("bins", "trace")}


def medians(runs, name):
    """{figure: median} of one driver."""
    return {figure: statistics.median(run[name][figure] for run in runs)
            for figure, _ in FIGURES}


def ratios(ours, other):
    """ours / other, where that means something."""
    return {figure: round(ours[figure] / other[figure], 3)
            for figure, _ in FIGURES if other[figure]}


def show(runs, summary, other):
    """The medians side by side."""
    print(f"\nmedians of {len(runs)} runs\n")
    print(f"{'':34}{'lunic':>10}{other:>10}{'ratio':>8}")
    for figure, title in FIGURES:
        ratio = summary["ratio"].get(figure)
        print(f"{title:34}{summary['lunic'][figure]:>10g}{summary[other][figure]:>10g}"
              f"{'-' if ratio is None else ratio:>8}")


def run(options):
    """The exit code."""
    demo.check(options)
    other = demo.IN_TREE[options.nic]
    name = demo.stem(options.nic, "bench")
    progress = demo.Progress()
    runs, complaints = [], []
    for number in range(1, options.count + 1):
        progress.say(f"run {number} of {options.count}")
        results, env = demo.compare(options, progress, f"{name}-{number}")
        complaints += [f"run {number}: {text}" for text in
                       verdict.complaints(results["lunic"])]
        runs.append({driver: slim(result) for driver, result in results.items()})
    summary = {driver: medians(runs, driver) for driver in ("lunic", other)}
    summary["ratio"] = ratios(summary["lunic"], summary[other])
    # One run's boot may meet other work on this machine; the medians do not
    complaints += verdict.shorter(summary["lunic"], summary[other], other)
    report.write_json(os.path.join(paths.REPORT, name + ".json"),
                      {"median": summary, "runs": runs, "env": env,
                       "complaints": complaints})
    show(runs, summary, other)
    failed = sum(len(run[other]["failed_before"]) for run in runs)
    if failed:
        print(f"\n{failed} more runs of {other} failed and have no figures")
    for text in complaints:
        print("FAIL: " + text)
    return 1 if complaints else 0


def main():
    """tools/lab/bench"""
    parser = demo.arguments("Repeats the demo; prints medians and ratios and writes "
                            "them to bench.json, or bench-MODEL.json.")
    parser.add_argument("--count", type=int, default=5, help="runs (5)")
    return run(parser.parse_args())
