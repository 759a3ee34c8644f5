#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunicctl against a fake kernel (fake_kernel.c); prints KTAP.

usage: run.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

from box import (A, B, ADOPTED, BUILT, EACCES, EBUSY, EIO, ENODEV, ENOENT, ENOMEM,
                 EPERM, FAKED, FROZEN, HELD, HERE, IDLE, LINK, PRESERVED, REFUSED,
                 UP, Skip, check, equal, main, open_files, test)


# The command line

@test
def help_names_every_command_and_exit_code(box):
    text = box.ok("--help")
    for word in ("show", "check", "load", "update", "preserve", "cancel", "resume", "124",
                 "--session", "--kernel"):
        check(word in text, word, text)
    equal(box.ok("-h"), text)
    for command in ("show", "check", "load", "update", "preserve", "cancel", "resume",
                    "help"):
        check(f"\n{command} " in box.ok("help"), command)
        text = box.ok("help", command)
        check(text.startswith("Usage: lunicctl [OPTION...] " + command), text)
        equal(box.ok("-j", "help", command), text)


@test
def version(box):
    equal(box.ok("--version"), box.ok("-V"))
    check(box.ok("-V").startswith("lunicctl "), box.ok("-V"))


@test
def the_installed_binary_runs(_box):
    done = subprocess.run([BUILT, "--help"], capture_output=True, text=True,
                          check=True)
    check("preserve" in done.stdout, done)
    done = subprocess.run([BUILT, "--sysroot", "/nonexistent", "-j", "show"],
                          capture_output=True, text=True, check=True)
    equal(json.loads(done.stdout), [])


@test
def commands_may_be_abbreviated(box):
    equal(box.ok("s"), box.ok("show"))
    equal(box.ok("sho"), box.ok("show"))
    check("no command" not in box.ok("ca"))
    check("unknown command 'showx'" in box.fails(1, "showx"))
    check("ambiguous command ''" in box.fails(1, ""))
    check("no command given" in box.fails(1))
    check("unknown command 'x'" in box.fails(1, "help", "x"))


@test
def options_may_follow_the_command(box):
    equal(json.loads(box.ok("show", "-j", A)), box.json("show", A))


@test
def unknown_options_are_usage_errors(box):
    for args in (("-X", "show"), ("--frob", "show"), ("show", "--session")):
        done = box.run(*args)
        equal(done.returncode, 1)
        check(done.stderr.startswith("lunicctl: "), done.stderr)


@test
def timeouts_are_checked(box):
    for bad in ("x", "-1", "", "1s", "nan", "1e9"):
        check("--timeout takes" in box.fails(1, f"--timeout={bad}", "show"))
    box.ok("--timeout=0.5", "show")


@test
def session_names_are_checked(box):
    for bad, why in (("", "empty"), ("x" * 64, "longer than 63"),
                     ("a/b", "'/'"), ("a\nb", "control character")):
        line = box.fails(1, f"--session={bad}", "preserve", A)
        check(why in line, line)
    equal(box.log(), [])
    box.ok("--session=" + "x" * 63, "preserve", A)


# Devices

@test
def a_device_has_four_names(box):
    for name in (A, "01:00.0", "pci/" + A, "eth0"):
        equal([o["pci"] for o in box.json("show", name)], [A])
    equal([o["pci"] for o in box.json("show", B, A, "eth1")], [B, A])


@test
def without_a_name_all_devices_are_meant(box):
    equal([o["pci"] for o in box.json("show")], [A, B])
    equal([o["pci"] for o in box.json("show", "all")], [A, B])


@test
def unknown_devices_are_told(box):
    for name in ("nosuch0", "../sys", "01:00.8", "01:20.0", "01:00.01",
                 " 01:00.0", "0x1:00.0", "01:00.0x", "1.0", ":", ""):
        for command in ("show", "preserve", "cancel", "resume"):
            line = box.fails(2, command, name)
            check(f"lunicctl: {name}: no such" in line, line)
            check("(ENODEV)" in line, line)
    check("no such" in box.fails(2, "show", "0000:09:00.0"))


