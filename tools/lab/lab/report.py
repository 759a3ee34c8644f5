# SPDX-License-Identifier: GPL-2.0
"""Turns results into a table for people and JSON for programs."""
import json
import os


def number(value):
    """With thousands separated."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def seconds(ms):
    """Milliseconds as seconds, where known."""
    return "-" if ms is None else f"{ms / 1000:.2f} s"


def flows_per_queue(result, flows):
    """How many flows each queue got, by its share of the frames."""
    return " + ".join(str(round(share * flows))
                      for _, share in sorted(result["queue_shares"].items()))


ROWS = (
    ("frames sent", lambda r, env: number(r["sent"])),
    ("frames lost", lambda r, env: number(r["lost"])),
    ("  of them refused by the socket", lambda r, env: number(r["refused"])),
    ("read, but not answered", lambda r, env: number(r["unanswered"])),
    ("duplicated", lambda r, env: number(r["duplicated"])),
    ("reordered within a flow", lambda r, env: number(r["reordered"])),
    ("corrupted", lambda r, env: number(r["corrupted"])),
    ("longest gap", lambda r, env: seconds(r["longest_gap_ms"])),
    ("way to the start of /init", lambda r, env: seconds(r["to_init_ms"])),
    ("time with link down", lambda r, env: seconds(r["link_down_ms"])),
    ("device resets", lambda r, env: number(r["device_resets"])),
    ("bus-master clears, NIC", lambda r, env: number(r["bus_master_clears"])),
    ("bus-master clears, root port",
     lambda r, env: number(r["bus_master_clears_port"])),
    ("dropped for want of a descriptor",
     lambda r, env: number(r["no_descriptor_drops"])),
    ("waited for a descriptor", lambda r, env: number(r["no_descriptor_waits"])),
    ("receive ring, descriptors", lambda r, env: number(r["ring"])),
    ("flows in each queue", lambda r, env: flows_per_queue(r, env["flows"])),
)


def table(results, env):
    """results: {column: result}; a text table."""
    lines = [["", *results]]
    for title, show in ROWS:
        lines.append([title, *(show(result, env) for result in results.values())])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join([line[0].ljust(widths[0])]
                               + [cell.rjust(w) for cell, w in zip(line[1:], widths[1:])])
                     for line in lines)


def conditions(env):
    """One line on what the figures were taken with."""
    return (f"Linux {env['kernel']}, QEMU {env['qemu']} ({env['accelerator']}), "
            f"{env['nic']}, {env['rate']:,} frames/s of {env['frame_size']} bytes "
            f"over {env['flows']} flows")


def write_json(path, value):
    """As a whole or not at all."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as out:
        json.dump(value, out, indent=1)
        out.write("\n")
    os.replace(path + ".new", path)
