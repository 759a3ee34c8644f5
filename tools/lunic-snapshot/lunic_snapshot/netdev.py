# SPDX-License-Identifier: GPL-2.0
"""NAPI contexts, queues and queue counters, from the netdev netlink family."""
import os
import socket
import struct

NETLINK_GENERIC = 16
REQUEST, DUMP = 1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
CTRL, CTRL_GETFAMILY, FAMILY_ID, FAMILY_NAME = 0x10, 3, 1, 2
DEV_GET, QUEUE_GET, NAPI_GET, QSTATS_GET = 1, 10, 11, 12
# Attributes of a question
IFINDEX, QUEUE_IFINDEX, QSTATS_SCOPE = 1, 2, 4
SCOPE_QUEUE = 1
TIMEOUT = 5

DEV = {3: "xdp-features", 4: "xdp-zc-max-segs", 5: "xdp-rx-metadata-features",
       6: "xsk-features"}
NAPI = {2: "id", 3: "irq", 4: "pid", 5: "defer-hard-irqs", 6: "gro-flush-timeout",
        7: "irq-suspend-timeout", 8: "threaded"}
QUEUE = {1: "id", 3: "type", 4: "napi-id"}
QSTATS = {2: "type", 3: "id"}
QSTATS.update(enumerate(
    "rx-packets rx-bytes tx-packets tx-bytes rx-alloc-fail rx-hw-drops "
    "rx-hw-drop-overruns rx-csum-complete rx-csum-unnecessary rx-csum-none rx-csum-bad "
    "rx-hw-gro-packets rx-hw-gro-bytes rx-hw-gro-wire-packets rx-hw-gro-wire-bytes "
    "rx-hw-drop-ratelimits tx-hw-drops tx-hw-drop-errors tx-csum-none tx-needs-csum "
    "tx-hw-gso-packets tx-hw-gso-bytes tx-hw-gso-wire-packets tx-hw-gso-wire-bytes "
    "tx-hw-drop-ratelimits tx-stop tx-wake".split(), 8))
TYPES = ("rx", "tx")


def attribute(kind, value):
    """An attribute with a number of 32 bits or a text."""
    data = struct.pack("=I", value) if isinstance(value, int) else value.encode() + b"\0"
    head = struct.pack("=HH", 4 + len(data), kind)
    return head + data + bytes(-len(data) % 4)


def attributes(data):
    """{kind: bytes} of a message's payload."""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found[kind & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def number(data):
    """An unsigned number of any width."""
    return int.from_bytes(data, "little" if struct.pack("=H", 1)[0] else "big")


class Family:
    """The netdev family, if this kernel has it."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.sock.settimeout(TIMEOUT)
        self.sock.bind((0, 0))
        reply = self._ask(CTRL, CTRL_GETFAMILY, REQUEST,
                          attribute(FAMILY_NAME, "netdev"))
        self.family = number(reply[0][FAMILY_ID])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.sock.close()

    def dump(self, command, names, *attrs):
        """[{name: number}] of all answers."""
        found = self._ask(self.family, command, REQUEST | DUMP, b"".join(attrs))
        return [{names[kind]: number(data) for kind, data in answer.items()
                 if kind in names} for answer in found]

    def one(self, command, names, *attrs):
        """{name: number} of the answer."""
        answer = self._ask(self.family, command, REQUEST, b"".join(attrs))[0]
        return {names[kind]: number(data) for kind, data in answer.items()
                if kind in names}

    def _ask(self, family, command, flags, payload):
        body = struct.pack("=BBH", command, 1, 0) + payload
        self.sock.send(struct.pack("=IHHII", 16 + len(body), family, flags, 1, 0) + body)
        found = []
        while True:
            for kind, data in self._messages():
                if kind == NLMSG_DONE:
                    return found
                if kind == NLMSG_ERROR:
                    code = -struct.unpack_from("=i", data)[0]
                    raise OSError(code, os.strerror(code))
                found.append(attributes(data[4:]))
            if not flags & DUMP:
                return found

    def _messages(self):
        data = self.sock.recv(1 << 18)
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            if length < 16:
                return
            yield kind, data[16:length]
            data = data[(length + 3) & ~3:]


def by_queue(entries):
    """{"rx": {"0": {...}}, "tx": ...}: by type and number."""
    found = {}
    for entry in entries:
        kind = TYPES[entry.pop("type", 0)]
        found.setdefault(kind, {})[str(entry.pop("id", 0))] = entry
    return found


def contexts_by_queue(contexts, queues):
    """{queue: context}: the ids are given anew at each start, but a context always serves
    the same queues. Those that serve none are numbered behind a word."""
    serves = {}
    for queue in queues:
        if "napi-id" in queue and queue.get("type") == 0:
            serves[queue["napi-id"]] = str(queue["id"])
    found = {}
    for number_, context in enumerate(contexts):
        found[serves.get(context["id"], f"other {number_}")] = context
    return found


def look(ifindex):
    """What the family says of an interface."""
    index = attribute(IFINDEX, ifindex)
    with Family() as family:
        device = family.one(DEV_GET, DEV, index)
        queues = family.dump(QUEUE_GET, QUEUE, attribute(QUEUE_IFINDEX, ifindex))
        contexts = contexts_by_queue(family.dump(NAPI_GET, NAPI, index), queues)
        stats = family.dump(QSTATS_GET, QSTATS, index,
                            attribute(QSTATS_SCOPE, SCOPE_QUEUE))
    return {"device": device, "napi": contexts, "queues": by_queue(queues),
            "statistics": by_queue(stats)}