@test
def other_drivers_devices_are_told(box):
    box.add("0000:05:00.0", "eth5", driver="other")
    (box.root / "sys/class/net/lo").mkdir()
    for name in ("0000:05:00.0", "eth5", "lo"):
        line = box.fails(2, "show", name)
        check("not driven by lunic (ENODEV). Try: modprobe" in line, line)


@test
def no_driver_at_all(box):
    shutil.rmtree(box.root / "sys/bus/pci/drivers/lunic")
    done = box.run("show")
    equal((done.returncode, done.stdout), (0, ""))
    check("lunic drives no device" in done.stderr, done.stderr)
    equal(box.json("-q", "show"), [])
    check("modprobe lunic" in box.fails(3, "preserve"))
    box.put("luo_errno", EIO)  # to open it would be wrong
    check("nothing to resume" in box.ok("resume"))


@test
def domains_beyond_16_bits(box):
    far = "10000000:e1:1f.7"
    box.add(far, "eth9")
    box.ok("preserve", far)
    equal(box.holders().keys(), {"lunic-" + far})
    equal(box.ok("cancel", far),
          f"{far} eth9 cancelled session lunic-{far}\n")


# show

@test
def show_is_a_line_a_device(box):
    box.set(B, flags=0, blocker=3)
    equal(box.ok("show"),
          f"{A} eth0 up link yes state idle\n"
          f"{B} eth1 down link no state idle blocked: the interface is down"
          " (ip link set eth1 up)\n")


@test
def show_knows_every_state(box):
    for state, word in enumerate(("idle", "preserved", "frozen")):
        box.set(A, state=state)
        check(f" state {word}\n" in box.ok("show", A), word)
    box.incoming("s", (A, 0))
    for state, word in ((ADOPTED, "adopted"), (REFUSED, "refused")):
        box.set(A, state=state, blocker=7, flags=HELD)
        check(f" state {word} rx held\n" in box.ok("show", A), word)
    box.set(A, state=77)
    check(" state unknown" in box.ok("show", A))


BLOCKERS = {
    1: ("no-liveupdate", "kho=on liveupdate=on"),
    2: ("priv-flag", "ethtool --set-priv-flags eth0 live-update on"),
    3: ("down", "ip link set eth0 up"),
    4: ("iommu", "iommu=pt"),
    5: ("vf", "physical function"),
    6: ("netns", "link set eth0 netns 1"),
    7: ("incoming", "lunicctl resume eth0"),
    8: ("preserved", "lunicctl cancel eth0"),
    9: ("gone", "dmesg"),
    10: ("feature", "ethtool -K eth0 loopback off"),
    11: ("rings", f"devlink dev param set pci/{A} name blackout_budget_ms"),
    12: ("memory", "name blackout_budget_ms cmode runtime value 70"),
    99: ("unknown", "as new as the kernel"),
}


@test
def show_names_every_blocker_with_its_remedy(box):
    for number, (name, remedy) in BLOCKERS.items():
        box.set(A, blocker=number)
        seen = box.json("show", A)[0]
        equal(seen["blocker"], name)
        check(remedy in seen["remedy"], seen)
        check(f"({seen['remedy']})" in box.ok("show", A), seen)


@test
def a_shortage_is_told_in_numbers(box):
    box.set(A, blocker=12, preserve_errno=12)
    for text in (box.ok("show", A), box.fails(3, "preserve", A),
                 box.json("show", A)[0]["blocker_words"]):
        check("needs 1000 buffers = 2 MiB, only 1 MiB free" in text, text)
    equal(box.json("show", A)[0]["blackout"], {
        "budget_ms": 900, "max_ms": 70, "missing_buffers": 1000,
        "missing_bytes": 2 << 20, "free_bytes": 1 << 20})
    check("blackout budget 900 ms of at most 70: 1000 buffers to add, 2 MiB "
          "of 1 free" in box.ok("-v", "show", A), "show -v")


