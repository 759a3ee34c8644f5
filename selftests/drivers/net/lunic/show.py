#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What debugfs and the tracepoints show of a device and of its updates."""
import contextlib
import re

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import flows, unharmed
from lab import nic as nic_module

BDF = nic_module.bdf(0)
FOLDER = f"/sys/kernel/debug/lunic/{BDF}"
TRACING = "/sys/kernel/debug/tracing"
DRIVER = "/sys/bus/pci/drivers/lunic"
RING = 2048
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """Each kernel traces the driver from its first line on."""
    with Machine(resume=False, rings=RING, append="trace_event=:mod:lunic") as machine:
        machine.must("ethtool --set-priv-flags eth0 live-update-hold-rx on")
        yield machine


def show(machine, name):
    """One of the files."""
    return machine.must(f"cat {FOLDER}/{name}")


def traced(machine):
    """[(event, its text)] of this kernel."""
    return re.findall(r": (lunic_\w+): (.*)", machine.must(f"cat {TRACING}/trace"))


def text_of(machine, event):
    """What the last such event said."""
    found = [text for name, text in traced(machine) if name == event]
    ktap.check(found, f"no {event} in {traced(machine)}")
    return found[-1]


def value(text, name):
    """The number behind a name."""
    found = re.search(rf"\b{name} (\d+)", text)
    ktap.check(found, f"no '{name}' in {text!r}")
    return int(found[1])


@program.case("rings: each queue with its length, and all that is posted")
def _(machine):
    text = show(machine, "rings")
    for way in ("rx", "tx"):
        count = len(re.findall(rf"^{way} \d+: ", text, re.M))
        ktap.equal(count, len(re.findall(r"^rx \d+: ", text, re.M)), f"{way} queues")
    ktap.equal((value(text, "fill"), value(text, "armed"), value(text, "copy")),
               (RING, 1, 0), "fill, armed, copy")
    ktap.check(RING - 64 <= value(text, "posted") <= RING, text)


@program.case("state: up, with its link, and nothing to hand over")
def _(machine):
    text = show(machine, "state")
    ktap.contains(text, "interface: eth0", "state")
    ktap.contains(text, "live update: state 0 incoming 0", "state")
    ktap.equal(show(machine, "handover"), "", "handover")


@program.case("they are for root alone, and can't be written")
def _(machine):
    modes = machine.must(f"stat -c %a {FOLDER}/rings {FOLDER}/state {FOLDER}/handover")
    ktap.equal(modes.split(), ["400"] * 3, "modes")
    ktap.check(machine.sh(f"echo 1 > {FOLDER}/rings")[0], "rings was written")


@program.case("preserved: an open root, rings that copy; reading disturbs nothing")
def _(machine):
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        for _ in range(20):
            texts = [show(machine, name) for name in ("rings", "handover", "state")]
        machine.must("lunicctl cancel eth0")
        unharmed(traffic.stop())
    ktap.equal(value(texts[0], "copy"), 1, "copy")
    ktap.check(value(texts[0], "chunks") > 0, texts[0])
    ktap.contains(texts[1], "out:\nroot: state open", "handover")
    ktap.contains(texts[2], "live update: state 1", "state")


@program.case("traced: preserve and unpreserve, with numbers")
def _(machine):
    ktap.check(re.search(rf"{BDF} eth0 queues=\d+ blocks=[1-9]\d* bytes=[1-9]\d* err=0",
                         text_of(machine, "lunic_preserve")), f"{traced(machine)}")
    ktap.contains(text_of(machine, "lunic_unpreserve"), f"{BDF} eth0", "unpreserve")


@program.case("a function reset while preserved is traced with its reason")
def _(machine):
    path = f"/sys/bus/pci/devices/{BDF}/reset"
    machine.preserve(sink=False)
    machine.must(f"echo 1 > {path}")
    ktap.contains(text_of(machine, "lunic_lose"), "being reset", "lose")
    machine.must("lunicctl cancel eth0")
    machine.carrier()


@program.case("read while the driver is unbound and bound, ten times")
def _(machine):
    machine.must(f"while [ ! -e /tmp/stop ]; do cat {FOLDER}/* >/dev/null 2>&1; done & "
                 f"for i in $(seq 10); do echo {BDF} > {DRIVER}/unbind; "
                 f"[ -e {FOLDER} ] && exit 1; echo {BDF} > {DRIVER}/bind; done; "
                 "touch /tmp/stop; wait", 120)
    machine.must(f"ip addr replace {nic_module.GUEST_IP}/24 dev eth0 && "
                 "ethtool --set-priv-flags eth0 live-update-hold-rx on && "
                 f"ethtool -G eth0 rx {RING} && ip link set eth0 up && "
                 f"ip neigh replace {nic_module.HOST_IP} lladdr {nic_module.HOST_MAC} "
                 "dev eth0 nud permanent")
    machine.carrier()


@program.case("after an update: what came in, decoded, without the hash key")
def _(machine):
    key = re.search(r"^((?:[0-9a-f]{2}:){39}[0-9a-f]{2})",
                    state.setting(machine, "receive hash"), re.M)[1]
    machine.load()
    machine.preserve()
    machine.jump()
    text = show(machine, "handover")
    for part in ("in:\nroot: state adopted version 1.", f"device: {BDF} id 8086:",
                 "netdev: eth0 ", f" rx {RING} ", "rss: table ", "rxq 0: count ",
                 "txq 0: ring 0x", "coalesce: flags 0x0", "settings: flags 0x0",
                 "features: known 0x", "link: permanent address", "ptp: counter ",
                 "tstamp: tx 0 rx 0"):
        ktap.contains(text, part, "handover")
    for separator in (":", " ", ""):
        ktap.check(key.replace(":", separator)[:20] not in text, "the key is shown")


@program.case("traced in the next kernel: adopt, the hold's end, finish")
def _(machine):
    ktap.contains(text_of(machine, "lunic_adopt"), "updates=1", "adopt")
    machine.must("lunicctl resume eth0")
    ktap.contains(text_of(machine, "lunic_hold_end"), BDF, "hold end")
    ktap.contains(text_of(machine, "lunic_finish"), BDF, "finish")
    ktap.contains(show(machine, "handover"), "state consumed", "handover")
    flows(machine, 0.5)


@program.case("no kernel complained")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
