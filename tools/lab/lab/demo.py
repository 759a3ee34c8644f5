# SPDX-License-Identifier: GPL-2.0
"""The demo: lunic's live update and an in-tree driver's kexec, same traffic."""
import argparse
import os
import subprocess
import sys
import time

from . import paths, rate, report, svg, update, verdict
from .errors import LabError

LEAST_BUDGET = 4.0
# The NICs that lunic drives, and the driver that it is compared with
IN_TREE = {"igb": "igb", "e1000e": "e1000e"}
# So often the run of the in-tree driver may fail before it is given up
ATTEMPTS = 5


class Progress:
    """A line for each step, with the time since the start."""

    def __init__(self):
        self.begin = time.monotonic()

    def say(self, text):
        """Prints one step."""
        print(f"[{time.monotonic() - self.begin:6.1f} s] {text}", flush=True)

    def of(self, name):
        """The same, with a name before each line."""
        return lambda text: self.say(f"{name}: {text}")


def arguments(description):
    """What demo and bench have in common."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rate", type=int, default=1000, help="frames a second (1000)")
    parser.add_argument("--flows", type=int, default=16, help="UDP flows (16)")
    parser.add_argument("--size", type=int, default=128, help="bytes of a frame (128)")
    parser.add_argument("--nic", choices=sorted(IN_TREE), default="igb",
                        help="QEMU's NIC model: igb is an 82576, e1000e an 82574L (igb)")
    parser.add_argument("--budget", type=float, default=0,
                        help="seconds of traffic that the receive rings hold (as long as "
                             "the in-tree driver's gap on this machine, at least 4)")
    return parser


def check(options):
    """Bad values end here, before any VM starts."""
    for name, low, high in (("rate", 1, 50000), ("flows", 1, 256), ("size", 96, 1514)):
        value = getattr(options, name)
        if not low <= value <= high:
            raise LabError(f"--{name} {value}: a number from {low} to {high} is needed")
    paths.variant("lab", "lunic.ko")


def qemu_version():
    """QEMU's version alone."""
    text = subprocess.run([paths.qemu(), "--version"], capture_output=True, text=True,
                          check=True).stdout
    return text.split("version ", 1)[1].split()[0]


def plan(options, driver, **changes):
    """One run of one driver."""
    values = {"driver": driver, "nic": options.nic, "preserve": driver == "lunic",
              "rate": options.rate, "flows": options.flows, "size": options.size,
              "budget": options.budget or LEAST_BUDGET, **changes}
    return update.Plan(**values)


def stem(nic, what="demo"):
    """How the files of a demo or a bench with that NIC are called."""
    return what if nic == "igb" else f"{what}-{nic}"


def folder(name):
    """Where a run leaves its logs."""
    return os.path.join(paths.BUILD, "run", name)


def budget(result):
    """Seconds that a receive ring should hold, from a first measured gap."""
    return max(LEAST_BUDGET, round(result["longest_gap_ms"] / 1000, 1))


def plain(options, driver, where, progress):
    """The in-tree driver's plain kexec, and how attempts before it failed. Its next kernel
    may die: e1000e's was seen with frames written over it."""
    errors = []
    while True:
        try:
            result = update.run(plan(options, driver), where, progress)
            return {**result, "failed_before": errors}
        except LabError as error:
            errors.append(str(error))
            if len(errors) == ATTEMPTS:
                raise
            progress(f"failed: {errors[-1].splitlines()[0]}; attempt {len(errors) + 1} of "
                     f"{ATTEMPTS}")


def compare(options, progress, prefix):
    """(results by name, environment). The in-tree driver goes first: its gap tells how
    slow this machine is, and so how long lunic's rings have to be."""
    other = IN_TREE[options.nic]
    peer = plain(options, other, folder(f"{prefix}-{other}"), progress.of(other))
    options.budget = options.budget or budget(peer)
    first = update.run(plan(options, "lunic"), folder(f"{prefix}-lunic"),
                       progress.of("lunic"))
    env = {"kernel": first["kernel"], "qemu": qemu_version(),
           "accelerator": first["accelerator"], "rate": options.rate,
           "flows": options.flows, "frame_size": options.size, "nic": options.nic,
           "gap_budget_s": options.budget,
           "reboot_call": "reboot(LINUX_REBOOT_CMD_KEXEC) for both"}
    return {"lunic": first, other: peer}, env


def sustained(options, progress):
    """The highest rate the VM sustains, and a live update at that rate."""
    prefix = stem(options.nic)
    highest, tried = rate.highest(plan(options, "lunic"), folder(f"{prefix}-rate"),
                                  progress.of("rate"))
    if highest is None:
        return {"rate": None, "tried": tried, "lunic": None}
    result = update.run(plan(options, "lunic", rate=highest), folder(f"{prefix}-highest"),
                        progress.of(f"lunic at {highest:,} frames/s"))
    return {"rate": highest, "tried": tried, "lunic": result}


def judge_sustained(found):
    """Complaints about the run at the highest rate."""
    if found["rate"] is None:
        return ["the VM sustains none of the rates with 20 % to spare"]
    return [f"at {found['rate']:,} frames/s: {text}"
            for text in verdict.undisturbed(found["lunic"]) + verdict.spread(found["lunic"])]


def run(options):
    """The exit code."""
    check(options)
    progress = Progress()
    results, env = compare(options, progress, stem(options.nic))
    other = IN_TREE[options.nic]
    complaints = (verdict.complaints(results["lunic"]) +
                  verdict.shorter(results["lunic"], results[other], other))
    whole = {**results, "env": env}
    if options.sustained:
        whole["sustained"] = sustained(options, progress)
        complaints += judge_sustained(whole["sustained"])
    whole["complaints"] = complaints
    write(results, env, whole)
    show(results, env, whole)
    return 1 if complaints else 0


def write(results, env, whole):
    """demo.json and demo.svg, or demo-MODEL.json and .svg."""
    base = os.path.join(paths.REPORT, stem(env["nic"]))
    report.write_json(base + ".json", whole)
    drawing = svg.draw(results, env["rate"], report.conditions(env))
    with open(base + ".svg", "w", encoding="utf-8") as out:
        out.write(drawing)


def show(results, env, whole):
    """Table and verdict."""
    print("\n" + report.conditions(env) + "\n")
    print(report.table(results, env))
    found = whole.get("sustained")
    if found and found["lunic"]:
        print(f"\nlunic at {found['rate']:,} frames/s, the highest of 2,000, 5,000 and "
              "10,000 that this VM sustains\nwith 20 % to spare:\n")
        print(report.table({"lunic": found["lunic"]}, env))
    name = stem(env["nic"])
    print(f"\nwritten: {paths.REPORT}/{name}.svg, {name}.json; logs in {folder(name)}-*")
    for text in whole["complaints"]:
        print("FAIL: " + text)
    if not whole["complaints"]:
        print("PASS: nothing lost, nothing doubled, the device was never disturbed")


def guarded(main):
    """Runs it; errors become one line and exit code 1."""
    try:
        sys.exit(main())
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def main():
    """tools/lab/demo"""
    parser = arguments("A live update with lunic and a plain kexec with the in-tree "
                       "driver, one after the other, under the same traffic.")
    parser.add_argument("--no-sustained", dest="sustained", action="store_false",
                        help="leave out the run at the highest rate")
    return run(parser.parse_args())