@test
def show_json_has_units_and_omits_what_does_not_apply(box):
    equal(box.json("show", A), [{
        "device": "pci/" + A, "pci": A, "ifname": "eth0", "ifindex": 2,
        "up": True, "link": True, "held": False, "state": "idle",
        "abi": {"major": 1, "minor": 2}, "updates": 1, "caught_frames": 7,
    }])
    box.ok("preserve", A)
    seen = box.json("show", A)[0]
    equal(seen["state"], "preserved")
    equal(seen["preserved_bytes"], 4096)
    equal(seen["preserved_blocks"], 3)
    equal(seen["session"], "lunic-" + A)
    equal(seen["holder_pid"], box.holders()["lunic-" + A])


@test
def pretty_json_is_the_same_json(box):
    text = box.ok("-jp", "show")
    check(text.count("\n") > 10, text)
    equal(json.loads(text), box.json("show"))


@test
def show_verbose_tells_more(box):
    box.ok("preserve", A)
    text = box.ok("-v", "show", A)
    for words in ("abi 1.2", "updates 1", "caught 7 frames",
                  "preserved 4096 bytes in 3 blocks", f"session lunic-{A}"):
        check(words in text, words, text)


@test
def show_quiet_prints_nothing(box):
    equal(box.ok("-q", "show"), "")


@test
def show_finds_a_nameless_interface_in_sysfs(box):
    box.set(A, ifname="x")
    check(" x up" in box.ok("show", A))
    text = (box.root / "dev/lunic" / A).read_text().replace("ifname", "was")
    box.put("dev/lunic/" + A, text)
    check(" eth0 up" in box.ok("show", A))


@test
def show_goes_on_after_an_error(box):
    (box.root / "dev/lunic" / A).unlink()
    done = box.run("show")
    equal(done.returncode, 2)
    check(done.stdout.startswith(B), done.stdout)
    check(f"/dev/lunic/{A} is missing (ENOENT). Try: modprobe" in done.stderr,
          done.stderr)


@test
def errors_are_json_too(box):
    box.set(A, open_errno=EACCES)
    seen = box.json("show", code=2)
    equal(seen[0]["error"], {
        "dev": A, "code": 2, "errno": EACCES, "errno_name": "EACCES",
        "message": "not permitted", "hint": seen[0]["error"]["hint"]})
    check("root" in seen[0]["error"]["hint"], seen)
    equal(seen[1]["pci"], B)
    seen = box.json("frob", code=1)
    equal(seen[0]["error"]["code"], 1)
    check("errno" not in seen[0]["error"], seen)


@test
def a_driver_of_another_age_is_told(box):
    box.set(A, state_errno=25)
    check("as new as the kernel" in box.fails(2, "show", A))
    box.set(A, state_errno=ENODEV)
    check("the device is gone (ENODEV)" in box.fails(2, "show", A))


# preserve

@test
def preserve_makes_a_session_for_each_device(box):
    text = box.ok("preserve")
    holders = box.holders()
    equal(holders.keys(), {"lunic-" + A, "lunic-" + B})
    equal(text, "".join(
        f"{d} {i} preserved session lunic-{d} holder {holders['lunic-' + d]}\n"
        for d, i in ((A, "eth0"), (B, "eth1"))))
    equal(box.log(), [f"CREATE lunic-{A}", f"CREATE lunic-{B}",
                      f"PRESERVE {A}", f"PRESERVE {B}"])
    equal([o["state"] for o in box.json("show")], ["preserved"] * 2)


@test
def preserve_into_one_session_keeps_the_order(box):
    box.ok("--session", "both", "preserve", B, A)
    equal(box.holders().keys(), {"both"})
    equal(box.log(), ["CREATE both", f"PRESERVE {B}", f"PRESERVE {A}"])
    lines = (box.root / "run/lunic/both.pid").read_text().split()
    equal(lines, [str(box.holders()["both"]), B, A])


@test
def preserve_json(box):
    seen = box.json("preserve", A)
    equal(seen[0]["state"], "preserved")
    equal(seen[0]["holder_pid"], box.holders()["lunic-" + A])


@test
def preserve_of_a_device_that_does_not_answer(box):
    box.set(A, state_errno=EIO)
    equal(box.json("preserve", A), [{
        "device": "pci/" + A, "pci": A, "ifname": "eth0",
        "session": "lunic-" + A, "holder_pid": box.holders()["lunic-" + A]}])


