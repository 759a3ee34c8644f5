# SPDX-License-Identifier: GPL-2.0
"""Builds the driver of the ABI's previous minor version, for the tests' kernel."""
import fcntl
import hashlib
import os
import shutil
import subprocess
import tarfile

from lab import paths
from lab.errors import LabError

from . import HERE

SOURCE = os.path.join(HERE, "fixtures", "lunic-abi-1.0.tar.xz")
DRIVER = "drivers/net/ethernet/vendor/lunic"
# Where a guest has it, for lab.modules=
NAME, PLACE = "lunic-1.0", "/lib/lab/lunic-1.0.ko"


def _key(variant):
    with open(SOURCE, "rb") as source, \
            open(paths.variant(variant, "kernel.key"), "rb") as kernel:
        return hashlib.sha256(source.read() + kernel.read()).hexdigest()[:16]


def _build(variant, folder):
    with tarfile.open(SOURCE) as source:
        source.extractall(folder)
    out = os.path.join(folder, "out")
    done = subprocess.run(
        ["make", "-s", "-C", paths.variant(variant, "kdir"),
         f"M={os.path.join(folder, DRIVER)}", f"MO={out}", "CONFIG_LUNIC=m", "modules"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"the driver of ABI 1.0 can't be built: {done.stderr[-2000:]}")
    module = os.path.join(out, "lunic.ko")
    subprocess.run(["strip", "--strip-debug", module], check=True)
    return module


def module(variant="lab"):
    """Its bytes; built once for a kernel."""
    base = os.path.join(paths.BUILD, "selftests")
    os.makedirs(base, exist_ok=True)
    ready = os.path.join(base, f"lunic-1.0-{_key(variant)}.ko")
    with open(os.path.join(base, "lunic-1.0.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(ready):
            folder = paths.fresh(os.path.join(base, "lunic-1.0"))
            os.rename(_build(variant, folder), ready)
            shutil.rmtree(folder)
    with open(ready, "rb") as source:
        return source.read()
