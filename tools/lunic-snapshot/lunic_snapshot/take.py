# SPDX-License-Identifier: GPL-2.0
"""Takes a snapshot: runs the programs, reads sysfs, /proc/irq and netlink."""
import hashlib
import os
import re
import shutil
import subprocess
import time

from . import netdev, parse

FORMAT = 1
TIMEOUT = 30
ENVIRONMENT = {**os.environ, "LC_ALL": "C"}
SYS_NET, SYS_PCI, PROC = "/sys/class/net", "/sys/bus/pci/devices", "/proc"

FLOWS = ("tcp4", "udp4", "sctp4", "ah4", "esp4", "ether", "tcp6", "udp6", "sctp6", "ah6",
         "esp6", "ip4", "ip6")
TUNABLES = ("rx-copybreak", "tx-copybreak", "tx-buf-size", "pfc-prevention-tout")
PHY_TUNABLES = ("downshift", "fast-link-down", "energy-detect-power-down")

# {0}: the interface. Each is a part of the snapshot, under the words it is called with
ETHTOOL = ("{0}", "-a {0}", "-c {0}", "-g {0}", "-i {0}", "-k {0}", "-l {0}", "-m {0}",
           "-n {0}", "-P {0}", "-T {0}", "-x {0}", "--show-eee {0}", "--show-fec {0}",
           "--show-priv-flags {0}", "--show-tunnels {0}", "--show-mm {0}",
           "--show-module {0}", "--show-pse {0}", "--get-plca-cfg {0}",
           "--get-hwtimestamp-cfg {0}", "-Q {0} --show-coalesce",
           *(f"-n {{0}} rx-flow-hash {flow}" for flow in FLOWS),
           *(f"--get-tunable {{0}} {name}" for name in TUNABLES),
           *(f"--get-phy-tunable {{0}} {name}" for name in PHY_TUNABLES))
COUNTERS = ("-S {0}", "-S {0} --all-groups", "--phy-statistics {0}", "-I -a {0}",
            "-I -T {0}", "-I --show-fec {0}", "-I --show-mm {0}")
IP = ("-d -s -s -j link show dev {0}", "-d -j addr show dev {0}",
      "-d -j -4 route show table all dev {0}", "-d -j -6 route show table all dev {0}",
      "-j rule show", "-j neigh show dev {0} nud permanent", "-j maddr show dev {0}",
      "-j netconf show dev {0}")
BRIDGE = ("-d -j fdb show dev {0}", "-d -j vlan show dev {0}", "-d -j link show dev {0}")
TC = ("-d -j qdisc show dev {0}", "-d -j class show dev {0}", "-d -j filter show dev {0}",
      "-d -j filter show dev {0} ingress", "-d -j filter show dev {0} egress")
# {0}: the device's handle, pci/0000:01:00.0
DEVLINK = ("-j -s dev show {0}", "-j dev info {0}", "-j dev param show {0}",
           "-j dev eswitch show {0}", "-j health show {0}", "-j resource show {0}",
           "-j sb show {0}")
# These know no handle, and show what belongs to any device
DEVLINK_ALL = ("-j port show", "-j region show", "-j trap show", "-j port param show")

# Attributes that act, or repeat the snapshot's other parts
SKIP = {"remove", "rescan", "reset", "uevent", "rom", "vpd", "config", "msi_irqs", "net",
        "phys_port_id", "phys_switch_id", "phys_port_name",
        # Old names, with a warning, of those that end with _ms
        "base_reachable_time", "retrans_time"}
SKIP_PATTERN = re.compile(r"resource\d+(_wc)?$")
# Folders that are numbered in the order of their making
INDEXED = re.compile(r"\b(ptp|wakeup)\d+(?=/)")
CONFIG_BYTES = 4096


