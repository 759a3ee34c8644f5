#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests lunic-session with a fake kernel, manager and systemctl; prints KTAP.

usage: run.py LUNIC-SESSION LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lunicctl/tests"))

# pylint: disable=wrong-import-position
from box import A, ADOPTED, B, BUILT, EBUSY, FAKED, UP, check, equal, main, test  # noqa: E402
from service import ServiceBox  # noqa: E402

KEXEC = "1204 kexec.target start waiting\n"
OTHERS = ("", "1204 reboot.target start waiting\n",
          "1204 soft-reboot.target start waiting\n", "1204 kexec.target stop waiting\n")


class SessionBox(ServiceBox):
    """A host that runs lunic.service."""

    def __init__(self):
        super().__init__()
        # What it writes about an update has tests of its own
        self.fake("lunicctl", f'''case $* in *history*|*report*) echo "$*" >>{self.root}/notes ;;
*) exec {FAKED} --sysroot {self.root} --no-network --timeout=2 "$@" ;; esac''')
        self.env["LUNIC_METRICS"] = str(self.root / "metrics")
        self.env["LUNIC_ROOT"] = str(self.root)
        self.fake("ip", "")
        self.jobs("")

    def jobs(self, text):
        """What systemd is about to do."""
        self.put("jobs", text)
        self.fake("systemctl", 'case $* in *list-jobs*)'
                  f' grep "${{4-}}" {self.root}/jobs;; *) exit 9;; esac')

    def call(self, *words, names=None, fd=None):
        """(exit code, standard error) of lunic-session."""
        command = [BUILT, *words]
        env = dict(self.env)
        if fd is not None:
            env.update(LISTEN_FDS="1", LISTEN_FDNAMES=names)
            command = ["bash", "-c", f'exec 3<&{fd} {fd}<&-; exec "$0" "$@"', *command]
        done = subprocess.run(command, env=env, capture_output=True, text=True,
                              check=False, timeout=60, pass_fds=[fd] if fd else [])
        return done.returncode, done.stderr

    def done(self, *words, **more):
        equal(self.call(*words, **more), (0, ""))

    def ifupdown(self, text=None):
        """ifupdown's list of what it has configured; with TEXT: writes it."""
        file = self.root / "run/network/ifstate"
        if text is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            (self.root / "var/lib/lunic").mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return file.read_text()

    def states(self):
        return [o["state"] for o in self.json("show")]


@test
def reload_preserves_into_the_store(box):
    box.done("preserve")
    equal(box.stored(), ["lunic"])
    equal(box.states(), ["preserved"] * 2)
    equal((box.root / "priv_flags").read_text(), "3\n")


@test
def reload_again_preserves_anew(box):
    box.done("preserve")
    box.done("preserve")
    equal(box.stored(), ["lunic"])
    equal(box.log().count(f"PRESERVE {A}"), 2)


@test
def reload_leaves_out_what_is_down(box):
    box.set(B, flags=0, blocker=3)
    box.done("preserve")
    equal(box.states(), ["preserved", "idle"])


@test
def reload_with_nothing_to_preserve(box):
    for device in (A, B):
        box.set(device, flags=0)
    code, line = box.call("preserve")
    equal((code, box.stored()), (0, []))
    check("nothing to preserve" in line, line)


@test
def reload_takes_over_from_an_operator(box):
    box.ok("preserve", A)
    box.done("preserve")
    equal(box.stored(), ["lunic"])
    equal(box.holders(), {})


@test
def a_refusal_fails_the_reload(box):
    box.set(B, preserve_errno=EBUSY)
    code, line = box.call("preserve")
    check(code != 0 and B in line, code, line)
    equal((box.stored(), box.states()), ([], ["idle"] * 2))


@test
def a_kexec_preserves(box):
    box.jobs(KEXEC)
    box.done("stop")
    equal((box.stored(), box.states()), (["lunic"], ["preserved"] * 2))


@test
def a_kexec_leaves_alone_what_is_preserved(box):
    box.done("preserve")
    box.jobs(KEXEC)
    box.done("stop")
    equal(box.stored(), ["lunic"])
    equal(box.log().count(f"PRESERVE {A}"), 1)


@test
def a_kexec_adds_what_came_up_since(box):
    box.set(B, flags=0)
    box.done("preserve")
    box.set(B, flags=UP)
    box.jobs(KEXEC)
    box.done("stop")
    equal(box.states(), ["preserved"] * 2)


