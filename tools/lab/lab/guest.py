# SPDX-License-Identifier: GPL-2.0
"""What the guest's init is told on the kernel's command line."""
from dataclasses import dataclass, field

from . import nic

# Not loud, so that no boot waits for its console; marks and alerts still show
QUIET = "quiet loglevel=3"
# QEMU up to 10.0 aborts where a delayed interrupt is pending when MSI-X is enabled; in
# MSI-X mode, which is the only one that e1000e uses here, nothing is delayed anyway
PARAMETERS = {"e1000e": ["TxIntDelay=0", "RxIntDelay=0"]}
# A busy host may hand out too few ticks in the moment in which the kernel tries its timer,
# which then panics
BASE = "console=ttyS0 kho=on liveupdate=on panic=-1 no_timer_check"


def _with_parameters(module):
    return ":".join([module, *PARAMETERS.get(module, [])])


@dataclass
class Interface:
    """One interface to set up; peer is (address, MAC) of a permanent neighbour."""
    name: str = "eth0"
    address: str = nic.GUEST_IP + "/24"
    peer: tuple = (nic.HOST_IP, nic.HOST_MAC)
    up: bool = True

    def words(self):
        """lab.* words in the order that init wants."""
        words = [f"lab.if={self.name}"]
        if self.address:
            words.append(f"lab.ip={self.address}")
        if self.peer:
            words += [f"lab.peer={self.peer[0]},{self.peer[1]}",
                      f"lab.sources={nic.SOURCES}"]
        if not self.up:
            words.append("lab.up=0")
        return words


@dataclass
class Guest:
    """modules are names in /lib/lab; sink is the number of flows, 0 for none."""
    modules: list = field(default_factory=list)
    interfaces: list = field(default_factory=lambda: [Interface()])
    sink: int = 0
    resume: bool = False
    loud: bool = False
    extra: str = ""

    def command_line(self, resume=None):
        """The kernel's command line; resume overrides the attribute."""
        words = [BASE] if self.loud else [BASE, QUIET]
        if self.modules:
            words.append("lab.modules=" + ",".join(map(_with_parameters, self.modules)))
        for interface in self.interfaces:
            words += interface.words()
        if self.sink:
            words.append(f"lab.sink={self.sink}")
        if self.resume if resume is None else resume:
            words.append("lab.resume=1")
        if self.extra:
            words.append(self.extra)
        return " ".join(words)
