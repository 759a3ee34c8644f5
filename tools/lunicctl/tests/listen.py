# SPDX-License-Identifier: GPL-2.0
"""lunicctl monitor, run beside a test that makes events."""
import contextlib
import json
import signal
import socket
import struct
import subprocess
import threading

import schema
from box import A, FAKED, equal

RTM_NEWLINK, IFLA_IFNAME, IFF_UP, IFF_LOWER_UP = 16, 3, 1, 0x10000


class Monitor:
    """lunicctl monitor, and the events that it hears."""

    def __init__(self, box, *args):
        self.box = box
        self.process = subprocess.Popen([FAKED, "--sysroot", box.root, "monitor", *args],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        # What waits for a line that does not come gets an end instead
        self.limit = threading.Timer(20, self.process.kill)
        self.limit.start()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def line(self):
        return self.process.stdout.readline()

    def object(self):
        seen = json.loads(self.line())
        equal(schema.complaints("monitor", seen), [])
        return seen

    def send(self, feed, message):
        self.socket.sendto(message, str(self.box.root / f"events.{feed}"))

    def uevent(self, action, address=A, **more):
        words = {"ACTION": action, "SUBSYSTEM": "misc", "DEVNAME": f"lunic/{address}", **more}
        self.send(0, f"{action}@/devices/x\0".encode() + "".join(
            f"{key}={value}\0" for key, value in words.items()).encode())

    def state(self, state, address=A, held=0):
        self.uevent("change", address, LUNIC_STATE=state, LUNIC_HELD=held, LUNIC_UPDATES=5)

    def links(self, *found):
        """(ifindex, flags, name) of each message."""
        data = b""
        for index, flags, name in found:
            name = name.encode() + b"\0"
            body = struct.pack("<BxHiII", 0, 1, index, flags, 0)
            body += struct.pack("<HH", 4 + len(name), IFLA_IFNAME) + name
            body += bytes(-len(body) % 4)
            data += struct.pack("<IHHII", 16 + len(body), RTM_NEWLINK, 0, 0, 0) + body
        self.send(1, data)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        said, errors = self.process.communicate(timeout=10)
        equal((self.process.returncode, errors), (0, ""))
        return said


@contextlib.contextmanager
def monitor(box, *args):
    """Ended if a test fails."""
    run = Monitor(box, *args)
    try:
        yield run
    finally:
        run.limit.cancel()
        run.process.kill()
        run.process.communicate()
        run.socket.close()
