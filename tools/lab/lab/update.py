# SPDX-License-Identifier: GPL-2.0
"""One live update under traffic: boots, preserves, jumps, and counts."""
import time
from dataclasses import dataclass, field

from . import ring
from .errors import LabError
from .guest import Guest
from .nic import Nic
from .report import write_json
from .vm import VM
from .witness import Witness

# The window of QEMU's trace ends so long after the new kernel's first answer
WATCH_SECONDS = 5.0
UPDATE_TIMEOUT = 120


@dataclass
class Plan:
    """What is run. preserve=False is the ordinary kexec of any driver."""
    driver: str = "lunic"
    nic: str = "igb"
    preserve: bool = True
    rate: int = 1000
    flows: int = 16
    size: int = 128
    warm_up: float = 3.0
    after: float = 6.0
    budget: float = 4.0
    updates: int = 1
    variant: str = "lab"
    memory: str = "2G"
    loud: bool = False
    faults: dict = field(default_factory=dict)
    events: tuple = ()


def silent(text):
    """Where nobody wants to hear of progress."""
    del text


def wait_carrier(vm, timeout=30):
    """Waits until the guest sees the link."""
    if vm.sh("test -e /sys/class/net/eth0")[0]:
        raise LabError(f"{', '.join(vm.guest.modules) or 'no driver'}: no interface eth0 "
                       f"for {vm.nics[0].model}; see {vm.path('serial.log')}")
    vm.must("for i in $(seq 300); do "
            "[ \"$(cat /sys/class/net/eth0/carrier 2>&1)\" = 1 ] && exit 0; "
            "sleep 0.1; done; echo no link; exit 1", timeout)


