#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests that lunicctl's JSON is as ../schema says, and that nothing else would be; prints KTAP.

usage: schemas.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import copy
import sys

import schema
from box import A, B, ADOPTED, check, equal, main, test
from listen import monitor
from reports import boot, refuse, report

OTHERS = (None, True, 7, -7, 0.5, "x", [], {})


def samples(box):
    """{command: its output} with as many members as there can be."""
    boot(box)
    report(box)
    refuse(box, B)
    box.ok("history", "--record")
    box.set(B, blocker=12)
    found = {"preserve": box.json("preserve", A), "show": box.json("show")}
    found["cancel"] = box.json("cancel")
    box.incoming("lunic-" + A, (A, 0))
    box.set(A, state=ADOPTED)
    found["resume"] = box.json("resume", A)
    found["report"] = box.json("report")
    found["history"] = box.json("history")
    with monitor(box, "-j", A) as run:
        found["monitor"] = run.object()
    return found


def leaves(data, way=()):
    """The way to each value within."""
    if isinstance(data, (dict, list)):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from leaves(data[key], way + (key,))
    yield way


def part(data, way):
    """The value there."""
    for key in way:
        data = data[key]
    return data


def kind(value):
    """What a schema calls its type; an integer is a number too."""
    return "number" if isinstance(value, (int, float)) and not isinstance(
        value, bool) else type(value).__name__


@test
def a_value_of_another_type_is_not_as_the_schema_says(box):
    for command, data in samples(box).items():
        equal((command, schema.complaints(command, data)), (command, []))
        for way in filter(None, leaves(data)):
            for other in OTHERS:
                if kind(other) == kind(part(data, way)):
                    continue
                whole = copy.deepcopy(data)
                part(whole, way[:-1])[way[-1]] = other
                check(schema.complaints(command, whole), command, way, other)


@test
def a_key_that_no_schema_knows_is_told(box):
    for command, data in samples(box).items():
        one = data if isinstance(data, dict) else data[0]
        one["surprise"] = 1
        check(schema.complaints(command, data), command)


@test
def every_command_that_prints_json_has_a_schema(box):
    names = {line.split()[0] for line in box.ok("help").splitlines()
             if line and line[0].islower()}
    equal(names - set(schema.commands()) - {"help"}, set())


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.exit(main())
