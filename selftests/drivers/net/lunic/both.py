#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""An 82576 and an 82574L in one machine, in one session, in one live update."""
from lib import ktap, several
from lab.nic import Nic

NICS = [Nic("igb"), Nic("e1000e")]
program = ktap.Program()
several.add_cases(program, NICS)

if __name__ == "__main__":
    program.main(lambda: several.setup(NICS))
