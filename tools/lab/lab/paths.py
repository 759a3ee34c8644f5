# SPDX-License-Identifier: GPL-2.0
"""Where built things are found, and one clear error where they are not."""
import os
import shutil

from .errors import LabError

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
BUILD = os.environ.get("LAB_BUILD") or os.path.join(ROOT, "build")
REPORT = os.path.join(BUILD, "report")


def need(path, remedy="run make setup"):
    """The path, if there is something; else an error with the remedy."""
    if not os.path.exists(path):
        raise LabError(f"{path} is missing; {remedy}")
    return path


def variant(name, *parts):
    """A file of one kernel's build: lab, debug, kcsan or v9."""
    return need(os.path.join(BUILD, name, *parts),
                "run make setup" + ("" if name == "lab" else f"-{name}"))


def tool(name):
    """A program that the set-up built."""
    return need(os.path.join(BUILD, "tools", name), "run make tools")


def qemu():
    """The QEMU to run: $QEMU or the system's."""
    wanted = os.environ.get("QEMU") or "qemu-system-x86_64"
    found = shutil.which(wanted)
    if not found:
        raise LabError(f"{wanted} is not there; run make setup or set QEMU=PROGRAM")
    return found


def fresh(folder):
    """An empty folder at that place."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder
