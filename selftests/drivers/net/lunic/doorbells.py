#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""How often the tail registers are written: once a poll, once a burst."""
import contextlib
import re
import time

from lib import device, ktap, peer, state
from lib.peer import INNER, OUTER
from lib.traffic import unharmed
from lab import trace

# QEMU traces igb's registers under this name too
WRITE = "e1000e_core_write"
REGISTER = re.compile(r"^Write to register (0x[0-9a-f]+)")
# {what: (first register, distance to the next queue's)}
REGISTERS = {"igb": {"rdt": (0xc018, 0x40), "tdt": (0xe018, 0x40), "unmask": (0x1524, 0)},
             "e1000e": {"rdt": (0x2818, 0x100), "tdt": (0x3818, 0x100),
                        "unmask": (0xd0, 0)}}
KINDS = {kind: {first + step * queue for queue in range(device.THIS.queues)}
         for kind, (first, step) in REGISTERS[device.MODEL].items()}
# Frames that a poll takes at most; one that takes so many does not unmask
BUDGET = 64
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """lunic twice: to the outside, and to a peer in the guest."""
    with peer.machine(rings=1024, resume=False, events=(WRITE,)) as machine:
        peer.prepare(machine)
        yield machine


def writes(machine, begin):
    """How often each kind of register was written since then, both devices together."""
    found = dict.fromkeys(KINDS, 0)
    for when, name, text in trace.events(machine.vm.path("trace.log")):
        match = REGISTER.match(text) if name == WRITE and when >= begin else None
        for kind, registers in KINDS.items():
            found[kind] += bool(match) and int(match[1], 16) in registers
    return found


def packets(machine):
    """(received, sent) by both."""
    both = [state.netdev_counters(machine, name) for name in (OUTER, INNER)]
    return tuple(sum(one[f"{way} packets"] for one in both) for way in ("rx", "tx"))


@contextlib.contextmanager
def counted(machine, found):
    """Fills in what was written and moved meanwhile."""
    time.sleep(0.5)
    begin, before = time.time(), packets(machine)
    yield
    time.sleep(0.5)
    after = packets(machine)
    found.update(writes(machine, begin), rx=after[0] - before[0], tx=after[1] - before[1])
    print(f"# {found}")


@program.case("numbered frames: at most one RDT write a poll, one TDT write a packet")
def _(machine):
    found = {}
    with counted(machine, found), machine.traffic(rate=8000) as traffic:
        time.sleep(2)
        unharmed(traffic.stop())
    # A kick or two come on top
    ktap.check(0 < found["rdt"] <= found["unmask"] + found["rx"] // BUDGET + 4, f"{found}")
    ktap.check(0 < found["tdt"] <= found["tx"], f"{found}")


@program.case("TCP segmented by the stack: a burst has one TDT write")
def _(machine):
    machine.must(f"ethtool -K {INNER} tso off")
    found = {}
    with counted(machine, found):
        ktap.check(peer.iperf(machine) > 0, "no traffic")
    machine.must(f"ethtool -K {INNER} tso on")
    ktap.check(0 < 3 * found["tdt"] < found["tx"], f"{found}")
    ktap.check(0 < found["rdt"] <= found["unmask"] + found["rx"] // BUDGET + 4, f"{found}")


@program.case("a ring of 64 slots, full all the time: nothing is left without its doorbell")
def _(machine):
    machine.must(f"ethtool -K {INNER} tso off && ethtool -G {INNER} tx 64")
    peer.copy_both_ways(machine)
    machine.must(f"ethtool -K {INNER} tso on && ethtool -G {INNER} tx 1024")


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
