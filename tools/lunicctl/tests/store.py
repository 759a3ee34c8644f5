#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunicctl's use of systemd's file descriptor store; prints KTAP.

usage: store.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import socket
import sys
import time

from box import A, B, EBUSY, check, equal, main, test
from service import ServiceBox

PRESERVE = ("--fd-store", "--session", "lunic", "preserve")
CANCEL = ("--fd-store", "cancel")


@test
def the_session_is_in_the_store_alone(box):
    equal(box.ok(*PRESERVE), "".join(
        f"{d} {i} preserved session lunic holder 1 (systemd)\n"
        for d, i in ((A, "eth0"), (B, "eth1"))))
    equal(box.stored(), ["lunic"])
    equal(box.holders(), {})
    equal(box.manager.messages[0], "FDSTORE=1\nFDPOLL=0\nFDNAME=lunic")
    check("  session lunic holder 1 (systemd)\n" in box.ok("-v", "show"))
    equal([(o["state"], o["holder_pid"]) for o in box.json("show")],
          [("preserved", 1)] * 2)


@test
def the_service_cancels(box):
    box.ok(*PRESERVE)
    equal(box.ok(*CANCEL), f"{A} eth0 cancelled session lunic\n"
                           f"{B} eth1 cancelled session lunic\n")
    equal((box.stored(), box.pidfiles()), ([], []))
    equal([o["state"] for o in box.json("show")], ["idle"] * 2)
    equal(box.manager.messages[-2], "FDSTOREREMOVE=1\nFDNAME=lunic")
    box.ok(*PRESERVE)


@test
def the_service_empties_what_no_file_tells_of(box):
    box.ok(*PRESERVE)
    (box.root / "run/lunic/lunic.pid").unlink()
    box.ok(*CANCEL)
    equal(box.stored(), [])


@test
def anybody_else_asks_the_service_to_cancel(box):
    box.ok(*PRESERVE)
    box.fake("systemctl", f'echo "$*" >"{box.root}/asked"; '
             f'NOTIFY_SOCKET={box.manager.address} {sys.argv[2]} '
             f'--sysroot {box.root} --fd-store cancel -q')
    box.env.pop("NOTIFY_SOCKET")
    equal(box.ok("cancel", A, B), f"{A} eth0 cancelled session lunic\n"
                                  f"{B} eth1 cancelled session lunic\n")
    equal((box.root / "asked").read_text(), "restart lunic.service\n")
    equal(box.stored(), [])


@test
def a_service_that_does_not_cancel_is_told(box):
    box.ok(*PRESERVE)
    box.fake("systemctl", "exit 1")
    line = box.fails(2, "cancel", A, B)
    check("'systemctl restart lunic.service' failed" in line, line)
    check("journalctl -u lunic.service" in line, line)
    equal(box.stored(), ["lunic"])


@test
def pid_1_is_never_signalled(box):
    (box.root / "run/lunic").mkdir()
    box.put("run/lunic/lunic.pid", f"1\n{A}\n")
    line = box.fails(3, "cancel", A)
    check("nothing to cancel" in line, line)
    equal(box.pidfiles(), [])


@test
def a_store_that_takes_nothing(box):
    box.manager.refuses = True
    line = box.fails(2, *PRESERVE)
    check("systemd did not keep the session lunic" in line, line)
    check("FileDescriptorStoreMax=" in line, line)
    equal((box.holders(), box.pidfiles()), ({}, []))
    equal([o["state"] for o in box.json("show")], ["idle"] * 2)


@test
def outside_of_a_service_there_is_no_store(box):
    for address in (None, "", "vsock:1:2", "/nonexistent", "@nonexistent"):
        box.env.pop("NOTIFY_SOCKET", None)
        if address is not None:
            box.env["NOTIFY_SOCKET"] = address
        line = box.fails(2, *PRESERVE)
        check("can't hand the session lunic to systemd" in line, line)
        line = box.fails(2, *CANCEL)
        check("can't empty the service's" in line, line)
    equal(box.holders(), {})


@test
def a_manager_that_does_not_answer(box):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind("\0" + box.root.name)
        box.env["NOTIFY_SOCKET"] = "@" + box.root.name
        for words in (PRESERVE, CANCEL):
            started = time.monotonic()
            line = box.fails(124 if words == CANCEL else 2, "--timeout=0.2", *words)
            check("(ETIMEDOUT)" in line, line)
            check(time.monotonic() - started < 5)
        deaf.settimeout(0)
        socket.recv_fds(deaf, 100, 1)
    equal(box.pidfiles(), [])


@test
def one_device_is_refused(box):
    box.set(B, preserve_errno=EBUSY)
    box.fails(3, *PRESERVE)
    equal((box.stored(), box.holders(), box.pidfiles()), ([], {}, []))


@test
def frames_wait_for_resume(box):
    for _ in range(2):
        box.ok("--hold-rx", *PRESERVE)
        equal((box.root / "priv_flags").read_text(), "3\n")
        box.ok(*CANCEL)


@test
def a_device_that_cannot_hold_frames_is_not_preserved(box):
    box.put("spflags_errno", EBUSY)
    line = box.fails(2, "--hold-rx", *PRESERVE)
    check(f"{A}: can't set the private flag live-update-hold-rx (EBUSY)" in line, line)
    equal((box.stored(), box.pidfiles()), ([], []))


@test
def resume_of_an_open_session(box):
    box.incoming("lunic", (A, 0), (B, 0))
    box.set(A, state=3)
    with (box.root / "incoming/lunic").open("r+b") as session:
        fd = session.fileno()
        done = box.run("--session", "lunic", "--session-fd", str(fd),
                       "resume", pass_fds=[fd])
    equal((done.returncode, done.stderr), (0, ""))
    equal(done.stdout.count(" resumed updates 1 "), 2)
    check("FINISH lunic" in box.log(), box.log())
    check("RETRIEVE lunic" not in box.log(), box.log())


@test
def session_fd_is_checked(box):
    for bad in ("x", "", "-1", "99", "3x", "99999999999"):
        line = box.fails(1, "--session", "lunic", f"--session-fd={bad}",
                         "resume")
        check("--session-fd takes an open file" in line, line)
    line = box.fails(1, "--session-fd", "1", "resume")
    check("needs the session's name" in line, line)


if __name__ == "__main__":
    sys.exit(main(ServiceBox))