@test
def the_holder_is_detached(box):
    mine, its = os.pipe()
    box.run("preserve", pass_fds=[its])
    os.close(its)
    # At its end, because nobody else has the other end
    check(select.select([mine], [], [], 1)[0], "the holder keeps our files")
    os.close(mine)
    for session, pid in box.holders().items():
        proc = pathlib.Path(f"/proc/{pid}")
        equal((proc / "comm").read_text(), "lunicctl-hold\n")
        equal(os.getsid(pid), pid)
        equal(os.readlink(proc / "cwd"), "/")
        equal(sorted(open_files(pid)),
              ["/dev/null"] * 3 + [f"{box.root}/sessions/{session}"])


@test
def the_holder_outlives_hangup_and_interrupt(box):
    box.ok("preserve", A)
    pid = box.holders()["lunic-" + A]
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
                   signal.SIGPIPE):
        os.kill(pid, number)
    time.sleep(0.1)
    equal(box.holders(), {"lunic-" + A: pid})


@test
def preserve_works_without_stdio(box):
    command = f"exec {FAKED} --sysroot {box.root} --no-network preserve {A} <&- >&- 2>&-"
    subprocess.run(["sh", "-c", command], check=True, timeout=20)
    equal(box.holders().keys(), {"lunic-" + A})


@test
def refused_for_a_blocker(box):
    for number, (_name, remedy) in BLOCKERS.items():
        box.set(A, blocker=number, preserve_errno=95)
        line = box.fails(3, "preserve", A)
        check(line.startswith(f"lunicctl: {A}: "), line)
        check(remedy in line and "(EOPNOTSUPP). Try: " in line, line)
        equal(box.holders(), {})


@test
def refused_without_a_blocker(box):
    for err, code, words in ((ENOENT, 3, "can't preserve this driver"),
                             (EBUSY, 3, "another session"),
                             (ENOMEM, 2, "too little memory"),
                             (EPERM, 2, "not permitted (EPERM). Try: as root"),
                             (EIO, 2, "(EIO). Try: dmesg")):
        box.set(A, preserve_errno=err)
        line = box.fails(code, "preserve", A)
        check(words in line, line)


@test
def one_refusal_undoes_all(box):
    box.set(B, blocker=4, preserve_errno=95)
    for args in (("preserve",), ("--session", "s", "preserve", A, B),
                 ("--session", "s", "preserve", B, A)):
        line = box.fails(3, *args)
        check(line.startswith(f"lunicctl: {B}: ") and "iommu=pt" in line, line)
        equal((box.holders(), box.pidfiles()), ({}, []))
        equal(box.json("show", A)[0]["state"], "idle")


@test
def an_unwritable_run_undoes_all(box):
    box.put("run/lunic", "a file")
    line = box.fails(2, "preserve")
    check(f"can't write /run/lunic/lunic-{A}.pid (ENOTDIR)" in line, line)
    equal(box.holders(), {})


@test
def a_late_failure_undoes_all(box):
    (box.root / f"run/lunic/lunic-{B}.pid").mkdir(parents=True)
    line = box.fails(2, "preserve")
    check(f"lunic-{B}.pid (EISDIR)" in line, line)
    equal((box.holders(), box.pidfiles()), ({}, [f"lunic-{B}.pid"]))


@test
def a_session_that_exists(box):
    box.ok("preserve", A)
    line = box.fails(3, "preserve")
    check(f"the session lunic-{A} exists already (EEXIST)" in line, line)
    check(f"Try: lunicctl cancel --session lunic-{A}" in line, line)
    equal(box.holders().keys(), {"lunic-" + A})
    line = box.fails(3, "--session", "other", "preserve", A)
    check("preserves it already (EBUSY). Try: lunicctl cancel eth0" in line,
          line)


@test
def a_session_of_somebody_else(box):
    box.ok("preserve", A)
    (box.root / f"run/lunic/lunic-{A}.pid").unlink()
    line = box.fails(3, "preserve", A)
    check("does not hold it (EEXIST). Try: another name" in line, line)


