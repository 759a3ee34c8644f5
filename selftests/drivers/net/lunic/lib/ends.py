#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs in the guest: both ends of a conversation, and every byte that arrives is checked."""
import contextlib
import os
import random
import socket
import struct
import sys
import threading
import time

NEAR, FAR = "eth0", "eth1"
FAR_SPACE = "/run/netns/far"
PORT = 7000
WAIT = 30
STREAM = 2 << 20
# Around what one frame holds, with either MTU, and in fragments
SIZES = (1, 17, 18, 19, 1451, 1452, 1453, 1471, 1472, 1473, 8952, 8972, 8973, 30000, 65000)
GROUPS = {socket.AF_INET: "239.7.8.9", socket.AF_INET6: "ff15::7:8:9"}
MULTICASTS = 50
SCTP = 132


@contextlib.contextmanager
def far():
    """Sockets that are made in here are the far end's."""
    with open("/proc/self/ns/net", "rb") as home, open(FAR_SPACE, "rb") as away:
        os.setns(away.fileno(), os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(home.fileno(), os.CLONE_NEWNET)


def make(address, kind, protocol=0, port=PORT):
    """A socket that is bound to an address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, kind, protocol)
    made.settimeout(WAIT)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    return made


def want(found, wanted, what):
    """Ends the program where other bytes came than were sent."""
    if found == wanted:
        return
    for i, (one, other) in enumerate(zip(found, wanted)):
        if one != other:
            sys.exit(f"{what}: byte {i} is {one}, not {other}")
    sys.exit(f"{what}: {len(found)} bytes came, not {len(wanted)}")


def stream(protocol, near_address, far_address):
    """So many bytes each way at once over one connection."""
    with far():
        listener = make(far_address, socket.SOCK_STREAM, protocol)
    listener.listen()
    ends = [make(near_address, socket.SOCK_STREAM, protocol, 0)]
    ends[0].connect((far_address, PORT))
    ends.append(listener.accept()[0])
    ends[1].settimeout(WAIT)
    sent = [random.randbytes(STREAM) for _ in ends]
    senders = [threading.Thread(target=give, args=(end, data), daemon=True)
               for end, data in zip(ends, sent)]
    got = [bytearray(), bytearray()]
    takers = [threading.Thread(target=take, args=(end, data), daemon=True)
              for end, data in zip(ends, got)]
    for thread in senders + takers:
        thread.start()
    for thread in senders + takers:
        thread.join()
    want(got[1], sent[0], "to the far end")
    want(got[0], sent[1], "to the near end")


def give(end, data):
    """Sends in parts, for SCTP makes a message of each."""
    for at in range(0, len(data), 16384):
        end.sendall(data[at:at + 16384])


def take(end, data):
    """Reads until all is there, or nothing comes any more."""
    while len(data) < STREAM:
        part = end.recv(65536)
        if not part:
            return
        data += part


def datagrams(near_address, far_address):
    """One of each size there and one back."""
    near_end = make(near_address, socket.SOCK_DGRAM)
    with far():
        far_end = make(far_address, socket.SOCK_DGRAM)
    for size in SIZES:
        data = random.randbytes(size)
        near_end.sendto(data, (far_address, PORT))
        want(far_end.recv(65536), data, f"{size} bytes to the far end")
        far_end.sendto(data[::-1], (near_address, PORT))
        want(near_end.recv(65536), data[::-1], f"{size} bytes to the near end")


def join(address, group, name):
    """A socket that gets a group's datagrams from an interface."""
    joined = make("::" if ":" in address else "0.0.0.0", socket.SOCK_DGRAM)
    index = socket.if_nametoindex(name)
    if joined.family == socket.AF_INET6:
        joined.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, struct.pack(
            "=16sI", socket.inet_pton(socket.AF_INET6, group), index))
    else:
        joined.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
            "=4s4si", socket.inet_aton(group), b"", index))
    return joined


def outlet(address, name):
    """A socket whose datagrams to a group leave through an interface."""
    made = make(address, socket.SOCK_DGRAM, port=0)
    index = socket.if_nametoindex(name)
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    else:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                        struct.pack("=4s4si", b"", b"", index))
    return made


def multicast(near_address, far_address):
    """One end joins, the other sends; then the other way round."""
    here, there = contextlib.nullcontext, far
    near_end, far_end = (near_address, NEAR, here), (far_address, FAR, there)
    for source, target in ((near_end, far_end), (far_end, near_end)):
        group = GROUPS[socket.AF_INET6 if ":" in near_address else socket.AF_INET]
        with target[2]():
            joined = join(target[0], group, target[1])
        with source[2]():
            sender = outlet(source[0], source[1])
        settle(sender, joined, group)
        for number in range(MULTICASTS):
            data = random.randbytes(100 + 20 * number)
            sender.sendto(data, (group, PORT))
            want(joined.recv(65536), data, f"datagram {number} from {source[1]}")
        joined.close()


def settle(sender, joined, group):
    """The receive filter may be set a moment after the group was joined."""
    joined.settimeout(0.2)
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        sender.sendto(b"?", (group, PORT))
        with contextlib.suppress(TimeoutError):
            joined.recv(16)
            break
    # What came late must not be taken for the first
    with contextlib.suppress(TimeoutError):
        while True:
            joined.recv(16)
    joined.settimeout(WAIT)


def main():
    """ends.py KIND NEAR-ADDRESS FAR-ADDRESS"""
    kind, *addresses = sys.argv[1:]
    if kind == "tcp":
        stream(socket.IPPROTO_TCP, *addresses)
    elif kind == "sctp":
        stream(SCTP, *addresses)
    elif kind == "udp":
        datagrams(*addresses)
    elif kind == "multicast":
        multicast(*addresses)
    else:
        sys.exit(main.__doc__)


if __name__ == "__main__":
    main()
