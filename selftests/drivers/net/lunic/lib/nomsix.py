# SPDX-License-Identifier: GPL-2.0
"""The module that takes MSI-X from NICs, for the tests' kernel."""
import os
import shutil

from . import HERE, extmod

FOLDER = os.path.join(HERE, "nomsix")
SOURCES = [os.path.join(FOLDER, name) for name in ("Makefile", "nomsix.c")]
# Where a guest has it, for lab.modules=
NAME, PLACE = "nomsix", "/lib/lab/nomsix.ko"


def _copy(folder):
    for source in SOURCES:
        shutil.copy2(source, folder)
    return folder


def module(variant="lab"):
    """Its bytes; built once for a kernel."""
    return extmod.built(NAME, SOURCES, _copy, "nomsix.ko", variant=variant)