@test
def no_liveupdate(box):
    (box.root / "dev/liveupdate").unlink()
    for command in ("preserve", "resume"):
        line = box.fails(2, command)
        check("(ENOENT). Try: boot with kho=on liveupdate=on" in line, line)
    box.ok("show")


@test
def liveupdate_errors(box):
    for err, code, words in ((EACCES, 2, "as root"), (EPERM, 2, "as root"),
                             (EIO, 2, "load lunic before"),
                             (ENODEV, 2, "kho=on liveupdate=on"),
                             (ENOMEM, 2, "(ENOMEM)")):
        box.put("luo_errno", err)
        for command in ("preserve", "resume"):
            line = box.fails(code, command, A)
            check(words in line, line)


@test
def busy_liveupdate_times_out(box):
    box.put("luo_errno", EBUSY)
    for command in ("preserve", "resume"):
        begin = time.monotonic()
        line = box.fails(124, "--timeout=0.3", command)
        check(0.3 <= time.monotonic() - begin < 3, time.monotonic() - begin)
        check("systemd" in line and "(EBUSY)" in line, line)


@test
def busy_liveupdate_is_waited_for(box):
    box.put("luo_errno", EBUSY)
    free = threading.Timer(0.3, (box.root / "luo_errno").unlink)
    free.start()
    box.ok("preserve", A)
    free.join()


# cancel

@test
def cancel_ends_the_holder(box):
    box.ok("preserve")
    equal(box.ok("cancel", "eth0"),
          f"{A} eth0 cancelled session lunic-{A}\n")
    equal(box.holders().keys(), {"lunic-" + B})
    equal(box.pidfiles(), [f"lunic-{B}.pid"])
    equal([o["state"] for o in box.json("show")], ["idle", "preserved"])
    box.ok("preserve", A)


@test
def cancel_all(box):
    box.ok("preserve")
    seen = box.json("cancel")
    equal([(o["pci"], o["state"], o["session"]) for o in seen],
          [(d, "idle", "lunic-" + d) for d in (A, B)])
    equal((box.holders(), box.pidfiles()), ({}, []))
    equal(box.ok("cancel"), "nothing to cancel\n")


@test
def cancel_by_session(box):
    box.ok("--session", "both", "preserve")
    line = box.fails(3, "cancel", B)
    check(f"lunicctl: {A}: the session both preserves this device too" in line
          and "Try: lunicctl cancel --session both" in line, line)
    check("not both" in box.fails(1, "--session", "both", "cancel", A))
    check("no session x is held" in box.fails(3, "--session", "x", "cancel"))
    equal(box.holders().keys(), {"both"})
    box.ok("--session", "both", "cancel")
    equal(box.holders(), {})


@test
def cancel_of_all_a_sessions_devices(box):
    box.ok("--session", "both", "preserve")
    box.ok("cancel", B, A)
    equal(box.holders(), {})


@test
def cancel_of_what_is_not_preserved(box):
    line = box.fails(3, "cancel", A)
    check("not preserved, nothing to cancel (state idle)" in line, line)
    box.ok("preserve", A)
    line = box.fails(3, "cancel", A, B)
    check(line.startswith(f"lunicctl: {B}: "), line)
    equal(box.holders().keys(), {"lunic-" + A})


@test
def cancel_of_what_another_process_preserves(box):
    box.set(A, state=PRESERVED, blocker=8)
    line = box.fails(3, "cancel", A)
    check("not preserved by lunicctl" in line, line)


@test
def cancel_never_kills_another_process(box):
    with subprocess.Popen(["sleep", "60"]) as innocent:
        (box.root / "run/lunic").mkdir()
        box.put(f"run/lunic/lunic-{A}.pid", f"{innocent.pid}\n{A}\n")
        box.fails(3, "cancel", A)
        equal(innocent.poll(), None)
        equal(box.pidfiles(), [])
        innocent.kill()


