# SPDX-License-Identifier: GPL-2.0
"""The driver of the ABI's previous minor version, for the tests' kernel."""
import os
import tarfile

from . import HERE, extmod

SOURCE = os.path.join(HERE, "fixtures", "lunic-abi-1.0.tar.xz")
DRIVER = "drivers/net/ethernet/vendor/lunic"
# Where a guest has it, for lab.modules=
NAME, PLACE = "lunic-1.0", "/lib/lab/lunic-1.0.ko"


def _unpack(folder):
    with tarfile.open(SOURCE) as source:
        source.extractall(folder)
    return os.path.join(folder, DRIVER)


def module(variant="lab"):
    """Its bytes; built once for a kernel."""
    return extmod.built(NAME, [SOURCE], _unpack, "lunic.ko", ["CONFIG_LUNIC=m"], variant)
