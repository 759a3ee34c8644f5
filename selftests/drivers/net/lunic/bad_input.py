#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Wrong ioctls and command lines, and a kernel without live update: clear errors."""
import contextlib
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import flows
from lab import nic as nic_module

DEVICE = f"/dev/lunic/{nic_module.bdf(0)}"
GET_STATE, RESUME, GET_REPORT = 0xbb00, 0xbb01, 0xbb02
# Sizes of the structures, and what the first version of the larger one had
STATE_SIZE, RESUME_SIZE, REPORT_SIZE = 104, 8, 480
STATE_FIRST = 72
AS_USER = "/host/asuser "
program = ktap.Program()


@contextlib.contextmanager
def setup():
    """One machine for all; the last cases see whether the NIC was touched."""
    with Machine(resume=False) as machine:
        machine.begin = time.time()
        machine.give("asuser")
        machine.callioctl = machine.give("callioctl")
        yield machine


def structure(size, length=None, last=0):
    """A structure that says its size, as bytes of some length."""
    body = bytearray(length if length is not None else size)
    body[:4] = size.to_bytes(4, "little")
    if last:
        body[-1] = last
    return bytes(body).hex()


def call(machine, request, argument, prefix=""):
    """(errno's name or OK, the bytes afterwards)."""
    said = machine.must(f"{prefix}{machine.callioctl} {DEVICE} {request:#x} {argument}")
    name, _, data = said.strip().partition(" ")
    return name, data


def answers(title, wanted, request, argument, prefix=""):
    """Adds a case: that call is answered so."""
    program.case(f"ioctl: {title}: {wanted}")(
        lambda machine: ktap.equal(call(machine, request, argument, prefix)[0], wanted,
                                   title))


for named, number, least, size in (("GET_STATE", GET_STATE, STATE_FIRST, STATE_SIZE),
                                   ("RESUME", RESUME, RESUME_SIZE, RESUME_SIZE),
                                   ("GET_REPORT", GET_REPORT, REPORT_SIZE, REPORT_SIZE)):
    answers(f"{named} as it should be", "OK", number, structure(size))
    answers(f"{named} as the first version had it", "OK", number, structure(least))
    answers(f"{named}, size 0", "EINVAL", number, structure(0, least))
    answers(f"{named}, one byte too small", "EINVAL", number, structure(least - 1, least))
    answers(f"{named}, larger, the rest zero", "OK", number, structure(size + 16))
    answers(f"{named}, larger, the rest not zero", "E2BIG", number,
            structure(size + 16, last=1))
    answers(f"{named}, larger than a page", "E2BIG", number, structure(1 << 20, least))
    answers(f"{named}, bad address", "EFAULT", number, "bad")
answers("RESUME with an unknown flag", "EOPNOTSUPP", RESUME, "0800000001000000")
answers("an unknown number", "ENOTTY", 0xbb03, structure(RESUME_SIZE))
answers("another driver's type", "ENOTTY", 0xba00, structure(RESUME_SIZE))
answers("GET_STATE by anybody", "OK", GET_STATE, structure(STATE_SIZE), AS_USER)
answers("GET_REPORT by anybody", "OK", GET_REPORT, structure(REPORT_SIZE), AS_USER)
answers("RESUME without CAP_NET_ADMIN", "EPERM", RESUME, structure(RESUME_SIZE), AS_USER)


@program.case("ioctl: GET_STATE tells the size it filled in, and the interface's name")
def _(machine):
    name, data = call(machine, GET_STATE, structure(STATE_SIZE + 16))
    raw = bytes.fromhex(data)
    ktap.equal((name, int.from_bytes(raw[:4], "little")), ("OK", STATE_SIZE), "size")
    ktap.check(b"eth0\0" in raw, f"no eth0 in {data}")


def says(title, command, status, *words):
    """Adds a case: that command fails so and says these words."""
    def run(machine):
        found, text = machine.sh(command)
        ktap.equal(found, status, f"exit status ({text.strip()})")
        for word in words:
            ktap.contains(text, word, command)
    program.case(f"lunicctl: {title}")(run)


says("an unknown interface", "lunicctl preserve eth9", 2, "eth9")
says("an unknown PCI address", "lunicctl preserve 0000:09:00.0", 2, "0000:09:00.0")
says("a device of another driver", "lunicctl preserve 0000:00:00.0", 2, "0000:00:00.0")
says("an unknown command", "lunicctl frobnicate", 1, "unknown command")
says("no command", "lunicctl", 1, "lunicctl help")
says("a session's name with a slash", "lunicctl preserve --session a/b eth0", 1, "'/'")
says("a session's name that is too long",
     "lunicctl preserve --session $(printf %064d 0) eth0", 1, "63")
says("an empty session's name", "lunicctl preserve --session '' eth0", 1, "empty")
says("a time-out that is no number", "lunicctl --timeout x show", 1, "--timeout")
says("cancel of what is not preserved", "lunicctl cancel eth0", 3, "not preserved")
says("cancel of an unknown session", "lunicctl cancel --session none", 3, "none")
says("resume where nothing came in", "lunicctl resume eth0", 3, "handed nothing over")
says("preserve without permission", AS_USER + "lunicctl preserve eth0", 2,
     "not permitted", "root")
says("resume without permission", AS_USER + "lunicctl resume eth0", 2, "not permitted")
says("show without privilege", AS_USER + "lunicctl show eth0", 0, "state idle")


@program.case("the NIC was not touched: no reset, link change or bus-master clear")
def _(machine):
    seen = machine.window(machine.begin, time.time())
    ktap.equal((seen.device_resets, seen.link_downs, seen.bus_master_clears), (0, 0, 0),
               f"counts ({seen.happened})")
    ktap.equal(state.show(machine)["state"], "idle", "state")


@program.case("traffic goes on")
def _(machine):
    flows(machine, 0.5)


@program.case("the kernel did not complain")
def _(machine):
    ktap.equal(machine.troubles(), [], "complaints")


@program.case("a kernel booted without live update: says kho=on liveupdate=on, NIC works")
def _(_machine):
    with Machine(part="off", append="liveupdate=off kho=off", resume=False) as machine:
        ktap.check(machine.sh("test -e /dev/liveupdate")[0], "/dev/liveupdate is there")
        for command in ("preserve", "resume"):
            status, text = machine.sh(f"lunicctl {command} eth0")
            ktap.check(status in (2, 3), f"exit status {status}: {text.strip()}")
            ktap.contains(text, "kho=on liveupdate=on", command)
        ktap.equal(state.show(machine)["blocker"], "no-liveupdate", "blocker")
        flows(machine, 0.5)
        ktap.equal(machine.troubles(), [], "complaints")


if __name__ == "__main__":
    program.main(setup)
