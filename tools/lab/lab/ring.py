# SPDX-License-Identifier: GPL-2.0
"""How long a receive ring must be, and which queues the traffic really uses."""
import math
import re

from .errors import LabError

COUNTER = re.compile(r"rx_queue_(\d+)_packets: (\d+)")


def queue_packets(vm, interface="eth0"):
    """{queue: frames received}, for the queues that are in use."""
    text = vm.must(f"ethtool -S {interface}")
    used = len(vm.must(f"ls -d /sys/class/net/{interface}/queues/rx-*").split())
    counts = {int(queue): int(count) for queue, count in COUNTER.findall(text)}
    return {queue: count for queue, count in counts.items() if queue < used}


def shares(before, after):
    """{queue: share of the frames between two readings}."""
    if not after:
        # A driver without such counters is taken to have one queue
        return {0: 1.0}
    grown = {q: after[q] - before.get(q, 0) for q in after}
    total = sum(grown.values())
    if not total:
        raise LabError("no receive queue counted a frame; is the interface up, and does "
                       "ethtool -S show rx_queue_N_packets?")
    return {q: n / total for q, n in grown.items()}


def limits(vm, interface="eth0"):
    """The longest receive ring that the driver allows."""
    text = vm.must(f"ethtool -g {interface}")
    match = re.search(r"^RX:\s+(\d+)", text, re.M)
    if not match:
        raise LabError(f"ethtool -g {interface} names no longest ring")
    return int(match[1])


def length(rate, share, budget_s):
    """Descriptors for the busiest queue's share of the frames of a gap."""
    return max(512, math.ceil(rate * share * budget_s / 256) * 256)


def set_length(vm, wanted, interface="eth0"):
    """Sets it, or the longest there is; returns what was set."""
    allowed = min(wanted, limits(vm, interface))
    status, text = vm.sh(f"ethtool -G {interface} rx {allowed}")
    # ethtool says so where nothing had to change
    if status and "no ring parameters changed" not in text and "unmodified" not in text:
        raise LabError(f"ethtool -G {interface} rx {allowed}: {text.strip()}")
    return allowed
