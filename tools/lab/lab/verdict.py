# SPDX-License-Identifier: GPL-2.0
"""Decides whether a live update was what it promises to be."""

# Parts of the in-tree driver's gap: e1000e's is little more than the way to /init and
# a negotiation. And milliseconds beyond the start of /init
GAP_RATIO = {"igb": 0.6, "e1000e": 0.9}
GAP_BEYOND_INIT_MS = 300

ZERO = (("lost", "frames lost"), ("refused", "frames refused by the socket"),
        ("unanswered", "frames read but not answered"),
        ("duplicated", "frames duplicated"),
        ("reordered", "frames reordered within a flow"),
        ("corrupted", "frames corrupted"), ("link_down_ms", "ms with the link down"),
        ("device_resets", "device resets"),
        ("bus_master_clears", "bus-master clears on the NIC"),
        ("bus_master_clears_port", "bus-master clears on its root port"),
        ("no_descriptor_drops", "frames dropped for want of a descriptor"),
        ("no_descriptor_waits", "frames that waited for a descriptor"))


def undisturbed(result):
    """What a live update must not show; a list of complaints."""
    return [f"{result[name]:g} {text}" for name, text in ZERO if result[name]]


def spread(result):
    """Traffic in one queue alone would prove little."""
    idle = [q for q, share in result["queue_shares"].items() if not share]
    return [f"receive queue {q} got no flow" for q in idle]


def short(result):
    """No gap may be much longer than the way to /init."""
    found = []
    for jump in result["jumps"]:
        beyond = jump["gap_ms"] - jump["to_init_ms"]
        if beyond > GAP_BEYOND_INIT_MS:
            found.append(f"the gap is {beyond:.0f} ms longer than the way to /init "
                         f"({GAP_BEYOND_INIT_MS} allowed)")
    return found


def shorter(result, other, driver):
    """The gap must be well below that of the in-tree driver."""
    allowed = GAP_RATIO[driver]
    ratio = result["longest_gap_ms"] / other["longest_gap_ms"]
    if ratio <= allowed:
        return []
    return [f"the gap is {ratio:.2f} of {driver}'s ({allowed} allowed)"]


def complaints(result):
    """All that a single run can show; empty when the update passed."""
    return undisturbed(result) + spread(result) + short(result)
