# SPDX-License-Identifier: GPL-2.0
"""What lunic's tests share; finds the lab's library beside the clone's tools."""
import os
import sys

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
ROOT = os.path.abspath(os.path.join(HERE, "../../../.."))

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools", "lab"))