class LiveUpdate:
    """The steps, for the demo in one go and for tests one by one."""

    def __init__(self, plan, folder, say=silent):
        self.plan = plan
        self.say = say
        self.guest = Guest(modules=[plan.driver], sink=plan.flows, loud=plan.loud)
        self.vm = VM(folder, nics=[Nic(plan.nic)], guest=self.guest,
                     variant=plan.variant, memory=plan.memory, events=plan.events)
        self.witness = None
        self.begin = self.end = None
        self.ring = self.kernel = None
        self.shares = {}
        self.jumps = []

    def __enter__(self):
        self.say(f"boot ({self.vm.accel})")
        self.vm.__enter__()
        return self

    def __exit__(self, *unused):
        if self.witness:
            self.witness.__exit__()
        self.vm.stop()

    # Before

    def prepare(self):
        """Spreads UDP over the queues, sizes the rings, loads the next kernel."""
        # Not every driver lets it be set; what counts is measured below
        self.vm.sh("ethtool -N eth0 rx-flow-hash udp4 sdfn")
        self.shares = self.measure_shares()
        wanted = ring.length(self.plan.rate, max(self.shares.values()), self.plan.budget)
        self.ring = ring.set_length(self.vm, wanted)
        self.say(f"receive rings of {self.ring} descriptors ({wanted} = "
                 f"{self.plan.rate:,} frames/s x {max(self.shares.values()):.0%} in the "
                 f"busiest queue x {self.plan.budget:g} s)")
        wait_carrier(self.vm)
        self.load()

    def measure_shares(self, seconds=1):
        """How the flows fall on the queues."""
        wait_carrier(self.vm)
        before = ring.queue_packets(self.vm)
        self._witness(seconds=seconds, rate=min(self.plan.rate, 1000)).finish()
        return ring.shares(before, ring.queue_packets(self.vm))

    def load(self):
        """Loads the next kernel; its init resumes what was preserved."""
        self.vm.load(self.guest.command_line(resume=self.plan.preserve))

    def _witness(self, **options):
        settings = {"rate": self.plan.rate, "flows": self.plan.flows,
                    "size": self.plan.size, **options}
        return Witness(self.vm.wires.host_ends[0], **settings).start()

    def start_traffic(self):
        """Begins to send and waits for answers."""
        self.witness = self._witness(log=self.vm.path("answers.bin"), **self.plan.faults)
        self.witness.wait_first()
        time.sleep(self.plan.warm_up)

    # The update

    def preserve(self):
        """The sink's marks always; the NIC where the plan says so."""
        if self.begin is None:
            self.begin = time.time()
        self.vm.must("sink --preserve")
        if self.plan.preserve:
            self.vm.must("lunicctl preserve eth0")

    def jump(self, meanwhile=None):
        """One update: from the reboot call to answers from the new kernel. meanwhile is
        called as soon as the reboot call is made, for what disturbs the device."""
        since, left = self.vm.jump()
        self.say("jump")
        if meanwhile:
            meanwhile(self.vm)
        self.vm.wait_kernel(since)
        back, gap = self.witness.wait_resumed(left, UPDATE_TIMEOUT)
        self.vm.wait_shell(since)
        self.say(f"answers again after {gap / 1000:.2f} s")
        self.jumps.append(self._jump_times(since, left, back, gap))
        self.end = back + WATCH_SECONDS
        return self.jumps[-1]

    def _jump_times(self, since, left, back, gap):
        def after(pattern):
            found = self.vm.console.find(pattern, since)
            return round((found[0] - left) * 1000, 1) if found else None

        return {"gap_ms": gap, "to_init_ms": after("lab: init"),
                "to_sink_ms": after("lab: sink ready"), "to_up_ms": after("lab: up"),
                "to_resumed_ms": after("lab: resume rc="),
                "to_first_answer_ms": round((back - left) * 1000, 1)}

    def update(self):
        """All jumps of the plan, each with the next kernel loaded before."""
        for number in range(self.plan.updates):
            if number:
                self.load()
                time.sleep(1)
            self.preserve()
            time.sleep(0.5)
            self.jump()

    # After

    def collect(self):
        """Stops the traffic and puts all books into one."""
        time.sleep(max(0.0, self.end + 0.2 - time.time()))
        time.sleep(max(0.0, self.plan.after - WATCH_SECONDS))
        books = self.witness.stop()
        report = self.vm.sink_report()
        self.kernel = self.vm.must("uname -r").strip()
        queues = ring.queue_packets(self.vm)
        write_json(self.vm.path("witness.json"), books)
        write_json(self.vm.path("sink.json"), report)
        self.vm.stop()
        return self._result(books, report, queues, self.vm.seen(self.begin, self.end))

    def _result(self, books, report, queues, seen):
        if report["beyond"]:
            raise LabError("the sink got numbers that it can't mark; use fewer frames "
                           "or more flows")
        result = counts(books, report)
        result.update({
            "longest_gap_ms": books["longest_gap_ms"],
            "link_down_ms": seen.link_down_ms,
            "device_resets": seen.device_resets,
            "no_descriptor_drops": seen.no_descriptor_drops,
            "no_descriptor_waits": seen.no_descriptor_waits,
            "bus_master_clears": seen.bus_master_clears,
            "bus_master_clears_port": seen.bus_master_clears_port,
            "config_writes": seen.config_writes,
            "to_init_ms": self.jumps[-1]["to_init_ms"] if self.jumps else None,
            "jumps": self.jumps, "driver": self.plan.driver, "ring": self.ring,
            "queue_shares": self.shares, "queue_packets": queues,
            "updates": report["updates"], "trace": seen.happened,
            "kernel": self.kernel, "accelerator": self.vm.accel,
            "begin_s": round(self.begin - books["start"], 3),
            "gap_begin_s": round(books["gap_begin"] - self.begin, 3),
            "bin_ms": books["bin_ms"], "bins": books["bins"]})
        return result


def counts(books, report):
    """Loss by what the application read; the witness's own view beside it."""
    both = {name: max(books[name], report[name])
            for name in ("duplicated", "reordered", "corrupted")}
    return {"sent": books["sent"], "lost": books["sent"] - report["received"],
            "refused": books["refused"],
            "unanswered": report["received"] - books["answered"], **both,
            "witness": {name: books[name] for name in (
                "answered", "duplicated", "reordered", "corrupted", "stale", "unknown",
                "late_ms")},
            "application": {name: report[name] for name in (
                "received", "duplicated", "reordered", "corrupted", "stale", "foreign",
                "unsent")}}


def run(plan, folder, say=silent):
    """The whole of it: one dictionary."""
    with LiveUpdate(plan, folder, say) as update:
        update.prepare()
        update.start_traffic()
        update.update()
        return update.collect()
