# SPDX-License-Identifier: GPL-2.0
"""A strict reader of Prometheus' text format: more than one way to write it is an error."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ([^ ]+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,(?=.)|$)')
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
TYPES = ("counter", "gauge")
PLAIN = {r"\n": "\n", r"\"": '"', r"\\": "\\"}


class Wrong(Exception):
    """What no collector would take, or what it would take for something else."""


class Metrics:
    """What was read: {name: [(labels, value)]}."""

    def __init__(self):
        self.found = {}

    def names(self):
        """Of all metrics that were announced."""
        return list(self.found)

    def samples(self, name, **labels):
        """[(labels, value)] of those that have these labels."""
        return [(have, value) for have, value in self.found.get(name, ())
                if labels.items() <= have.items()]

    def value(self, name, **labels):
        """The one value of exactly these labels."""
        values = [value for have, value in self.found.get(name, ()) if have == labels]
        if len(values) != 1:
            raise Wrong(f"{name}{labels}: {len(values)} values")
        return values[0]


def read_labels(text):
    """{name: value} of what stands in the braces."""
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        if not match or match[1] in labels:
            raise Wrong(f"labels: {text}")
        labels[match[1]] = re.sub(r"\\.", lambda m: PLAIN[m[0]], match[2])
        at = match.end()
    return labels


def read_sample(line):
    """(name, labels, value)."""
    match = SAMPLE.fullmatch(line)
    if not match:
        raise Wrong(f"no sample: {line}")
    try:
        return match[1], read_labels(match[2] or ""), float(match[3])
    except ValueError:
        raise Wrong(f"no number: {line}") from None


def read_head(line, following, metrics):
    """The name that a HELP and a TYPE line announce, once."""
    first, second = HEAD.fullmatch(line), HEAD.fullmatch(following)
    if (not first or not second or (first[1], second[1]) != ("HELP", "TYPE")
            or first[2] != second[2] or second[3] not in TYPES or first[2] in metrics.found):
        raise Wrong(f"head: {line} / {following}")
    metrics.found[first[2]] = []
    return first[2]


def parse(text):
    """A whole file: HELP, TYPE and all samples of one metric after the other."""
    if not text.endswith("\n"):
        raise Wrong("the last line has no end")
    metrics, name, lines = Metrics(), None, iter(text[:-1].split("\n"))
    for line in lines:
        if line.startswith("#"):
            name = read_head(line, next(lines, ""), metrics)
            continue
        of, labels, value = read_sample(line)
        if of != name or any(have == labels for have, _ in metrics.found[name]):
            raise Wrong(f"out of place, or twice: {line}")
        metrics.found[name].append((labels, value))
    return metrics
