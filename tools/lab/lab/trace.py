# SPDX-License-Identifier: GPL-2.0
"""Reads QEMU's trace: what was done to the device, whoever did it."""
import re
from dataclasses import dataclass, field

from . import nic as nic_module

RESETS = ("e1000e_core_ctrl_sw_reset", "e1000e_cb_qdev_reset_hold")
LINK_START = "e1000x_link_negotiation_start"
LINK_DONE = "e1000x_link_negotiation_done"
NO_DESCRIPTOR = "e1000e_rx_not_written_to_guest"
RINGS_FULL = "e1000e_rx_can_recv_rings_full"
CONFIG_WRITE = "pci_cfg_write"
EVENTS = RESETS + (LINK_START, LINK_DONE, NO_DESCRIPTOR, RINGS_FULL, CONFIG_WRITE,
                   "e1000e_core_ctrl_phy_reset", "e1000e_link_status_changed",
                   "pci_update_mappings_add", "pci_update_mappings_del",
                   "pci_pm_transition", "vtd_dmar_enable", "vtd_dmar_fault")
# One event for each frame that reached guest memory: heavy, for those who ask
FRAME_EVENTS = ("e1000e_rx_written_to_guest",)

COMMAND = 0x4
BUS_MASTER = 0x4
LINE = re.compile(r"^(?:\d+@)?(\d+\.\d+):(\w+) ?(.*)$")
CONFIG = re.compile(r"(\w+:?\w*:\w+\.\w) @(0x[0-9a-f]+) <- (0x[0-9a-f]+)")


@dataclass
class Window:
    """What happened between two moments."""
    device_resets: int = 0
    link_down_ms: float = 0.0
    link_downs: int = 0
    bus_master_clears: int = 0
    bus_master_clears_port: int = 0
    no_descriptor_drops: int = 0
    no_descriptor_waits: int = 0
    config_writes: int = 0
    happened: list = field(default_factory=list)


def events(path):
    """(time, name, arguments) of each line."""
    with open(path, encoding="utf-8", errors="replace") as source:
        for line in source:
            match = LINE.match(line)
            if match:
                yield float(match[1]), match[2], match[3]


def short_bdf(bdf):
    """0000:01:00.0 as the trace writes it: 01:00.0."""
    return bdf.split(":", 1)[1] if bdf.count(":") == 2 else bdf


class Reader:
    """Follows the state from power-on and counts inside a window of wall time.

    path: the NIC and the bridges above it.
    models: of all NICs that the trace tells of, without saying which did what. What
    they do not share is then read as it is worse; but the link of a VM with several
    models is judged by negotiations alone."""

    def __init__(self, models, path, begin, end):
        self.bus_master = {short_bdf(bdf): False for bdf in path}
        self.nic = short_bdf(path[0])
        self.full_drops = any(model.full_ring_drops for model in models)
        self.link_after_reset = {not model.reset_drops_link for model in models}
        self.begin, self.end = begin, end
        self.down_since = None
        self.window = Window()

    def read(self, path):
        """The window's counts."""
        for when, name, text in events(path):
            self._event(when, name, text)
        if self.down_since is not None:
            self._link_up(self.end)
        self.window.link_down_ms = round(self.window.link_down_ms, 1)
        return self.window

    def _inside(self, when):
        return self.begin <= when <= self.end

    def _note(self, when, what):
        if self._inside(when) and len(self.window.happened) < 200:
            self.window.happened.append((round(when - self.begin, 6), what))

    def _event(self, when, name, text):
        if name in RESETS:
            self._reset(when, name)
        elif name == LINK_START:
            self._link_down(when, name)
        elif name == LINK_DONE:
            self._note(when, name)
            self._link_up(when)
        elif name in (NO_DESCRIPTOR, RINGS_FULL) and self._inside(when):
            self._no_descriptor(name)
        elif name == CONFIG_WRITE:
            self._config(when, text)

    def _no_descriptor(self, name):
        if name == NO_DESCRIPTOR and self.full_drops:
            self.window.no_descriptor_drops += 1
        else:
            self.window.no_descriptor_waits += 1

    def _reset(self, when, name):
        self._note(when, name)
        self.window.device_resets += self._inside(when)
        # A function or bus reset clears bus mastering without a config write
        if name == RESETS[1]:
            self.bus_master[self.nic] = False
        if self.link_after_reset == {False}:
            self._link_down(when, name)
        elif self.link_after_reset == {True}:
            self._link_up(when)

    def _link_down(self, when, name):
        if name == LINK_START:
            self._note(when, name)
        if self.down_since is None:
            self.down_since = when
            self.window.link_downs += self._inside(when)

    def _link_up(self, when):
        if self.down_since is None:
            return
        begin = max(self.down_since, self.begin)
        self.window.link_down_ms += max(0.0, min(when, self.end) - begin) * 1000
        self.down_since = None

    def _config(self, when, text):
        match = CONFIG.search(text)
        if not match:
            return
        bdf, offset, value = short_bdf(match[1]), int(match[2], 16), int(match[3], 16)
        if bdf not in self.bus_master:
            return
        self.window.config_writes += self._inside(when)
        if offset == COMMAND:
            self._command(when, bdf, bool(value & BUS_MASTER))

    def _command(self, when, bdf, enabled):
        cleared = self.bus_master[bdf] and not enabled
        self.bus_master[bdf] = enabled
        if not cleared:
            return
        self._note(when, f"bus master cleared on {bdf}")
        if bdf == self.nic:
            self.window.bus_master_clears += self._inside(when)
        else:
            self.window.bus_master_clears_port += self._inside(when)


def config_writes(path, bdf, begin, end):
    """(time, offset, value) of each write to a function's config space in that time."""
    found = []
    for when, name, text in events(path):
        match = CONFIG.search(text) if name == CONFIG_WRITE else None
        if match and begin <= when <= end and short_bdf(match[1]) == short_bdf(bdf):
            found.append((when, int(match[2], 16), int(match[3], 16)))
    return found


def window(path, nics, index, begin, end):
    """Counts of one of a VM's NICs and the bridges above it between two wall-clock
    moments."""
    models = [nic_module.MODELS[nic.model] for nic in nics]
    return Reader([model for model in models if model.traced],
                  nic_module.paths(nics)[index], begin, end).read(path)