@test
def stale_and_broken_pidfiles_are_removed(box):
    box.ok("preserve", A)
    os.kill(box.holders()["lunic-" + A], signal.SIGKILL)
    while box.holders():
        time.sleep(0.01)
    for name, text in (("a", ""), ("b", "x\n"), ("c", "-1\n"), ("d", "0\n")):
        box.put(f"run/lunic/{name}.pid", text)
    check("session" not in box.json("show", A)[0])
    equal(box.ok("cancel"), "nothing to cancel\n")
    equal(box.pidfiles(), [])
    box.ok("preserve", A)


@test
def cancel_times_out_when_the_kernel_keeps_the_device(box):
    box.ok("preserve", A)
    box.set(A, state=PRESERVED)
    line = box.fails(124, "--timeout=0.2", "cancel", A)
    check("still preserved (ETIMEDOUT)" in line, line)


@test
def cancel_times_out_when_the_holder_does_not_end(box):
    box.ok("preserve", A)
    pid = box.holders()["lunic-" + A]
    os.kill(pid, signal.SIGSTOP)
    line = box.fails(124, "--timeout=0.2", "cancel", A)
    check(f"the process {pid}" in line and "does not end" in line, line)
    equal(box.pidfiles(), [f"lunic-{A}.pid"])


# resume

@test
def resume_takes_over_and_finishes(box):
    for d in (A, B):
        box.incoming("lunic-" + d, (d, 0))
        box.set(d, state=ADOPTED, blocker=7)
    equal(box.ok("resume"),
          f"{A} eth0 resumed updates 1 caught 7 frames\n"
          f"{B} eth1 resumed updates 1 caught 7 frames\n")
    equal(box.log(), [
        f"RETRIEVE lunic-{A}", f"RETRIEVE lunic-{B}",
        f"RETRIEVE_FD {A}", f"RESUME {A}", f"FINISH lunic-{A}",
        f"RETRIEVE_FD {B}", f"RESUME {B}", f"FINISH lunic-{B}"])
    equal(box.ok("resume"), "nothing to resume\n")
    equal(box.json("resume"), [])


@test
def resume_of_one_session(box):
    box.incoming("both", (A, 0), (B, 0))
    box.ok("--session", "both", "resume")
    equal(box.log(), ["RETRIEVE both", f"RETRIEVE_FD {A}", f"RETRIEVE_FD {B}",
                      f"RESUME {A}", f"RESUME {B}", "FINISH both"])


@test
def resume_json(box):
    box.incoming("lunic-" + A, (A, 0))
    box.set(A, state=ADOPTED)
    seen = box.json("resume")
    equal(len(seen), 1)
    equal((seen[0]["pci"], seen[0]["outcome"], seen[0]["state"],
           seen[0]["caught_frames"]), (A, "resumed", "idle", 7))


@test
def resume_of_what_did_not_come_in(box):
    line = box.fails(3, "resume", "eth0")
    check(f"lunicctl: {A}: the previous kernel handed nothing over" in line
          and "--session" in line, line)
    box.incoming("s", (B, 0))
    done = box.run("--session", "s", "resume", A)
    equal(done.returncode, 3)
    check("in a session s" in done.stderr, done.stderr)


@test
def resume_of_a_session_that_lacks_a_device(box):
    box.incoming("s", (B, 0))
    equal(box.ok("--session", "s", "resume"),
          f"{B} eth1 resumed updates 1 caught 7 frames\n")


@test
def a_refused_handover_is_finished(box):
    box.incoming("lunic-" + A, (A, 0))
    box.set(A, state=REFUSED)
    done = box.run("resume")
    equal(done.returncode, 4)
    check(f"{A} eth0 reset" in done.stdout, done.stdout)
    check("refused the handover and reset the device" in done.stderr
          and "Try: dmesg" in done.stderr, done.stderr)
    check(f"FINISH lunic-{A}" in box.log(), box.log())


@test
def a_refused_handover_whose_file_cannot_be_had(box):
    box.incoming("lunic-" + A, (A, EIO))
    box.set(A, state=REFUSED)
    seen = box.json("resume", A, code=4)
    equal((seen[0]["outcome"], seen[1]["error"]["code"]), ("reset", 4))
    check(f"FINISH lunic-{A}" in box.log(), box.log())


