# SPDX-License-Identifier: GPL-2.0
"""Turns what programs print into trees: nested {name: value}."""
import json
import re
import struct

VALUE = re.compile(r"^\s*(\S.*?)\s*:(\s.*)$")
HEADER = re.compile(r"^\s*(\S.*?)\s*:$")
# Where it begins a block, the name alone would not do
NUMBERED = ("Queue",)
# Lines that name the interface and say nothing else
TITLE = re.compile(r"^(NIC statistics|.* for \S+( with .*)?):$")

# Of an item in a list, what tells it from the others
LABELS = ("type", "table", "family", "dst", "via", "dev", "local", "label", "link",
          "address", "user", "mac", "vlan", "vlanEnd", "kind", "handle", "parent", "class",
          "pref", "protocol", "chain", "name", "reporter", "cmode", "metric", "priority",
          "altname", "cpu")

# lunic's registers of a queue: base, distance, number
RX_QUEUES = ((0xc000, 0x40, 16), (0x2800, 0x100, 2))
TX_QUEUES = ((0xe000, 0x40, 16), (0x3800, 0x100, 2))
RX_NAMES = {0x00: "RDBAL", 0x04: "RDBAH", 0x08: "RDLEN", 0x0c: "SRRCTL", 0x10: "RDH",
            0x18: "RDT", 0x28: "RXDCTL"}
TX_NAMES = {0x00: "TDBAL", 0x04: "TDBAH", 0x08: "TDLEN", 0x10: "TDH", 0x18: "TDT",
            0x28: "TXDCTL", 0x40: "TARC"}
NAMES = {0x0000: "CTRL", 0x0008: "STATUS", 0x0018: "CTRL_EXT", 0x00d0: "IMS",
         0x0100: "RCTL", 0x0400: "TCTL", 0x0e00: "LEDCTL", 0x1524: "EIMS", 0x5818: "MRQC"}


class Text:
    """Lines with "name: value", headers that end with a colon, and what goes on."""

    def __init__(self):
        self.tree = {}
        self.headers = []       # (indent, node), the innermost last
        self.last = None        # (indent, node, name) of the last value

    def take(self, line):
        """One line."""
        indent = len(line.expandtabs()) - len(line.expandtabs().lstrip())
        value, header = VALUE.match(line), HEADER.match(line)
        if value and value[1] in NUMBERED:
            self._open(indent, f"{value[1]} {value[2].strip()}")
        elif value:
            self._put(indent, value[1], " ".join(value[2].split()))
        elif header:
            self._open(indent, header[1])
        else:
            self._more(indent, " ".join(line.split()))

    def _node(self, indent):
        while self.headers and self.headers[-1][0] > indent:
            self.headers.pop()
        return self.headers[-1][1] if self.headers else self.tree

    def _open(self, indent, name):
        while self.headers and self.headers[-1][0] >= indent:
            self.headers.pop()
        node = self._node(indent).setdefault(name, {})
        self.headers.append((indent, node if isinstance(node, dict) else {}))
        self.last = None

    def _more(self, indent, text):
        if self.last and indent > self.last[0]:
            _, node, name = self.last
            node[name] = f"{node[name]} {text}".strip()
        else:
            node = self._node(indent)
            node[""] = f"{node.get('', '')} {text}".strip()

    def _put(self, indent, name, value):
        node = self._node(indent)
        while name in node:
            name += "'"
        node[name] = value
        self.last = (indent, node, name)


def text(said):
    """The tree of a text."""
    reader = Text()
    for line in said.splitlines():
        if line.strip() and not TITLE.match(line):
            reader.take(line)
    return reader.tree


def numbers(said):
    """{name: number} of statistics, which may have the same name as a header."""
    found = re.findall(r"^\s*(\S[^:]*?)\s*: (-?\d+)$", said, re.M)
    return {name: int(value) for name, value in found}


def label(item, number):
    """How an item of a list is called."""
    words = [str(item[name]) for name in LABELS
             if isinstance(item.get(name), (str, int)) and item[name] != ""]
    return " ".join(words) or str(number)


def tidy(value):
    """Lists become {label: item}, or one text where they have no structure."""
    if isinstance(value, dict):
        return {str(name): tidy(member) for name, member in value.items()}
    if not isinstance(value, list):
        return value
    if not any(isinstance(item, (dict, list)) for item in value):
        return " ".join(map(str, value))
    found = {}
    for number, item in enumerate(value):
        name = label(item, number) if isinstance(item, dict) else str(number)
        while name in found:
            name += "'"
        found[name] = tidy(item)
    return found


def from_json(said):
    """The tree of a JSON text; an interface alone is no list."""
    value = json.loads(said or "{}")
    if isinstance(value, list) and len(value) == 1 and "ifname" in value[0]:
        value = value[0]
    return tidy(value) or {}


def register(offset):
    """Its name, if it is one of a queue or known."""
    for queues, names in ((RX_QUEUES, RX_NAMES), (TX_QUEUES, TX_NAMES)):
        for base, distance, number in queues:
            queue, rest = divmod(offset - base, distance)
            if 0 <= queue < number and rest in names:
                return f"{names[rest]}({queue})"
    return NAMES.get(offset, f"0x{offset:05x}")


def registers(data):
    """{name: value} of lunic's dump: pairs of offset and value."""
    pairs = [struct.unpack_from("=II", data, at) for at in range(0, len(data) - 7, 8)]
    return {register(offset): f"0x{value:08x}" for offset, value in pairs}


def words(data, width=4):
    """{offset: value} of any other dump."""
    return {f"0x{at:04x}": data[at:at + width][::-1].hex()
            for at in range(0, len(data), width)}
