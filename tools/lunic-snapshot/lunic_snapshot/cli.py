# SPDX-License-Identifier: GPL-2.0
"""The command line."""
import argparse
import json
import sys

from . import compare, take

SAME, DIFFERENT, ERROR = 0, 1, 2


class Arguments(argparse.ArgumentParser):
    """One line on standard error and the same exit status for every mistake."""

    def error(self, message):
        raise compare.Unusable(f"{message}; see lunic-snapshot --help")


def parser():
    """All commands and options."""
    p = Arguments(prog="lunic-snapshot", description="Shows whether a network device is, "
                  "after a live update, what it was before.")
    commands = p.add_subparsers(dest="command", required=True, parser_class=Arguments)
    one = commands.add_parser("take", help="print a snapshot of an interface")
    one.add_argument("device", metavar="DEV", help="its name")
    two = commands.add_parser("diff", help="compare two snapshots")
    two.add_argument("old", metavar="OLD", help="file with a snapshot")
    two.add_argument("new", metavar="NEW", help="file with a later one")
    two.add_argument("--json", action="store_true", help="print a list of objects")
    two.add_argument("--all", action="store_true", help="differences that may be, too")
    return p


def load(path):
    """A snapshot from a file."""
    try:
        with open(path, encoding="utf-8") as source:
            return json.load(source)
    except ValueError as error:
        raise compare.Unusable(f"{path} is not a snapshot: {error}") from error


def run_take(options):
    """Prints a snapshot."""
    snapshot = take.take(options.device)
    json.dump(snapshot, sys.stdout, indent=1, sort_keys=True)
    print()
    for tool in snapshot["missing"]:
        print(f"lunic-snapshot: {tool} is not installed, what it shows is left out",
              file=sys.stderr)
    return SAME


def run_diff(options):
    """Prints the differences."""
    found = compare.compare(load(options.old), load(options.new))
    counting = compare.counting(found)
    shown = found if options.all else counting
    if options.json:
        print(json.dumps([difference.as_dict() for difference in shown], indent=1))
    else:
        for difference in shown:
            print(difference)
    return DIFFERENT if counting else SAME


def main(arguments=None):
    """The exit code."""
    try:
        options = parser().parse_args(arguments)
        return {"take": run_take, "diff": run_diff}[options.command](options)
    except BrokenPipeError:
        return ERROR
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else error
        print(f"lunic-snapshot: {text}", file=sys.stderr)
        return ERROR
    except compare.Unusable as error:
        print(f"lunic-snapshot: {error}", file=sys.stderr)
        return ERROR
