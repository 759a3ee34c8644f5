#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the driver's KUnit tests in a VM and passes their KTAP on."""
import os
import re
import sys

from lib.machine import folder
from lab.errors import LabError
from lab.guest import Guest
from lab.vm import VM

STAMP = re.compile(r"^\[ *\d+\.\d+\] ")
KTAP = re.compile(r"^( *)(KTAP version|1\.\.\d|ok \d|not ok \d|# )")


def report():
    """The kernel's messages from the first line of KTAP on."""
    guest = Guest(modules=["kunit", "lunic_kunit"], interfaces=[])
    with VM(folder(), nics=[], guest=guest) as vm:
        lines = [STAMP.sub("", line) for line in vm.must("dmesg").splitlines()]
    for number, line in enumerate(lines):
        if line.strip().startswith("KTAP version"):
            return [line for line in lines[number:] if KTAP.match(line)]
    raise LabError("the kernel printed no KTAP; see "
                   + os.path.join(folder(), "serial.log"))


def main():
    """Fails where a line does, or where there is none."""
    try:
        lines = report()
    except LabError as error:
        lines = ["KTAP version 1", "1..1", f"# {error}", "not ok 1 the module runs"]
    print("\n".join(lines))
    sys.exit(any(line.strip().startswith("not ok") for line in lines))


if __name__ == "__main__":
    main()
