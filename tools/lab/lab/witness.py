# SPDX-License-Identifier: GPL-2.0
"""Runs the witness program on the host's end of a NIC's wire."""
import json
import subprocess
import threading
import time

from . import nic, paths
from .errors import LabError


class Witness:
    """Sends from start() to stop(); stop() returns the books."""

    def __init__(self, sock, rate=1000, flows=16, size=128, log=None, index=0, **options):
        """options: seconds, buffer_ms, drain_ms, drop_nth, dup_nth, alter_nth ...; one
        that takes no value is given True."""
        self.sock = sock
        self.args = [paths.tool("witness"), "--fd", str(sock.fileno()),
                     "--rate", str(rate), "--flows", str(flows), "--size", str(size),
                     "--peer-mac", nic.mac(index), "--sources", str(nic.SOURCES)]
        if log:
            self.args += ["--log", log]
        for name, value in options.items():
            self.args.append("--" + name.replace("_", "-"))
            self.args += [] if value is True else [str(value)]
        self.events = []
        self.changed = threading.Condition()
        self.process = None

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *unused):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self):
        """Begins to send."""
        self.process = subprocess.Popen(
            self.args, pass_fds=[self.sock.fileno()], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _listen(self):
        for line in self.process.stderr:
            with self.changed:
                self.events.append(line.split())
                self.changed.notify_all()

    def wait_first(self, timeout=30):
        """The time of the first answer."""
        return self._wait("first", timeout, lambda words: True)[0]

    def wait_sent(self, timeout):
        """With frames=: the time when all were sent."""
        return self._wait("sent", timeout, lambda words: True)[0]

    def wait_resumed(self, after, timeout):
        """(time, gap in ms) of the first silence that ended after a moment."""
        return self._wait("resumed", timeout, lambda words: float(words[1]) > after)

    def _wait(self, kind, timeout, fits):
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                for words in self.events:
                    if words[0] == kind and fits(words):
                        return [float(word) for word in words[1:]]
                left = end - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    raise LabError(f"witness: no answer from the guest in {timeout:g} s"
                                   if left <= 0 else "witness ended: " + self._complaint())
                self.changed.wait(min(left, 0.2))

    def _complaint(self):
        return " ".join(" ".join(words) for words in self.events[-2:])

    def stop(self, timeout=60):
        """Stops sending, waits for late answers, returns the books."""
        try:
            self.process.stdin.write("stop\n")
            self.process.stdin.flush()
        except OSError:
            pass
        return self.finish(timeout)

    def finish(self, timeout=3600):
        """Waits for the end (with seconds=), returns the books."""
        output = self.process.stdout.read()
        if self.process.wait(timeout):
            raise LabError("witness failed: " + self._complaint())
        return json.loads(output)
