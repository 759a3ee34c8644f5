# SPDX-License-Identifier: GPL-2.0
"""Checks what lunicctl prints as JSON against ../schema: a name keeps its type for ever."""
import functools
import json
import pathlib

import jsonschema

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "schema"
SHARED = "common.json"
# These print no array
LINES = ("monitor",)
# The next word is an option's
WITH_VALUE = ("--session", "--timeout", "--output", "--kernel", "--initrd",
              "--command-line", "--append", "--session-fd", "--sysroot")
# A command that does not exist, or that a command line does not get to
ANY = "show"


def commands():
    """All that have a schema."""
    return sorted(f.stem for f in FOLDER.glob("*.json") if f.name != SHARED)


@functools.cache
def load(command):
    """A validator of the schema with all that it refers to."""
    text = (FOLDER / f"{command}.json").read_text()
    shared = json.loads((FOLDER / SHARED).read_text())
    schema = json.loads(text.replace(f"{SHARED}#/", "#/"))
    schema["$defs"] = {**shared["$defs"], **schema.get("$defs", {})}
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def complaints(command, data):
    """What is wrong with an output, each in a line."""
    return [f"{error.json_path}: {error.message}"
            for error in load(command).iter_errors(data)]


def command_of(args):
    """The command that lunicctl takes these words for, or None."""
    before = None
    for word in map(str, args):
        found = [c for c in commands() if c.startswith(word)]
        if (word and not word.startswith("-") and before not in WITH_VALUE
                and (len(found) == 1 or word in found)):
            return word if word in found else found[0]
        before = word
    return None


def check(args, text):
    """Fails where the output of that command line is not as its schema says."""
    words = list(map(str, args))
    if not text or not any(w == "--json" or (w[:1] == "-" and w[1:2] != "-" and "j" in w)
                           for w in words):
        return
    command = command_of(words) or ANY
    if command in LINES or "help" in words:
        return
    found = complaints(command, json.loads(text))
    if found:
        raise AssertionError(f"lunicctl {command}: not as schema/{command}.json says: {found}")