@test
def a_kexec_goes_on_when_it_can_not_preserve(box):
    box.set(A, preserve_errno=EBUSY)
    box.jobs(KEXEC)
    code, lines = box.call("stop")
    equal((code, box.stored()), (0, []))
    check("this kexec will reset the network cards" in lines, lines)
    check(f"lunicctl: {A}: " in lines, lines)


@test
def a_kexec_has_ifupdown_leave_what_is_preserved(box):
    for preserved in (False, True):
        box.ifupdown("lo=lo\neth0=eth0\n")
        if preserved:
            box.jobs("")
            box.done("preserve")
        box.jobs(KEXEC)
        box.done("stop")
        equal(box.ifupdown(), "lo=lo\n")


@test
def ifupdown_takes_down_what_is_not_preserved(box):
    box.ifupdown("lo=lo\neth0=eth0\n")
    box.set(B, flags=0)
    box.done("preserve")
    box.set(B, flags=UP, preserve_errno=EBUSY)
    box.jobs(KEXEC)
    box.call("stop")
    equal((box.states(), box.ifupdown()), (["idle"] * 2, "lo=lo\neth0=eth0\n"))


@test
def a_kexec_goes_on_when_ifupdown_can_not_be_told(box):
    box.ifupdown("lo=lo\neth0=eth0\n")
    (box.root / "var/lib/lunic").rmdir()
    box.jobs(KEXEC)
    code, line = box.call("stop")
    equal((code, box.stored()), (0, ["lunic"]))
    check("ifdown will take the addresses away" in line, line)


@test
def everything_else_cancels(box):
    for jobs in OTHERS:
        box.jobs(jobs)
        box.ifupdown("eth0=eth0\n")
        box.done("preserve")
        box.done("stop")
        equal((jobs, box.stored(), box.states()), (jobs, [], ["idle"] * 2))
        equal(box.ifupdown(), "eth0=eth0\n")


@test
def start_has_nothing_to_do(box):
    box.done("start")
    equal(box.log(), [])


@test
def start_notes_the_update_down(box):
    box.done("start")
    equal((box.root / "notes").read_text(), "-q history --record\n")
    (box.root / "metrics").mkdir()
    box.done("start")
    check("-q report --prometheus --output "
          f"{box.root}/metrics/lunic.prom\n" in (box.root / "notes").read_text())


@test
def start_resumes_what_systemd_brought_along(box):
    box.incoming("lunic", (A, 0), (B, 0))
    with (box.root / "incoming/lunic").open("r+b") as session:
        box.done("start", names="other", fd=session.fileno())
        equal(box.log(), [])
        box.set(A, state=ADOPTED)
        box.done("start", names="lunic", fd=session.fileno())
    check("FINISH lunic" in box.log(), box.log())
    check("RETRIEVE lunic" not in box.log(), box.log())


@test
def start_resumes_by_name_without_a_store(box):
    box.incoming("lunic", (A, 0))
    box.incoming(f"lunic-{B}", (B, 0))
    for device in (A, B):
        box.set(device, state=ADOPTED)
    box.done("start")
    equal(box.states(), ["idle"] * 2)
    check({"FINISH lunic", f"FINISH lunic-{B}"} <= set(box.log()), box.log())


@test
def start_cancels_what_a_killed_stop_left(box):
    box.done("preserve")
    box.done("start", names="lunic", fd=box.manager.store[0])
    equal((box.stored(), box.states()), ([], ["idle"] * 2))
    check("FINISH lunic" not in box.log(), box.log())


@test
def a_failed_resume_is_told_and_ends_the_session(box):
    box.incoming("lunic", (A, 0))
    box.set(A, state=ADOPTED)
    box.put("finish_errno", 5)
    with (box.root / "incoming/lunic").open("r+b") as session:
        code, lines = box.call("start", names="lunic", fd=session.fileno())
    equal((code, box.stored()), (0, []))
    check("could not finish the session lunic" in lines, lines)


@test
def only_its_unit_calls_it(box):
    for words in ((), ("frob",)):
        code, line = box.call(*words)
        equal(code, 1)
        check("lunic.service calls this" in line, line)


if __name__ == "__main__":
    sys.exit(main(SessionBox))
