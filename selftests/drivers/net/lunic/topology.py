#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Four NICs in one live update: two on the root bus, without a port above them, and two
behind one PCIe switch."""
from lib import ktap, several
from lab.nic import Nic

# The guest finds those on the root bus first
NICS = [Nic(model, place=place) for place in ("root", "switch")
        for model in ("igb", "e1000e")]
RATE = 250
program = ktap.Program()
several.add_cases(program, NICS)

if __name__ == "__main__":
    # QEMU has to serve four wires: on a busy host it may be late at one of them
    program.main(lambda: several.setup(NICS, memory="3G", rate=RATE, buffer_ms=3000))
