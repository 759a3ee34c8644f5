#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunicctl monitor against a fake kernel; prints KTAP.

usage: monitor.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import signal
import struct
import sys

from box import A, B, check, equal, main, test
from listen import IFF_LOWER_UP, IFF_UP, RTM_NEWLINK, monitor

@test
def monitor_begins_with_what_there_is(box):
    with monitor(box) as run:
        check(run.line().endswith(f" {A} eth0 present: up link yes state idle\n"))
        check(f" {B} eth1 present: " in run.line())
        equal(run.end(), "")


@test
def monitor_tells_every_state_in_its_order(box):
    with monitor(box, "-j", "eth0") as run:
        equal(run.object()["event"], "present")
        for state in ("preserved", "idle", "preserved", "adopted"):
            run.state(state, held=int(state == "adopted"))
        run.state("idle", B)
        seen = [run.object() for _ in range(4)]
        equal([e["state"] for e in seen], ["preserved", "idle", "preserved", "adopted"])
        equal([e["held"] for e in seen], [False] * 3 + [True])
        equal({(e["event"], e["pci"], e["updates"]) for e in seen}, {("state", A, 5)})
        equal(run.end(signal.SIGTERM), "")


@test
def monitor_tells_of_links_and_names(box):
    with monitor(box, "-j") as run:
        equal([run.object()["pci"], run.object()["pci"]], [A, B])
        run.links((2, IFF_UP, "eth0"), (9, IFF_UP, "other"), (3, IFF_UP | IFF_LOWER_UP, "eth1"))
        run.links((2, IFF_UP, "eth0"), (3, IFF_UP | IFF_LOWER_UP, "lan"))
        seen = run.object()
        equal((seen["event"], seen["pci"], seen["up"], seen["link"]), ("link", A, True, False))
        seen = run.object()
        equal((seen["event"], seen["pci"], seen["ifname"]), ("renamed", B, "lan"))
        equal(run.end(), "")


@test
def monitor_follows_devices_that_come_and_go(box):
    with monitor(box, "-j") as run:
        equal([run.object()["pci"], run.object()["pci"]], [A, B])
        run.uevent("remove")
        seen = run.object()
        equal((seen["event"], seen["pci"]), ("removed", A))
        run.links((2, IFF_UP, "eth0"))
        box.add("0000:05:00.0", "eth5", ifindex=6)
        run.uevent("add", "0000:05:00.0")
        seen = run.object()
        equal((seen["event"], seen["ifname"]), ("added", "eth5"))
        run.links((6, IFF_UP, "eth5"))
        equal(run.object()["event"], "link")


@test
def monitor_stands_what_is_no_event(box):
    with monitor(box, "-j", A) as run:
        run.object()
        for junk in (b"", b"\0" * 40, b"x" * 9000, b"change@/x\0DEVNAME=lunic/../..\0",
                     b"change@/x\0DEVNAME=null\0LUNIC_STATE=idle\0"):
            run.send(0, junk)
            run.send(1, junk)
        run.send(1, struct.pack("<IHHII", 4000, RTM_NEWLINK, 0, 0, 0))
        run.send(1, struct.pack("<IHHII", 16, RTM_NEWLINK, 0, 0, 0))
        run.state("nonsense")
        equal(run.object()["state"], "unknown")
        equal(run.end(), "")


@test
def monitor_of_what_is_not_there(box):
    check("no such" in box.fails(2, "monitor", "eth9"))


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.exit(main())
