# SPDX-License-Identifier: GPL-2.0
"""Speaks QEMU's machine protocol over a connected socket."""
import json

from .errors import LabError


class Qmp:
    """Commands in, results out; events are collected."""

    def __init__(self, sock):
        self.file = sock.makefile("rw", encoding="utf-8")
        self.events = []
        self.ready = False

    def _read(self):
        line = self.file.readline()
        if not line:
            raise LabError("QEMU closed its control socket; see qemu.log")
        return json.loads(line)

    def _open(self):
        if not self.ready:
            self._read()
            self.ready = True
            self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        """The result of one command."""
        self._open()
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            message = self._read()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise LabError(f"QEMU: {command}: {message['error']['desc']}")
            else:
                return message["return"]

    def monitor(self, line):
        """A command of the human monitor, and its text."""
        return self.execute("human-monitor-command", **{"command-line": line})

    def set_link(self, netdev, up):
        """Plugs or unplugs the cable of a NIC."""
        return self.execute("set_link", name=netdev, up=up)

    def trace(self, event, enable=True):
        """Switches one of QEMU's trace events."""
        return self.execute("trace-event-set-state", name=event, enable=enable)
