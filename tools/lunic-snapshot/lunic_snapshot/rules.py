# SPDX-License-Identifier: GPL-2.0
"""What may differ across a live update, and why; what may only grow.

lunic.rst has the same table; tests/run.py compares the two. A path is the part's name, a
slash, and the names below it; * stands for anything. The first rule that fits counts."""
import fnmatch
import re

# What is counted may grow. It must not go back, and must not vanish
GROWS = (
    "ethtool -S *", "ethtool -I * DEV/Statistics/*", "ethtool --phy-statistics DEV/*",
    "ip -d -s -s -j link show dev DEV/stats64/*", "sysfs net/statistics/*",
    "sysfs net/carrier*_co*", "netdev/statistics/*",
)

# [(what, [paths], why)]: each may have any value after an update
VOLATILE = (
    ("frames caught", ["ethtool -S DEV/live_update_caught"],
     "tells of the last update alone"),
    ("interrupt numbers", ["interrupts/*/number", "sysfs pci/irq", "netdev/napi/*/irq"],
     "the next kernel gives them as it likes"),
    ("effective affinity of interrupts", ["interrupts/*/effective_affinity*"],
     "the kernel takes one CPU of the affinity, which stays"),
    ("NAPI ids and threads", ["netdev/napi/*/id", "netdev/napi/*/pid"],
     "the next kernel gives them as it likes"),
    ("origin of the name (name_assign_type)", ["sysfs net/name_assign_type"],
     "it was given by the kernel before, and udev must not choose another"),
    ("kernel version", ["ethtool -i DEV/version"],
     "replacing the kernel is what an update is for"),
    ("ring positions", ["ethtool -d DEV raw on/RDH(*)", "ethtool -d DEV raw on/RDT(*)",
                        "ethtool -d DEV raw on/TDH(*)", "ethtool -d DEV raw on/TDT(*)"],
     "they follow the frames"),
    ("address of the TX rings", ["ethtool -d DEV raw on/TDBA?(*)"],
     "the next kernel has TX rings of its own"),
    ("interrupt masks", ["ethtool -d DEV raw on/EIMS", "ethtool -d DEV raw on/IMS"],
     "an interrupt is masked while its queue is polled"),
    ("byte queue limits", ["sysfs net/queues/*/byte_queue_limits/limit",
                           "sysfs net/queues/*/byte_queue_limits/inflight",
                           "sysfs net/queues/*/byte_queue_limits/stall_cnt",
                           "sysfs net/queues/*/byte_queue_limits/stall_max"],
     "they follow the traffic"),
    ("lifetimes of addresses and routes", ["*/valid_life_time", "*/preferred_life_time",
                                           "ip -d -j -? route show table all dev DEV/"
                                           "*/expires"],
     "they run"),
    ("runtime power management's and wake-up's times and counts", [
        "sysfs */power/runtime_active_time", "sysfs */power/runtime_suspended_time",
        "sysfs */power/runtime_usage", "sysfs */power/runtime_active_kids",
        "sysfs */power/wakeup_*", "sysfs pci/wakeup/*"],
     "they belong to the kernel that runs"),
    ("flags of the PCI device's memory", ["sysfs pci/resource"],
     "it is fixed where it is; the addresses are in the configuration space, which stays"),
    ("counters of PCI errors", ["sysfs pci/aer_dev_*"],
     "they belong to the kernel that runs"),
    ("numbers of device files", ["sysfs pci/misc/*/dev", "sysfs pci/ptp/*/dev"],
     "the next kernel gives them as it likes"),
    ("counters and dumps of health reporters", [
        f"devlink -j health show DEV/*/{name}" for name in ("error", "recover",
                                                            "last_dump_*")],
     "they belong to the kernel that made them"),
    ("index of the PTP clock", ["ethtool *-T DEV/*Hardware timestamp provider index",
                                "ethtool --get-hwtimestamp-cfg DEV/Hardware timestamp "
                                "provider index"],
     "the next kernel gives it as it likes"),
)


def _compiled(patterns):
    return re.compile("|".join(f"(?:{fnmatch.translate(p)})" for p in patterns))


_GROWS = _compiled(GROWS)
_VOLATILE = [(_compiled(paths), what, why) for what, paths, why in VOLATILE]


def volatile(path):
    """(what, why) where a value may differ, else None."""
    for pattern, what, why in _VOLATILE:
        if pattern.match(path):
            return what, why
    return None


def grows(path):
    """Whether it is a counter."""
    return bool(_GROWS.match(path))
