# SPDX-License-Identifier: GPL-2.0
"""The NIC that the tests run on, LAB_NIC=igb or e1000e, and what it can."""
import os
from dataclasses import dataclass

from lab.errors import LabError


@dataclass(frozen=True)
class Device:
    """A NIC that lunic drives."""
    chip: str
    pci_id: str
    queues: int


DEVICES = {"igb": Device("82576", "0x10c9", 16), "e1000e": Device("82574L", "0x10d3", 2)}
MODEL = os.environ.get("LAB_NIC") or "igb"
if MODEL not in DEVICES:
    raise LabError(f"LAB_NIC={MODEL}: one of {', '.join(DEVICES)} is needed")
THIS = DEVICES[MODEL]
OTHER_MODEL = next(model for model in DEVICES if model != MODEL)


def named(test):
    """How a test on this NIC is called."""
    return test if MODEL == "igb" else f"{test}-{MODEL}"
