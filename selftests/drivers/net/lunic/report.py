#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What lunicctl reports of updates under traffic, beside what was seen from outside; and what
it reports where something was made to go wrong."""
import contextlib
import json
import os
import sys
import time
import xml.etree.ElementTree

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module, paths, sabotage, trace

sys.path.insert(0, os.path.join(paths.ROOT, "tools/lunicctl/tests"))
import prometheus  # noqa: E402
import schema  # noqa: E402

BDF = nic_module.bdf(0)
RATE = 1000
# From a driver's instruction to its line on the console
CLOCK_MS = 40
# From the delivery to an application's first answer, of a machine that is busy otherwise
ANSWER_MS = 400
LAST_WORDS = "kexec_core: Starting new kernel"
PHASES = ["preserve", "preserved", "freeze", "quiet", "sealed", "start", "probe", "adopted",
          "up", "delivered", "finished"]
# Of the initramfs, which is made anew at each boot
KEEP = "mkdir -p /host/lib && rm -rf /var/lib && mkdir -p /var && ln -s /host/lib /var/lib"
program = ktap.Program()


def read(machine, command="report", *more):
    """What a command prints as JSON, which must be as its schema says."""
    text = machine.must(" ".join(("lunicctl -j", command, *more)))
    data = json.loads(text)
    ktap.equal(schema.complaints(command, data), [], f"lunicctl {command}")
    return data


class Update:
    """An update under traffic, and what both sides say of it."""

    def __init__(self, machine, act=None):
        self.machine = machine
        machine.load()
        self.release = machine.must("uname -r").strip()
        with machine.traffic(rate=RATE) as traffic:
            time.sleep(1)
            self.begin = time.time()
            machine.preserve()
            machine.leave()
            self.sealed = machine.vm.console.wait("live update: frozen", 60, machine.since)[0]
            if act:
                machine.vm.console.wait(LAST_WORDS, 60, machine.since)
                machine.vm.qmp.execute("stop")
                act(machine)
                machine.vm.qmp.execute("cont")
            machine.arrive()
            traffic.resumed(machine.left)
            time.sleep(1)
            self.early = read(machine)[0]
            self.counts = traffic.stop()
            self.longest = traffic.books["longest_gap_ms"]
        self.resumed = machine.sh("lunicctl resume --no-network")
        self.report = read(machine)[0]
        self.seen = machine.window(self.begin, time.time())
        machine.must(f"{KEEP}; lunicctl history --record")
        ktap.say(f"caught {self.report.get('caught_frames')}, gap "
                 f"{self.report.get('gap_ms')} ms, the witness's longest {self.longest} ms")

    def at(self, phase):
        """When a phase came, by the report, in ms since the seal."""
        return next(p["at_ms"] for p in self.report["phases"] if p["phase"] == phase)

    def written(self):
        """Frames that QEMU wrote to the guest's memory while the report says that none was
        delivered."""
        first, last = (self.sealed + self.at(phase) / 1000
                       for phase in ("freeze", "delivered"))
        return sum(name in trace.FRAME_EVENTS and first <= when <= last for when, name, _ in
                   trace.events(self.machine.vm.path("trace.log")))


class Run:
    """Updates one after the other, in one machine."""

    def __init__(self, machine):
        self.machine = machine
        self.none = read(machine)[0]
        self.updates = [Update(machine), Update(machine)]


@contextlib.contextmanager
def setup():
    """Two updates as they should be; the cases after theirs make others."""
    with Machine(resume=False, rate=RATE, events=trace.FRAME_EVENTS) as machine:
        yield Run(machine)


@program.case("before any update there is none to report")
def _(run):
    ktap.equal(run.none["outcome"], "none", "outcome")


def both(title):
    """Adds a case for each of the two updates."""
    def add(check):
        for number in range(2):
            program.case(f"update {number + 1}: {title}")(
                lambda run, n=number: check(run.updates[n], n))
        return check
    return add


@both("nothing was lost, by the witness and by the report; the link was never down")
def _(update, _number):
    unharmed(update.counts, but=("unanswered",))
    report = update.report
    ktap.equal((report["lost_frames"], report["overrun"], report["link_down_events"]),
               (0, False, 0), "lost, overrun, link downs")


@both("adopted, its number, and the release of both kernels")
def _(update, number):
    report = update.report
    ktap.equal((report["outcome"], report["update"], report["from_release"],
                report["to_release"]),
               ("adopted", number + 1, update.release, update.release), "report")


@both("every phase is there, in its order; before the finish all but that")
def _(update, _number):
    ktap.equal([p["phase"] for p in update.report["phases"]], PHASES, "phases")
    ktap.equal([p["phase"] for p in update.early["phases"]], PHASES[:-1], "before")
    times = [p["at_ms"] for p in update.report["phases"]]
    ktap.equal(times, sorted(times), "times")


@both("frames caught are those that QEMU wrote meanwhile by the report's times, to 40 ms")
def _(update, _number):
    caught, written = update.report["caught_frames"], update.written()
    ktap.say(f"caught {caught}, written {written}")
    ktap.check(caught > 0 and abs(caught - written) <= RATE * CLOCK_MS / 1000,
               f"caught {caught}, written {written}")


@both("the gap is the witness's longest, which lasts until an application answers")
def _(update, _number):
    gap = update.report["gap_ms"]
    ktap.check(-CLOCK_MS <= update.longest - gap <= ANSWER_MS,
               f"{gap} ms, the witness's {update.longest} ms")


@program.case("the picture, the metrics and the reporter say the same")
def _(run):
    machine, report = run.machine, run.updates[-1].report
    machine.must("lunicctl report --svg > /host/report.svg && "
                 "lunicctl report --prometheus --output /host/lunic.prom")
    xml.etree.ElementTree.parse(os.path.join(machine.vm.share, "report.svg"))
    with open(os.path.join(machine.vm.share, "lunic.prom"), encoding="ascii") as source:
        metrics = prometheus.parse(source.read())
    labels = {"device": BDF, "ifname": "eth0"}
    ktap.equal([metrics.value(f"lunic_{name}", **labels) for name in
                ("updates_total", "update_caught_frames", "update_lost_frames")],
               [2, report["caught_frames"], 0], "metrics")
    text = machine.must(f"devlink health diagnose pci/{BDF} reporter liveupdate")
    ktap.contains(text, "last_outcome: adopted", "reporter")
    ktap.contains(text, "last_missed: 0", "reporter")


@program.case("the history has both, once")
def _(run):
    run.machine.must("lunicctl history --record")
    found = read(run.machine, "history")
    ktap.equal([(e["update"], e["caught_frames"]) for e in found],
               [(n + 1, u.report["caught_frames"]) for n, u in enumerate(run.updates)],
               "history")
    ktap.equal(len({e["boot_id"] for e in found}), 2, "boots")


@program.case("monitor tells of what is done to the device, and of its link")
def _(run):
    machine = run.machine
    machine.must("lunicctl -j monitor > /host/monitor & echo $! > /run/monitor; sleep 1")
    machine.must("lunicctl preserve eth0 && lunicctl cancel eth0")
    machine.vm.qmp.set_link("net0", False)
    machine.wait_for('[ "$(cat /sys/class/net/eth0/carrier)" = 0 ]')
    machine.vm.qmp.set_link("net0", True)
    machine.carrier()
    time.sleep(2)
    machine.must("kill -INT $(cat /run/monitor); sleep 0.5")
    with open(os.path.join(machine.vm.share, "monitor"), encoding="ascii") as source:
        seen = [json.loads(line) for line in source]
    ktap.equal([schema.complaints("monitor", e) for e in seen], [[]] * len(seen), "schema")
    told = [(e["event"], e["state"] if e["event"] == "state" else e["link"])
            for e in seen if e["pci"] == BDF]
    ktap.equal(told, [("present", True), ("state", "preserved"), ("state", "idle"),
                      ("link", False), ("link", True)], "events")


@program.case("control: the link lost in the jump is reported as one link event")
def _(run):
    def act(machine):
        machine.vm.qmp.set_link("net0", False)
        machine.vm.qmp.set_link("net0", True)

    update = Update(run.machine, act)
    ktap.equal((update.report["outcome"], update.report["link_down_events"]),
               ("adopted", 1), "outcome, link events")


@program.case("control: rings that are too short: an overrun, and no loss told as none")
def _(run):
    machine = run.machine
    # What is posted is not taken back: new rings have what they are to have
    machine.must("ethtool -G eth0 rx 64 && ethtool -L eth0 combined 1 && "
                 "ethtool -L eth0 combined 2")
    machine.carrier()
    update = Update(machine)
    report, seen = update.report, update.seen
    ktap.say(f"QEMU: {seen.no_descriptor_drops} dropped, {seen.no_descriptor_waits} waited; "
             f"{update.counts['lost']} lost, {update.counts['refused']} refused")
    ktap.check(seen.no_descriptor_drops + seen.no_descriptor_waits, "QEMU saw no full ring")
    ktap.equal((report["overrun"], "lost_frames" in report), (True, False),
               "overrun, a count of losses (QEMU's devices keep none)")
    ring = report["fullest_ring"]
    ktap.equal(ring["used_buffers"], ring["posted_buffers"], "buffers used")
    machine.must("ethtool -G eth0 rx 8192")


@program.case("control: a device that was reset is reported as refused, with the reason")
def _(run):
    machine = run.machine
    update = Update(machine, lambda m: sabotage.reset(m.vm, 0))
    report = update.report
    ktap.equal((report["outcome"], report["from_release"]), ("refused", update.release),
               "outcome, old kernel")
    ktap.contains(report["reason"], "it was reset", "reason")
    ktap.check("gap_ms" not in report and "lost_frames" not in report, f"a gap in {report}")
    ktap.equal(state.show(machine)["updates"], 0, "updates")


@program.case("no kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
