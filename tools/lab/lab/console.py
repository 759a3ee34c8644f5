# SPDX-License-Identifier: GPL-2.0
"""A guest's serial console: every line with the host's time, and waiting for one."""
import re
import threading
import time

from .errors import LabError


def clock(seconds):
    """Wall-clock time as it stands in the log."""
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{seconds % 1:.6f}"[2:]


class Console(threading.Thread):
    """Reads a socket line by line into a list and a log file; ended: says why the VM runs
    no more, or nothing."""

    def __init__(self, sock, log_path, ended):
        super().__init__(daemon=True)
        self.sock = sock
        self.ended = ended
        self.lines = []
        self.changed = threading.Condition()
        self.log = open(log_path, "w", encoding="utf-8", buffering=1)
        self.start()

    def run(self):
        pending = b""
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                data = b""
            now = time.time()
            if not data:
                break
            *whole, pending = (pending + data).split(b"\n")
            self._add(now, whole)
        with self.changed:
            self.log.close()
            self.changed.notify_all()

    def _add(self, now, raw_lines):
        with self.changed:
            for raw in raw_lines:
                text = raw.decode("utf-8", "replace").rstrip("\r")
                self.lines.append((now, text))
                self.log.write(f"{clock(now)} {text}\n")
            self.changed.notify_all()

    def position(self):
        """A place from which to search on."""
        with self.changed:
            return len(self.lines)

    def find(self, pattern, since=0):
        """(time, text) of the first line from there on that matches, or None."""
        with self.changed:
            for when, text in self.lines[since:]:
                if re.search(pattern, text):
                    return when, text
        return None

    def wait(self, pattern, timeout, since=0):
        """Like find, but waits for it."""
        end = time.monotonic() + timeout
        while True:
            found = self.find(pattern, since)
            if found:
                return found
            ended = self.ended()
            if ended:
                raise LabError(f"{ended} before its console said '{pattern}':\n"
                               + self.tail())
            if time.monotonic() > end:
                raise LabError(f"no '{pattern}' on the console in {timeout:g} s:\n"
                               + self.tail())
            with self.changed:
                self.changed.wait(0.2)

    def tail(self, count=15):
        """The last lines, for an error message."""
        with self.changed:
            return "\n".join("    " + text for _, text in self.lines[-count:])
