# SPDX-License-Identifier: GPL-2.0
"""Builds a module for the tests' kernel that is not lunic, once for each kernel."""
import fcntl
import hashlib
import os
import shutil
import subprocess

from lab import paths
from lab.errors import LabError


def _key(variant, sources):
    digest = hashlib.sha256()
    for path in [*sources, paths.variant(variant, "kernel.key")]:
        with open(path, "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()[:16]


def _build(variant, folder, product, words):
    out = os.path.join(folder, "out")
    done = subprocess.run(
        ["make", "-s", "-C", paths.variant(variant, "kdir"), f"M={folder}", f"MO={out}",
         *words, "modules"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{product} can't be built in {folder}: {done.stderr[-2000:]}")
    path = os.path.join(out, product)
    subprocess.run(["strip", "--strip-debug", path], check=True)
    return path


def built(name, sources, unpack, product, words=(), variant="lab"):
    """The module's bytes. sources: files that it depends on; unpack(folder): puts them
    there and returns the folder to build."""
    base = os.path.join(paths.BUILD, "selftests")
    os.makedirs(base, exist_ok=True)
    ready = os.path.join(base, f"{name}-{_key(variant, sources)}.ko")
    with open(os.path.join(base, f"{name}.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(ready):
            folder = paths.fresh(os.path.join(base, name))
            os.rename(_build(variant, unpack(folder), product, words), ready)
            shutil.rmtree(folder)
    with open(ready, "rb") as source:
        return source.read()
