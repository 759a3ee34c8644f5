# SPDX-License-Identifier: GPL-2.0
"""What lunicctl's tests share: a sysroot with a fake kernel, and the runner."""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import schema

HERE = pathlib.Path(__file__).resolve().parent
A, B = "0000:01:00.0", "0000:02:00.1"
TOKEN = {A: 0x10000 >> 8, B: 0x201}
IDLE, PRESERVED, FROZEN, ADOPTED, REFUSED = range(5)
LINK, UP, HELD = 1, 2, 4
EPERM, ENOENT, EIO, ENOMEM, EACCES, EBUSY, ENODEV = 1, 2, 5, 12, 13, 16, 19
TESTS = []
BUILT, FAKED = (sys.argv + [None, None])[1:3]


class Skip(Exception):
    """A tool that the test needs is not there."""


def test(function):
    TESTS.append(function)
    return function


def check(condition, *seen):
    if not condition:
        raise AssertionError(" | ".join(str(s) for s in seen))


def equal(got, wanted):
    check(got == wanted, f"got {got!r}", f"wanted {wanted!r}")


def open_files(pid):
    fds = f"/proc/{pid}/fd"
    try:
        return [os.readlink(f"{fds}/{fd}") for fd in os.listdir(fds)]
    except OSError:  # it has ended, or is another user's
        return []


class Box:
    """A sysroot with two devices, and lunicctl run in it."""
    # The network is this machine's own: hands off
    always = ["--no-network"]

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="lunicctl-"))
        for name in ("dev/lunic", "sessions", "incoming", "run",
                     "sys/bus/pci/drivers/lunic", "sys/bus/pci/devices",
                     "sys/class/net"):
            (self.root / name).mkdir(parents=True)
        (self.root / "dev/liveupdate").touch()
        (self.root / "sys/bus/pci/drivers/lunic/bind").touch()
        self.add(A, "eth0", ifindex=2)
        self.add(B, "eth1", ifindex=3)

    def add(self, address, ifname, driver="lunic", **answers):
        device = self.root / "sys/bus/pci/devices" / address
        net = device / "net" / ifname
        net.mkdir(parents=True)
        (net / "device").symlink_to(f"../../../{address}")
        (self.root / "sys/class/net" / ifname).symlink_to(net)
        if driver == "lunic":
            bound = self.root / "sys/bus/pci/drivers/lunic" / address
            bound.symlink_to(device)
            self.set(address, ifname=ifname, flags=LINK | UP, updates=1,
                     caught=7, bytes=4096, blocks=3, **answers)

    def set(self, address, **answers):
        with (self.root / "dev/lunic" / address).open("a") as f:
            for key, value in answers.items():
                f.write(f"{key} {value}\n")

    def incoming(self, session, *devices):
        text = "".join(f"{TOKEN[d]} {err}\n" for d, err in devices)
        (self.root / "incoming" / session).write_text(text)

    def put(self, name, text):
        (self.root / name).write_text(str(text))

    def run(self, *args, **more):
        command = [FAKED, "--sysroot", self.root, *self.always, *args]
        done = subprocess.run(command, capture_output=True, text=True,
                              errors="replace", timeout=20, check=False,
                              **more)
        schema.check(args, done.stdout)
        return done

    def ok(self, *args):
        done = self.run(*args)
        check(done.returncode == 0 and not done.stderr, args, done)
        return done.stdout

    def fails(self, code, *args):
        """The error line; nothing may have been printed as a result."""
        done = self.run(*args)
        check(done.returncode == code, args, done)
        check(done.stderr.count("\n") == 1, done.stderr)
        check(done.stderr.startswith("lunicctl: "), done.stderr)
        check(not done.stdout, done.stdout)
        return done.stderr

    def json(self, *args, code=0):
        done = self.run("--json", *args)
        check(done.returncode == code, args, done)
        return json.loads(done.stdout)

    def log(self):
        file = self.root / "log"
        return file.read_text().splitlines() if file.exists() else []

    def holders(self):
        """Living processes that have a session of this box open."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for target in open_files(pid):
                if target.startswith(f"{self.root}/sessions/"):
                    found[pathlib.Path(target).name] = int(pid)
        return found

    def pidfiles(self):
        return sorted(p.name for p in self.root.glob("run/lunic/*"))

    def close(self):
        for pid in self.holders().values():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.root)


def run_one(number, function, make_box):
    name = function.__name__
    box = make_box()
    try:
        function(box)
    except Skip as why:
        print(f"ok {number} {name} # SKIP {why}")
    except Exception:  # whatever it is, the other tests must run
        for line in traceback.format_exc().splitlines():
            print("#", line)
        print(f"not ok {number} {name}")
        return False
    else:
        print(f"ok {number} {name}")
    finally:
        box.close()
        sys.stdout.flush()
    return True


def main(make_box=Box):
    """Runs the caller's tests; its exit status."""
    print("KTAP version 1")
    print(f"1..{len(TESTS)}")
    results = [run_one(n, t, make_box) for n, t in enumerate(TESTS, 1)]
    print(f"# Totals: pass:{sum(results)} fail:{results.count(False)}")
    return 0 if all(results) else 1
