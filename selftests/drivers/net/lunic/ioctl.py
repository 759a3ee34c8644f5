#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Random calls to /dev/lunic, /dev/liveupdate and sessions from several threads, under
KASAN and lockdep. IOCTL_SECONDS says for how long, IOCTL_SEED how it begins."""
import contextlib
import os
import random
import time

from lib import ktap, state, variant
from lib.machine import Machine
from lib.traffic import unharmed
from lab import nic as nic_module

SECONDS = max(4, int(os.environ.get("IOCTL_SECONDS") or 10))
SEED = int(os.environ.get("IOCTL_SEED") or random.randrange(1 << 31))
BDF = nic_module.bdf(0)
# Each refusal is a line in the log; none of a report may be lost for it
LOG = "log_buf_len=16M"
# A warning, an oops, a lockup, KASAN's
BAD_TAINTS = 1 << 5 | 1 << 7 | 1 << 9 | 1 << 14
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """A session that came from the last kernel is not taken before the tests do so."""
    ktap.say(f"{SECONDS} s, IOCTL_SEED={SEED}")
    with Machine(variant=variant.ASKED or "debug", resume=False, append=LOG) as machine:
        yield machine


def fuzz(machine, seconds, *needed, how=""):
    """Runs it; of each of the needed calls some must have gone well. The counts."""
    machine.must("dmesg -n 4")
    text = machine.must(f"{machine.give('ioctls')} {seconds} {SEED} {BDF} "
                        + how, seconds + 120)
    machine.hear()
    counts = {name: (int(good), int(bad)) for name, good, bad in
              (line.split() for line in text.splitlines())}
    ktap.say(", ".join(f"{name} {good}/{bad}" for name, (good, bad) in counts.items()))
    ktap.equal([name for name in needed if not counts[name][0]], [], "never went well")
    unreported(machine)
    return counts


def unreported(machine):
    """Neither a taint nor lockdep switched off."""
    taints = int(machine.must("cat /proc/sys/kernel/tainted"))
    ktap.equal(taints & BAD_TAINTS, 0, "taints")
    status, text = machine.sh("grep debug_locks: /proc/lockdep_stats")
    ktap.check(status or text.split()[-1] == "1", "lockdep has reported something")
    ktap.equal(machine.troubles(), [], "reports")


def works(machine):
    """It can be preserved and cancelled, and loses nothing meanwhile."""
    machine.carrier()
    with machine.traffic() as traffic:
        machine.preserve(sink=False)
        time.sleep(0.5)
        machine.must("lunicctl cancel eth0")
        unharmed(traffic.stop())
    ktap.equal(state.show(machine)["state"], "idle", "state")


@program.case("random calls under traffic: no report, and nothing is lost afterwards")
def _(machine):
    with machine.traffic() as traffic:
        fuzz(machine, SECONDS // 2, "get-state", "resume", "create", "preserve", "get-name",
             "open-lunic", "open-luo", "close")
        counts = traffic.stop()
    ktap.equal((counts["corrupted"], counts["duplicated"]), (0, 0), "corrupted, duplicated")
    works(machine)


@program.case("the same while a session of the last kernel waits")
def _(machine):
    machine.load()
    with machine.traffic() as traffic:
        machine.preserve()
        machine.jump()
        traffic.resumed(machine.left)
        unharmed(traffic.stop())
    counts = fuzz(machine, SECONDS // 4, "get-state", "retrieve", how="incoming")
    # Whichever came first: there is nothing to be had from a session that is finished, or
    # that another thread has closed, which on a busy host may be all that comes
    ktap.say(f"files {counts['retrieve-fd'][0]}, finished {counts['finish'][0]}")
    # Whoever gave the session back has finished it; else it is finished here
    machine.sh("lunicctl resume eth0")
    works(machine)


@program.case("the same while the device is unbound and bound")
def _(machine):
    fuzz(machine, SECONDS // 4, "get-state", "preserve", "bind", how="bind")
    machine.must("ip addr replace 10.0.0.2/24 dev eth0 && ethtool -L eth0 combined 2 && "
                 "ip link set eth0 up && for i in 1 $(seq 17 32); do ip neigh replace "
                 f"10.0.0.$i lladdr {nic_module.HOST_MAC} dev eth0 nud permanent || exit 1; "
                 "done")
    works(machine)


@program.case("the kernel did not complain")
def _(machine):
    unreported(machine)


if __name__ == "__main__":
    program.main(setup)
