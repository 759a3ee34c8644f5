#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The hot path has fewer instructions than igb's; the table goes to build/report."""
import contextlib
import os

from lib import ktap
from lab import insns, paths

program = ktap.Program()


@contextlib.contextmanager
def setup():
    """The rows of the table."""
    rows = insns.table()
    folder = os.path.join(paths.BUILD, "report")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "insns.txt"), "w", encoding="ascii") as out:
        out.write(insns.text(rows, verbose=True) + "\n")
    ktap.say(insns.text(rows))
    yield dict(rows)


def compare(rows, what):
    """Fails where lunic needs as many as igb or more."""
    lunic, igb = (sum(rows[what][module].values()) for module in ("lunic", "igb"))
    ktap.check(0 < lunic < igb, f"{what}: lunic {lunic}, igb {igb}")


@program.case("a poll has fewer instructions than igb's")
def _(rows):
    compare(rows, "poll: RX and TX completion")


@program.case("a transmit has fewer instructions than igb's")
def _(rows):
    compare(rows, "transmit")


if __name__ == "__main__":
    program.main(setup)
