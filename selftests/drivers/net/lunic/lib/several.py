# SPDX-License-Identifier: GPL-2.0
"""One live update of several NICs in one session, under traffic to each."""
import contextlib
import os
import time

from lab import nic as nic_module, ring

from . import device, ktap, state
from .machine import WATCH_SECONDS, Machine
from .traffic import unharmed

SESSION = "several"
# Frames that the application had not read, or not answered, when its kernel went: the
# sinks beyond the first keep no book over a jump. What the NICs delivered is exact
IN_SOCKETS = 20


class Run:
    """The update, and what was seen of each NIC: they are eth0, eth1 ... in their order."""

    def __init__(self, machine, **traffic):
        self.machine = machine
        self.nics = machine.vm.nics
        self.names = [f"eth{index}" for index in range(len(self.nics))]
        self.others = range(1, len(self.nics))
        for index in self.others:
            machine.second_sink(index)
            # Its sink is started by hand in the new kernel: frames wait for that
            machine.must(f"ethtool --set-priv-flags eth{index} live-update-hold-rx on")
        machine.load()
        first = [self._delivered(name) for name in self.names]
        with contextlib.ExitStack() as stack:
            flows = [stack.enter_context(machine.traffic(index, **traffic))
                     for index in range(len(self.nics))]
            time.sleep(1)
            self._update(flows)
            self.counts = [flow.stop() for flow in flows]
        self.delivered = [self._delivered(name) - count
                          for name, count in zip(self.names, first)]
        self.seen = [machine.window(self.begin, self.end, index)
                     for index in range(len(self.nics))]

    def _update(self, flows):
        machine = self.machine
        self.before = self._look()
        self.begin = time.time()
        machine.must("sink --preserve")
        machine.must(f"lunicctl preserve --session {SESSION} {' '.join(self.names)}")
        self.preserved = self._states()
        machine.leave()
        machine.arrive()
        for index in self.others:
            machine.second_sink(index)
        self.adopted = self._states()
        self.resumed = machine.sh(f"lunicctl resume --session {SESSION}")
        back = max(flow.resumed(machine.left) for flow in flows)
        time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
        self.end = time.time()
        self.after = self._look()
        self.idle = self._states()

    def _delivered(self, name):
        """Frames that a NIC's queues have handed to the stack."""
        return sum(ring.queue_packets(self.machine.vm, name).values())

    def _look(self):
        """Of each NIC."""
        return [Look(self.machine, name) for name in self.names]

    def _states(self):
        return [state.show(self.machine, name)["state"] for name in self.names]


class Look:
    """What one NIC shows at a time."""

    def __init__(self, machine, name):
        self.settings = state.settings(machine, name)
        self.counters = state.counters(machine, name)
        self.queues = ring.queue_packets(machine.vm, name)
        link = state.link(machine, name)
        self.identity = {what: link[what] for what in ("ifname", "ifindex", "address")}
        self.device = os.path.basename(machine.must(
            f"readlink /sys/class/net/{name}/device").strip())
        self.pci_id = machine.must(f"cat /sys/class/net/{name}/device/device").strip()


@contextlib.contextmanager
def setup(nics, memory="2G", **traffic):
    """The whole run."""
    with Machine(nics=nics, resume=False, memory=memory) as machine:
        yield Run(machine, **traffic)


def unlost(run, index):
    """All frames came through."""
    ktap.say(f"{run.counts[index]['sent']} frames, "
             f"{run.after[index].counters['live_update_caught']} caught")
    counts = run.counts[index]
    unharmed(counts, but=("lost",) if index else ())
    ktap.equal(run.delivered[index], counts["sent"], "frames delivered")
    ktap.check(counts["lost"] <= IN_SOCKETS, f"unanswered: {counts}")


def caught(run, index):
    """It went on receiving while no kernel ran."""
    ktap.check(run.after[index].counters["live_update_caught"] > 0, "none")


def spread(run, index):
    """Each queue got frames."""
    grown = ring.shares(run.before[index].queues, run.after[index].queues)
    ktap.check(len(grown) >= 2 and all(grown.values()), f"shares: {grown}")


def bus_master(run, index):
    """Neither its own nor that of a bridge above it was cleared."""
    seen = run.seen[index]
    ktap.equal((seen.bus_master_clears, seen.bus_master_clears_port), (0, 0),
               "clears, clears at the bridges")


def link_downs(run, index):
    """What any user can read tells the same as the trace."""
    ktap.equal(run.after[index].counters["link_down_events"],
               run.before[index].counters["link_down_events"], "link_down_events")


def counters(run, index):
    """They count on, and one live update."""
    found = run.after[index].counters
    ktap.equal(state.shrunk(run.before[index].counters, found), {}, "went back")
    ktap.equal(found["live_updates"], 1, "live_updates")


def settings(run, index):
    """All of ethtool's."""
    ktap.equal(run.after[index].settings, run.before[index].settings, "settings")


def identity(run, index):
    """Name, index and address."""
    ktap.equal(run.after[index].identity, run.before[index].identity, "who it is")


def placed(run, index):
    """The model is what it is meant to be, and below the bridges that it is meant to be."""
    wanted = nic_module.paths(run.nics)[index]
    found = run.before[index]
    ktap.equal((found.device, found.pci_id),
               (wanted[0], device.DEVICES[run.nics[index].model].pci_id), "address, id")
    link = run.machine.must(f"readlink -f /sys/bus/pci/devices/{wanted[0]}")
    way = link.strip().split("/")
    ktap.equal(way[way.index("pci0000:00") + 1:][::-1], wanted, "the NIC and its bridges")


EACH = (("is where it is meant to be", placed),
        ("nothing lost, doubled, altered or overtaken", unlost),
        ("frames were caught while no kernel ran", caught),
        ("every queue got flows", spread),
        ("bus mastering never cleared, nor above it", bus_master),
        ("name, index and address as before", identity),
        ("link_down_events is as before", link_downs),
        ("no counter went back, one live update", counters),
        ("all settings as before", settings))


def _states(run):
    count = len(run.nics)
    ktap.equal((run.preserved, run.adopted, run.idle),
               (["preserved"] * count, ["adopted"] * count, ["idle"] * count), "states")


def _resumed(run):
    ktap.equal(run.resumed[0], 0, f"exit status ({run.resumed[1].strip()})")


def _undisturbed(run):
    # The trace tells of all at once
    seen = run.seen[0]
    ktap.equal((seen.device_resets, seen.link_downs, seen.link_down_ms), (0, 0, 0.0),
               f"resets, link downs, ms ({seen.happened})")


def _descriptors(run):
    ktap.equal((run.seen[0].no_descriptor_drops, run.seen[0].no_descriptor_waits), (0, 0),
               "drops, waits")


def _silent(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


ALL = (("all are preserved, then adopted, then idle", _states),
       ("lunicctl resume of their session succeeds", _resumed),
       ("none was reset, and no link has changed", _undisturbed),
       ("no frame was dropped for want of a descriptor, or waited for one", _descriptors))


def add_cases(program, nics):
    """What holds for any set of NICs."""
    for what, check in ALL:
        program.case(what)(check)
    for index, nic in enumerate(nics):
        for what, check in EACH:
            program.case(f"eth{index}, {device.DEVICES[nic.model].chip}: {what}")(
                lambda run, index=index, check=check: check(run, index))
    program.case("neither kernel complained")(_silent)
