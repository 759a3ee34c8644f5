#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One live update under traffic: nothing is lost, the interface is as it was."""
import contextlib
import time

from lib import device, frames, ktap, state
from lib.machine import WATCH_SECONDS, Machine
from lib.traffic import unharmed
from lab import nic as nic_module, ring

GROUP = "01:00:5e:01:02:03"
UNICAST = "02:00:00:00:00:99"
VLAN = 5
QUEUES = min(3, device.THIS.queues)
# Settings that are no default, so that it shows whether they travel
UNUSUAL = f"""
ethtool -L eth0 combined {QUEUES} &&
ethtool -C eth0 rx-usecs 77 &&
ethtool -K eth0 tso off rxhash off gro off &&
ethtool -G eth0 rx 6000 tx 512 &&
ethtool --set-priv-flags eth0 live-update on live-update-hold-rx off &&
ip link set dev eth0 alias 'uplink of rack 4' &&
ip link set dev eth0 mtu 1400 &&
ip maddr add {GROUP} dev eth0 &&
bridge fdb add {UNICAST} dev eth0 self permanent &&
ip link add link eth0 name eth0.{VLAN} type vlan id {VLAN} &&
ip link set eth0.{VLAN} up
"""
FILTERS = (("multicast group", GROUP, None), ("unicast address", UNICAST, None),
           ("VLAN", nic_module.mac(0), VLAN))

program = ktap.Program()


class Run:
    """The update, and what was seen before, during and after it."""

    def __init__(self, machine):
        self.machine = machine
        machine.must(UNUSUAL)
        machine.carrier()
        self.shares = machine.queue_shares()
        machine.load()
        with machine.traffic() as traffic:
            time.sleep(2)
            self._update(traffic)
        self.after_filters = [frames.taken(machine, mac, vlan) for _, mac, vlan in FILTERS]
        self.resumed = machine.sh("lunicctl resume --no-network")
        self.finished_filters = [frames.taken(machine, mac, vlan)
                                 for _, mac, vlan in FILTERS]
        self.seen = machine.window(self.begin, time.time())

    def _update(self, traffic):
        machine = self.machine
        self.before = state.settings(machine)
        self.link_before = state.link(machine)
        self.count_before = state.counters(machine)
        self.begin = time.time()
        machine.preserve()
        self.queues_before = ring.queue_packets(machine.vm)
        time.sleep(1)
        machine.leave()
        back = traffic.resumed(machine.left)
        machine.arrive()
        time.sleep(max(0.0, back + WATCH_SECONDS - time.time()))
        self.after = state.settings(machine)
        self.link_after = state.link(machine)
        self.queues_after = ring.queue_packets(machine.vm)
        self.counts = traffic.stop()
        self.count_after = state.counters(machine)
        self.show = state.show(machine)


@contextlib.contextmanager
def setup():
    """The whole run."""
    with Machine(resume=False) as machine:
        yield Run(machine)


@program.case("no frame was lost, doubled, altered or overtaken, by both books")
def _(run):
    ktap.say(f"{run.counts['sent']} frames, {run.count_after['live_update_caught']} caught")
    unharmed(run.counts)


@program.case("every receive queue got flows, before and after")
def _(run):
    ktap.check(len(run.shares) >= QUEUES and all(list(run.shares.values())[:QUEUES]),
               f"shares: {run.shares}")
    grown = ring.shares(run.queues_before, run.queues_after)
    ktap.check(all(list(grown.values())[:QUEUES]), f"shares over the update: {grown}")


@program.case("frames were caught while no kernel ran")
def _(run):
    ktap.check(run.count_after["live_update_caught"] > 0, "none")


@program.case("no reset of the device")
def _(run):
    ktap.equal(run.seen.device_resets, 0, f"resets ({run.seen.happened})")


@program.case("no link change")
def _(run):
    ktap.equal((run.seen.link_downs, run.seen.link_down_ms), (0, 0.0), "link downs, ms")


@program.case("bus mastering never cleared on the NIC")
def _(run):
    ktap.equal(run.seen.bus_master_clears, 0, "clears")


@program.case("bus mastering never cleared on the root port")
def _(run):
    ktap.equal(run.seen.bus_master_clears_port, 0, "clears")


@program.case("no frame was dropped for want of a descriptor, or waited for one")
def _(run):
    ktap.equal((run.seen.no_descriptor_drops, run.seen.no_descriptor_waits), (0, 0),
               "drops, waits")


def same_link(run, what):
    """A member of ip link's output is as before."""
    ktap.equal(run.link_after.get(what), run.link_before.get(what), what)


for member in ("ifname", "ifindex", "address", "mtu", "ifalias", "num_rx_queues",
               "num_tx_queues", "carrier", "operstate", "txqlen"):
    program.case(f"{member} is as before")(lambda run, what=member: same_link(run, what))


def same_setting(run, what):
    """ethtool says the same."""
    ktap.equal(run.after[what], run.before[what], what)


for member in state.SETTINGS:
    program.case(f"{member}: ethtool says the same")(
        lambda run, what=member: same_setting(run, what))


@program.case("link_down_events is as before")
def _(run):
    ktap.equal(run.count_after["link_down_events"], run.count_before["link_down_events"],
               "link_down_events")


@program.case("no counter went back")
def _(run):
    ktap.equal(state.shrunk(run.count_before, run.count_after), {}, "went back")


@program.case("rx_packets grew by what was sent since")
def _(run):
    grown = run.count_after["rx packets"] - run.count_before["rx packets"]
    rate = run.machine.rate
    ktap.check(grown > rate * (WATCH_SECONDS + 1), f"only by {grown}")


@program.case("live_updates is 1")
def _(run):
    ktap.equal(run.count_after["live_updates"], 1, "live_updates")


@program.case("lunicctl show: adopted, and not resumed yet")
def _(run):
    ktap.equal(run.show.get("state"), "adopted", f"state in {run.show}")


@program.case("filters of the old kernel let through until the finish")
def _(run):
    for (what, _mac, _vlan), count in zip(FILTERS, run.after_filters):
        ktap.equal(count, 10, what)


@program.case("lunicctl resume succeeds")
def _(run):
    ktap.equal(run.resumed[0], 0, f"exit status ({run.resumed[1].strip()})")


@program.case("lunicctl show: idle")
def _(run):
    ktap.equal(state.show(run.machine).get("state"), "idle", "state")


@program.case("after the finish only the new kernel's own filters count")
def _(run):
    for (what, _mac, _vlan), count in zip(FILTERS, run.finished_filters):
        ktap.equal(count, 0, what)


@program.case("traffic after the finish")
def _(run):
    with run.machine.traffic() as traffic:
        time.sleep(1)
        unharmed(traffic.stop())


@program.case("neither kernel complained")
def _(run):
    ktap.equal(run.machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
