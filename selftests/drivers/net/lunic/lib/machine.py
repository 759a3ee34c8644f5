# SPDX-License-Identifier: GPL-2.0
"""A VM with lunic, a sink, numbered traffic on demand, and jumps."""
import os
import shutil
import sys
import time

from lab import nic as nic_module, paths, ring, update
from lab.guest import Guest, Interface
from lab.nic import Nic
from lab.vm import VM

from . import device, health, kmemleak, ktap
from . import variant as variants
from .traffic import FLOWS, Traffic

RATE = 1000
# At RATE the busiest queue's ring holds what comes in several slow jumps
RING = 8192
WATCH_SECONDS = update.WATCH_SECONDS
# The guest's shell takes its own small ip and tc before those in the image
REAL = 'ip() { /bin/ip "$@"; }; tc() { /bin/tc "$@"; }; '


def folder(part="vm"):
    """Where this test program leaves its logs."""
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    return os.path.join(paths.BUILD, "check", variants.named(device.named(name)),
                        part)


def interface(index):
    """An interface and its neighbour outside, in a network of its own."""
    return Interface(f"eth{index}", f"10.0.{index}.2/24",
                     (f"10.0.{index}.1", nic_module.HOST_MAC))


class Machine:
    """nics: number of NICs (LAB_NIC) whose wires end outside, or a list of Nic."""

    def __init__(self, nics=1, part="vm", rate=RATE, rings=RING, resume=True,
                 variant=variants.NAME, memory="2G", append="", interfaces=None, sink=FLOWS,
                 modules=("lunic",), **options):
        if isinstance(nics, int):
            nics = [Nic(device.MODEL) for _ in range(nics)]
        outside = [i for i, nic in enumerate(nics) if nic.wire == "host"]
        if interfaces is None:
            interfaces = [interface(i) for i in outside]
        self.guest = Guest(modules=list(modules), sink=sink, interfaces=interfaces,
                           loud=variants.is_slow(variant),
                           extra=variants.words(variant, append))
        self.vm = VM(folder(part), nics=nics, guest=self.guest, variant=variant,
                     memory=variants.memory(variant, memory), **options)
        self.rate = variants.rate(variant, rate)
        self.rings, self.resume = rings, resume
        self.kernels = 0
        self.left = None

    def __enter__(self):
        self.vm.__enter__()
        try:
            return self._prepare()
        except BaseException:
            self.vm.stop()
            raise

    def __exit__(self, *unused):
        self.vm.stop()

    def _prepare(self):
        self.hear()
        for net in self.guest.interfaces:
            if net.up:
                self.must(f"ethtool -G {net.name} rx {self.rings} || true")
                self.carrier(net.name)
        return self

    # The guest

    def must(self, command, timeout=60):
        """The output of a command that has to succeed."""
        return self.vm.must(REAL + command, timeout)

    def sh(self, command, timeout=60):
        """(exit status, output) of a command."""
        return self.vm.sh(REAL + command, timeout)

    def carrier(self, name="eth0"):
        """Waits for the link of an interface."""
        self.must(f"for i in $(seq 300); do [ \"$(cat /sys/class/net/{name}/carrier)\" = 1 ]"
                  " && exit 0; sleep 0.1; done; echo no link; exit 1", 60)

    def wait_for(self, condition):
        """Waits until a condition of the guest's shell holds."""
        self.must(f"for i in $(seq 200); do {condition} && exit 0; sleep 0.1; done; "
                  f"echo never: '{condition}'; exit 1")

    def hear(self):
        """From now on the console shows every message of the kernel."""
        self.must("dmesg -n 8")

    def dmesg(self):
        """The lines of this kernel so far, which stay in the folder too."""
        self.must(f"dmesg > /host/dmesg.{self.kernels}")
        with open(os.path.join(self.vm.share, f"dmesg.{self.kernels}"),
                  encoding="utf-8", errors="replace") as source:
            return source.read().splitlines()

    def logged(self, text):
        """The lines of this kernel that contain a text."""
        return [line for line in self.dmesg() if text in line]

    def give(self, program):
        """Puts one of the tests' own guest programs below /host; its path there."""
        source = paths.need(os.path.join(paths.BUILD, "selftests", program),
                            "run make -C selftests/drivers/net/lunic")
        shutil.copy2(source, os.path.join(self.vm.share, program))
        return f"/host/{program}"

    def give_module(self, module):
        """Puts a module of the kernel below /host; its path there."""
        source = paths.need(os.path.join(paths.BUILD, self.vm.variant, "kdir", module + ".ko"),
                            "run make setup")
        shutil.copy2(source, self.vm.share)
        return f"/host/{os.path.basename(source)}"

    def troubles(self):
        """What any kernel of this machine had to complain of."""
        leaks = []
        if self.vm.alive():
            self.dmesg()
            leaks = kmemleak.found(self)
        lines = [text for _, text in self.vm.console.lines]
        for number in range(self.kernels + 1):
            path = os.path.join(self.vm.share, f"dmesg.{number}")
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as source:
                    lines += source.read().splitlines()
        for race in health.others_races(lines):
            ktap.say(f"a race, not lunic's: {race}")
        lines, splats = health.without_pciehp(lines)
        if splats:
            ktap.say(f"lockdep on the order of locks in pciehp, not lunic's: {splats}")
        return health.complaints(lines) + leaks

    # Traffic

    def traffic(self, index=0, **options):
        """Numbered frames to a NIC: use with 'with'."""
        options = {"rate": self.rate, "flows": FLOWS, **options}
        options["rate"] = variants.rate(self.vm.variant, options["rate"])
        return Traffic(self.vm, index, **options)

    def second_sink(self, index):
        """A sink of its own for another NIC: two senders would disturb each other."""
        port = 9000 + index
        self.must("unshare -m sh -c 'mount -t tmpfs none /run && "
                  f"exec sink --port {port}' >/dev/null 2>&1 & "
                  f"until grep -q ':{port:04X} ' /proc/net/udp; do sleep 0.1; done")
        return port

    def queue_shares(self, seconds=1):
        """How the flows fall on the queues."""
        before = ring.queue_packets(self.vm)
        with self.traffic() as traffic:
            time.sleep(seconds)
            traffic.stop()
        return ring.shares(before, ring.queue_packets(self.vm))

    # The next kernel

    def load(self):
        """Loads the next kernel."""
        self.vm.load(self.guest.command_line(resume=self.resume))

    def preserve(self, devices="eth0", sink=True):
        """The sink's marks and the named devices."""
        if sink:
            self.must("sink --preserve")
        return self.must(f"lunicctl preserve {devices}")

    def leave(self):
        """Calls reboot; the new kernel is on its way when this returns."""
        self.dmesg()
        self.since, self.left = self.vm.jump()
        self.kernels += 1

    def arrive(self, timeout=240):
        """Waits for the new kernel's shell."""
        self.vm.wait_shell(self.since, timeout)
        self.hear()

    def jump(self, timeout=240):
        """Both."""
        self.leave()
        self.arrive(timeout)

    def jump_fails(self):
        """A reboot call that must return; what it said."""
        status, output = self.sh("labctl jump")
        if not status:
            raise AssertionError("the reboot call returned without an error")
        return output

    # Outside

    def window(self, begin, end, index=0):
        """What was done to the device in that time."""
        return self.vm.seen(begin, end, index)