class Taker:
    """Collects the parts of one interface's snapshot."""

    def __init__(self, name):
        self.name = name
        self.parts = {}
        self.missing = {}
        self.pci = self._pci()

    def _pci(self):
        target = os.path.realpath(f"{SYS_NET}/{self.name}/device")
        found = os.path.basename(target)
        return found if os.path.isdir(f"{SYS_PCI}/{found}") else None

    # Programs

    def run(self, tool, words):
        """(what it printed, None) or (None, its complaint)."""
        if not shutil.which(tool):
            self.missing[tool] = "not installed"
            return None, None
        try:
            done = subprocess.run([tool, *words.split()], capture_output=True,
                                  timeout=TIMEOUT, env=ENVIRONMENT, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return None, str(error)
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            return None, " ".join(said.split()) or f"exit status {done.returncode}"
        return done.stdout, None

    def ask(self, tool, words, target, reader):
        """A part of the snapshot: what a command says, or how it is refused."""
        part = f"{tool} {words.format('DEV')}"
        output, complaint = self.run(tool, words.format(target))
        if complaint is not None:
            self.parts[part] = {"refused": re.sub(rf"\b{re.escape(target)}\b", "DEV",
                                                  complaint)}
        elif output is not None:
            self.parts[part] = self._read(reader, output)

    @staticmethod
    def _read(reader, output):
        try:
            return reader(output)
        except ValueError as error:
            return {"unreadable": f"{error}: {output[:200]!r}"}

    def programs(self):
        """All of them."""
        def text(output):
            return parse.text(output.decode(errors="replace"))

        def numbers(output):
            return parse.numbers(output.decode(errors="replace"))

        for reader, words in ((text, ETHTOOL), (numbers, COUNTERS)):
            for line in words:
                self.ask("ethtool", line, self.name, reader)
        for tool, words in (("ip", IP), ("bridge", BRIDGE), ("tc", TC)):
            for line in words:
                self.ask(tool, line, self.name, parse.from_json)
        self.dumps()
        if self.pci:
            self.devlink()

    def dumps(self):
        """Registers and NVM."""
        lunic = self.driver() == "lunic"
        self.ask("ethtool", "-d {0} raw on", self.name,
                 parse.registers if lunic else parse.words)
        self.ask("ethtool", "-e {0} raw on", self.name,
                 lambda data: {"length": len(data),
                               "sha256": hashlib.sha256(data).hexdigest()})

    def driver(self):
        """Its name."""
        return os.path.basename(os.path.realpath(f"{SYS_NET}/{self.name}/device/driver"))

    def devlink(self):
        """What it says of this device alone."""
        handle = f"pci/{self.pci}"
        for line in DEVLINK:
            self.ask("devlink", line, handle,
                     lambda output: self._unwrap(parse.from_json(output), handle))
        for line in DEVLINK_ALL:
            self.ask("devlink", line, handle,
                     lambda output: self._own(parse.from_json(output), handle))

    @staticmethod
    def _unwrap(tree, handle):
        """{"info": {handle: found}} is found."""
        found = next(iter(tree.values()), {}) if len(tree) == 1 else tree
        return found.get(handle, found) if isinstance(found, dict) else tree

    @staticmethod
    def _own(tree, handle):
        """Entries of all devices without those of the others."""
        found = next(iter(tree.values()), {})
        if not isinstance(found, dict):
            return {}
        return {name.removeprefix(handle).lstrip("/"): value
                for name, value in found.items()
                if name == handle or name.startswith(handle + "/")}

    # Files

    def attributes(self, part, folder):
        """The readable files of a folder and those below it, links not followed."""
        found = {}
        for path, folders, files in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in SKIP
                                and not os.path.islink(os.path.join(path, name)))
            for name in sorted(files):
                whole = os.path.join(path, name)
                if name in SKIP or SKIP_PATTERN.match(name) or os.path.islink(whole):
                    continue
                value = self.attribute(whole)
                if value is not None:
                    found[INDEXED.sub(r"\1", os.path.relpath(whole, folder))] = value
        self.parts[part] = found

    @staticmethod
    def attribute(path):
        """What it says or why it doesn't; None where it can't be read by anybody."""
        if not os.stat(path).st_mode & 0o444:
            return None
        try:
            with open(path, "rb") as source:
                return source.read(65536).decode(errors="replace").strip()
        except OSError as error:
            return f"refused: {error.strerror}"

    def sysfs(self):
        """The interface, its device, and who is above."""
        folder = f"{SYS_NET}/{self.name}"
        self.attributes("sysfs net", os.path.realpath(folder))
        uppers = sorted(name.split("_", 1)[1] for name in os.listdir(folder)
                        if name.startswith("upper_"))
        self.parts["uppers"] = {"names": " ".join(uppers)}
        for upper in uppers:
            self.ask("ip", f"-d -j link show dev {upper}", self.name, parse.from_json)
            self.ask("ip", f"-d -j addr show dev {upper}", self.name, parse.from_json)
        for part in ("ipv4/conf", "ipv6/conf", "ipv4/neigh", "ipv6/neigh"):
            path = f"{PROC}/sys/net/{part}/{self.name}"
            if os.path.isdir(path):
                self.attributes(f"sysctl {part}", path)

    def device(self):
        """The PCI function and its interrupts."""
        folder = f"{SYS_PCI}/{self.pci}"
        self.attributes("sysfs pci", folder)
        with open(f"{folder}/config", "rb") as source:
            self.parts["pci config"] = parse.words(source.read(CONFIG_BYTES))
        numbers = sorted(map(int, os.listdir(f"{folder}/msi_irqs"))
                         if os.path.isdir(f"{folder}/msi_irqs") else [])
        self.parts["interrupts"] = {str(vector): self.interrupt(number)
                                    for vector, number in enumerate(numbers)}

    @staticmethod
    def interrupt(number):
        """Where one goes, and whose it is."""
        folder = f"{PROC}/irq/{number}"
        if not os.path.isdir(folder):
            return {"number": number, "used": False}
        found = {"number": number, "used": True}
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                found["action"] = name
            elif name != "spurious":
                found[name] = Taker.attribute(path)
        return found

    def netlink(self):
        """The netdev family, which ethtool and ip don't show."""
        try:
            with open(f"{SYS_NET}/{self.name}/ifindex", encoding="ascii") as source:
                found = netdev.look(int(source.read()))
        except OSError as error:
            found = {"refused": error.strerror}
        self.parts["netdev"] = found


def take(name):
    """The snapshot of an interface."""
    if name not in os.listdir(SYS_NET):
        raise OSError(f"{name}: no such interface")
    taker = Taker(name)
    taker.programs()
    taker.sysfs()
    taker.netlink()
    if taker.pci:
        taker.device()
    return {"lunic-snapshot": FORMAT, "interface": name, "device": taker.pci,
            "kernel": os.uname().release, "taken": round(time.time(), 3),
            "missing": taker.missing, "parts": taker.parts}