@test
def a_failed_retrieve_is_finished(box):
    box.incoming("both", (A, EIO), (B, 0))
    done = box.run("--session", "both", "resume")
    equal(done.returncode, 2)
    check(f"lunicctl: {A}: " in done.stderr and "(EIO)" in done.stderr, done)
    check(f"{B} eth1 resumed" in done.stdout, done.stdout)
    equal(box.log()[-1], "FINISH both")


@test
def a_failed_resume_is_finished(box):
    box.incoming("lunic-" + A, (A, 0))
    box.set(A, resume_errno=EPERM)
    done = box.run("resume")
    equal(done.returncode, 2)
    check("CAP_NET_ADMIN" in done.stderr, done.stderr)
    equal(box.log()[-1], f"FINISH lunic-{A}")


@test
def a_failed_finish_is_told(box):
    box.incoming("lunic-" + A, (A, 0))
    box.put("finish_errno", EBUSY)
    done = box.run("resume")
    equal(done.returncode, 2)
    check("could not finish the session" in done.stderr, done.stderr)


@test
def a_session_that_is_being_resumed(box):
    box.incoming("lunic-" + A, (A, 0))
    with open(box.root / f"incoming/lunic-{A}", encoding="ascii") as f:
        subprocess.run(["flock", "-n", str(f.fileno())], check=True,
                       pass_fds=[f.fileno()])
        check("being resumed already" in box.fails(3, "resume", A))


@test
def resume_of_a_device_that_is_gone(box):
    box.incoming("lunic-" + A, (A, 0))
    (box.root / "dev/lunic" / A).unlink()
    (box.root / "sys/bus/pci/drivers/lunic" / A).unlink()
    line = box.fails(2, "resume", A)
    check("could not take the device over (ENODEV)" in line, line)
    equal(box.log()[-1], f"FINISH lunic-{A}")


# What comes with it

@test
def the_manual_is_clean(_box):
    if not shutil.which("groff"):
        raise Skip("groff is not installed")
    for page in HERE.parent.glob("*.8"):
        done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", page],
                              capture_output=True, text=True, check=False)
        equal((done.returncode, done.stderr), (0, ""))


@test
def the_manual_knows_every_option(box):
    page = "".join(page.read_text() for page in HERE.parent.glob("*.8")).replace("\\-", "-")
    options = {w.strip(",").split("=")[0] for w in box.ok("--help").split()
               if w.startswith("--")}
    check(len(options) > 8, options)
    for option in options:
        check(option in page, option)


def complete(box, line):
    """What completion offers for the end of @line."""
    root = f"lunicctl --sysroot {box.root} "
    script = """. "$1"; COMP_LINE=$2; COMP_POINT=${#2}; _lunicctl
        printf '%s\\n' "${COMPREPLY[@]}" """
    file = HERE.parent / "lunicctl.bash"
    done = subprocess.run(
        ["bash", "-c", script, "x", file, root + line],
        capture_output=True, text=True, check=True)
    check(not done.stderr, done.stderr)
    return set(done.stdout.split())


@test
def completion_offers_commands_options_devices_and_sessions(box):
    commands = {line.split()[0] for line in box.ok("help").splitlines()
                if line and line[0].islower()}
    equal(complete(box, ""), commands)
    equal(complete(box, "p"), {"preserve"})
    equal(complete(box, "help res"), {"resume"})
    equal(complete(box, "update --kernel /etc/passw"), {"/etc/passwd", "/etc/passwd-"} &
          {str(p) for p in pathlib.Path("/etc").iterdir()})
    options = {w.strip(",").split("=")[0] for w in box.ok("--help").split()
               if w.startswith("-") and len(w) > 1}
    equal(complete(box, "-"), options)
    equal(complete(box, "show "), {"all", A, B, "eth0", "eth1"})
    equal(complete(box, "-v show e"), {"eth0", "eth1"})
    equal(complete(box, "show 0000:0"), {"01:00.0", "02:00.1"})
    equal(complete(box, "--timeout 1 sh"), {"show"})
    box.ok("--session", "mine", "preserve", A)
    equal(complete(box, "cancel --session m"), {"mine"})


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.exit(main())
