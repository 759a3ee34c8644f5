# SPDX-License-Identifier: GPL-2.0
"""Runs commands in the guest through the shell that init keeps on ttyS1."""
import select
import time

from .errors import LabError

BEGIN = "lab-begin-of"
END = "lab-end-of"
# busybox's shell prefers its own applets to the programs in PATH
PREAMBLE = 'ip() { /sbin/ip "$@"; }; tc() { /sbin/tc "$@"; }\n'


class Shell:
    """One command at a time; output and exit status come back. ended: as the console's."""

    def __init__(self, sock, ended):
        self.sock = sock
        self.ended = ended
        self.count = 0
        self.buffer = b""

    def reset(self):
        """A new kernel runs: whatever the old one still said is void."""
        while select.select([self.sock], [], [], 0)[0]:
            if not self.sock.recv(65536):
                break
        self.buffer = b""
        self.sock.sendall(PREAMBLE.encode())

    def send(self, command):
        """Starts a command without waiting for it; returns its marks."""
        self.count += 1
        text = (f"echo {BEGIN}-{self.count}; ( {command}\n) </dev/null 2>&1; "
                f"echo {END}-{self.count} $?\n")
        try:
            self.sock.sendall(text.encode())
        except OSError as error:
            raise LabError(f"in the guest: {command}: {self.ended() or error}") from error
        return f"{BEGIN}-{self.count}\n".encode(), f"{END}-{self.count} ".encode()

    def run(self, command, timeout):
        """(exit status, output) of a command."""
        marks = self.send(command)
        end = time.monotonic() + timeout
        while True:
            done = self._take(*marks)
            if done:
                return done
            left = end - time.monotonic()
            ended = self.ended()
            if left <= 0 or ended:
                why = ended or f"took more than {timeout:g} s"
                raise LabError(f"in the guest: {command}: {why}; output so far: "
                               + self.buffer.decode("utf-8", "replace")[-500:])
            if select.select([self.sock], [], [], min(left, 0.5))[0]:
                self.buffer += self.sock.recv(65536)

    def _take(self, begin, end):
        start = self.buffer.find(begin)
        at = self.buffer.find(end, start)
        line_end = self.buffer.find(b"\n", at)
        if start < 0 or at < 0 or line_end < 0:
            return None
        output = self.buffer[start + len(begin):at].decode("utf-8", "replace")
        status = int(self.buffer[at + len(end):line_end])
        self.buffer = self.buffer[line_end + 1:]
        return status, output
