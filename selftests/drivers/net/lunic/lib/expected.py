# SPDX-License-Identifier: GPL-2.0
"""What of the kernel's selftests may fail on lunic, and why."""
import fnmatch

# (model or *, file, case, reason): patterns as a shell's
ONE_TABLE = "the device has one RSS table, and the test takes contexts for granted"
PAIRS = "the device hashes both addresses, with both ports or none; one alone can't be"
OUTER = "QEMU fills in the sums of the outer headers alone; the test turns tunnels on"
FAILURES = (
    ("*", "hw/tso.py", "*vxlan*", OUTER),
    ("*", "hw/tso.py", "*gre*", OUTER),
    ("*", "hw/tso.py", "ip[46]_*", OUTER),
    ("*", "hw/rss_api.py", "test_rxfh_fields_set*", PAIRS),
    ("*", "hw/rss_api.py", "test_rxfh_*_ctx*", ONE_TABLE),
    ("*", "hw/rss_api.py", "test_rss_ctx_*", ONE_TABLE),
)

# Nothing of these may fail on lunic, whatever the stock driver does
MUST = ("hw/csum.py", "hw/ethtool_rmon.sh", "hw/ethtool_std_stats.sh", "hw/irq.py",
        "hw/nic_timestamp.py", "hw/pp_alloc_fail.py", "hw/rss_api.py", "hw/tso.py",
        "napi_id.py", "napi_threaded.py", "queues.py", "ring_reconfig.py", "stats.py")
# Nor may these be skipped
RUN = ("hw/pp_alloc_fail.py",)


def reason(model, file, case):
    """Why this may fail; None if it may not."""
    for pattern_model, pattern_file, pattern_case, why in FAILURES:
        if (fnmatch.fnmatch(model, pattern_model) and fnmatch.fnmatch(file, pattern_file)
                and fnmatch.fnmatch(case, pattern_case)):
            return why
    return None


def complaints(model, file, lunic, stock):
    """What is wrong with lunic's results of one file; stock: {} where it wasn't run."""
    found = []
    for case, (verdict, note) in lunic.items():
        known = reason(model, file, case)
        theirs = stock.get(case, ("not run", ""))[0]
        if verdict == "skip" and file in RUN:
            found.append(f"{model} {file} {case} is skipped: {note}")
        if verdict == "fail" and not known and (file in MUST or theirs == "pass"):
            found.append(f"{model} {file} {case} fails ({theirs} with the stock driver)"
                         + (f": {note}" if note else ""))
    for case, (verdict, _) in stock.items():
        if (verdict == "pass" and case not in lunic and case != "(all)"
                and not reason(model, file, case)):
            found.append(f"{model} {file} {case} is missing (the stock driver passes it)")
    return found
