# SPDX-License-Identifier: GPL-2.0
"""Counts the test points of KTAP; a summary of points below it is no point."""
import re

RESULT = re.compile(r"^( *)(ok|not ok) \d+\b(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)")
SKIP = re.compile(r"# *SKIP\b", re.I)


class Tally:
    """Takes the lines of one program."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.planned = None
        self.top = 0
        self.last_depth = 0

    def take(self, line):
        """One line of output."""
        plan = PLAN.match(line)
        if plan:
            self.planned = int(plan[1])
        result = RESULT.match(line)
        if result:
            self._result(len(result[1]), result[2] == "ok", result[3])

    def _result(self, depth, good, rest):
        self.top += depth == 0
        summary = depth < self.last_depth
        self.last_depth = depth
        if summary:
            return
        if SKIP.search(rest):
            self.skipped += 1
        elif good:
            self.passed += 1
        else:
            self.failed += 1

    def missing(self):
        """How many of the planned points never came; at least one without a plan."""
        if self.planned is None:
            return 0 if self.top else 1
        return max(0, self.planned - self.top)

    def close(self, status):
        """The end of the program: what is missing failed, and so did a bad status."""
        self.failed += self.missing()
        if status and not self.failed:
            self.failed = 1

    def __str__(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")
