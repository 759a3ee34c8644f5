# SPDX-License-Identifier: GPL-2.0
"""Runs a test program's cases in their order and prints KTAP."""
import contextlib
import sys
import time
import traceback

from lab.errors import LabError


class Failed(Exception):
    """A check did not hold; the text says what was found."""


class Skip(Exception):
    """The case can't run here; the text says why."""


def check(holds, text):
    """Fails the case where something does not hold."""
    if not holds:
        raise Failed(text)


def equal(found, wanted, what):
    """Fails the case where two values differ."""
    check(found == wanted, f"{what}: {found!r}, {wanted!r} was expected")


def contains(text, part, what):
    """Fails the case where a text lacks a part."""
    check(part in text, f"{what}: '{part}' is missing in: {text.strip()!r}")


def say(text):
    """A line of diagnostics for each line of the text."""
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


class Program:
    """Cases get what the set-up yields; one that fails does not stop the others."""

    def __init__(self):
        self.cases = []
        self.failed = 0

    def case(self, name):
        """Decorator: adds a case."""
        def add(function):
            self.cases.append((name, function))
            return function
        return add

    def main(self, setup=contextlib.nullcontext):
        """setup: gives a context manager whose value each case gets."""
        print(f"KTAP version 1\n1..{len(self.cases)}", flush=True)
        broken = None
        with contextlib.ExitStack() as stack:
            begin = time.monotonic()
            try:
                value = stack.enter_context(setup())
                say(f"set-up: {time.monotonic() - begin:.1f} s")
            except Exception as error:  # pylint: disable=broad-except
                value, broken = None, error
                complain(error)
            for number, (name, function) in enumerate(self.cases, 1):
                self._run(number, name, function, value, broken)
        sys.exit(1 if self.failed else 0)

    def _run(self, number, name, function, value, broken):
        begin = time.monotonic()
        verdict, note = "not ok", ""
        try:
            if broken:
                note = " (the set-up failed)"
                raise broken
            function(value)
            verdict = "ok"
        except Skip as reason:
            verdict, note = "ok", f" # SKIP {reason}"
        except Exception as error:  # pylint: disable=broad-except
            if not broken:
                complain(error)
        self.failed += verdict != "ok"
        spent = time.monotonic() - begin
        if spent >= 1:
            say(f"{spent:.1f} s")
        print(f"{verdict} {number} {name}{note}", flush=True)


def complain(error):
    """Says what went wrong: in short where it is a finding, else from where."""
    if isinstance(error, (Failed, LabError)) and str(error):
        say(error)
    elif isinstance(error, OSError):
        say(f"{type(error).__name__}: {error} (has the VM ended?)")
    else:
        say("".join(traceback.format_exception(error)))
