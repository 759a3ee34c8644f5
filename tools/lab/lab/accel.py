# SPDX-License-Identifier: GPL-2.0
"""Chooses between KVM and emulation: KVM only where a real boot has worked."""
import json
import os
import subprocess
import tempfile

from . import paths
from .errors import LabError

PROBE_SECONDS = 15


def _host_key():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as source:
        return source.read().strip() + " " + paths.qemu()


def _boots():
    """Whether the lab's kernel reaches init under KVM in time."""
    args = [paths.qemu(), "-machine", "q35", "-accel", "kvm", "-cpu", "host", "-smp", "2",
            "-m", "512M", "-nodefaults", "-display", "none", "-no-reboot",
            "-serial", "stdio", "-kernel", paths.variant("lab", "bzImage"),
            "-initrd", paths.variant("lab", "initrd.cpio"),
            "-append", "console=ttyS0 quiet loglevel=3 panic=-1"]
    with tempfile.TemporaryFile() as out:
        try:
            subprocess.run(args, stdin=subprocess.DEVNULL, stdout=out,
                           stderr=subprocess.STDOUT, timeout=PROBE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            pass
        out.seek(0)
        return b"lab: init" in out.read()


def _probe():
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    cache = os.path.join(paths.BUILD, "lab", "kvm-probe.json")
    try:
        with open(cache, encoding="utf-8") as source:
            known = json.load(source)
        if known["host"] == _host_key():
            return known["usable"]
    except (OSError, ValueError, KeyError):
        pass
    usable = _boots()
    with open(cache, "w", encoding="utf-8") as out:
        json.dump({"host": _host_key(), "usable": usable}, out)
    return usable


def choose():
    """kvm or tcg; LAB_ACCEL overrides."""
    wanted = os.environ.get("LAB_ACCEL")
    if wanted:
        if wanted not in ("kvm", "tcg"):
            raise LabError(f"LAB_ACCEL={wanted}: kvm or tcg is needed")
        return wanted
    return "kvm" if _probe() else "tcg"
