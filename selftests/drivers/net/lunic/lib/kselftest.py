# SPDX-License-Identifier: GPL-2.0
"""Runs the kernel's own selftests in a VM whose two NICs are joined back to back."""
import os
import re
import shlex

from lab import userland
from lab.guest import Guest
from lab.nic import Nic
from lab.vm import VM

RESULT = re.compile(r"^(ok|not ok) \d+ ?(?:- )?([^#]*?)\s*(?:# ?(\w+)[ :]*(.*))?$")
PLAN = re.compile(r"^1\.\.(\d+)")
# What bash tests of the forwarding library print
WORDS = re.compile(r"^TEST: (.*?)\s+\[\s*(OK|FAIL|SKIP|XFAIL)\s*\]")
KSFT_SKIP = 4
# The tests keep 192.0.2.0 and 2001:db8::/64 for the tunnels that they make
PREFIX4, PREFIX6 = "198.51.100.", "2001:db8:a::"

# The far NIC lives in a namespace, so that nothing takes the short way round
PREPARE = f"""\
set -e
modprobe -r {{driver}} || rmmod {{driver}}
ip netns del far 2>/dev/null || true
insmod /lib/lab/{{driver}}.ko
ip netns add far
ip link set eth1 netns far
ip -n far link set lo up
for end in "1 eth0" "2 eth1 -n far"; do
	set -- $end
	ip ${{{{@:3}}}} addr add {PREFIX4}$1/24 dev $2
	ip ${{{{@:3}}}} addr add {PREFIX6}$1/64 dev $2 nodad
	ip ${{{{@:3}}}} link set $2 up
done
for i in $(seq 200); do
	[ "$(cat /sys/class/net/eth0/carrier)" != 1 ] || break
	sleep 0.1
done
ping -q -c 1 -w 20 {PREFIX4}2
"""
ENVIRONMENT = {"NETIF": "eth0", "LOCAL_V4": PREFIX4 + "1", "LOCAL_V6": PREFIX6 + "1",
               "REMOTE_V4": PREFIX4 + "2", "REMOTE_V6": PREFIX6 + "2",
               "REMOTE_TYPE": "netns", "REMOTE_ARGS": "far", "KSFT_MACHINE_SLOW": "yes"}
# What a file needs in this lab. QEMU counts a received frame without the FCS that it
# strips: then the shortest ones fall in no range; and 10,000 of them come at once, where
# the host may be busy. It leaves the inner sums of tunnels open too: each of their
# connections would run into two minutes of retries.
SETTINGS = {"hw/ethtool_rmon.sh": "ethtool -K eth0 rx-fcs on && ethtool -G eth0 rx 4096 && "
                                  "ip netns exec far ethtool -K eth1 rx-fcs on",
            "hw/tso.py": "sysctl -qw net.ipv4.tcp_syn_retries=3"}


def parse(text, status, name):
    """{case: (verdict, note)}: verdict is pass, fail, skip or xfail."""
    found, planned = {}, 0
    for line in text.splitlines():
        plan, result, word = PLAN.match(line), RESULT.match(line), WORDS.match(line)
        if plan:
            planned = int(plan[1])
        elif result:
            verdict = "pass" if result[1] == "ok" else "fail"
            if result[3] in ("SKIP", "XFAIL"):
                verdict = result[3].lower()
            case = result[2].removeprefix(name + ".") or name
            found[case] = (verdict, result[4] or "")
        elif word:
            found[word[1]] = (word[2].lower().replace("ok", "pass"), "")
    if status == KSFT_SKIP and not found:
        found["(all)"] = ("skip", reason(text))
    elif not found and not status:
        found["(all)"] = ("pass", "")
    elif len(found) < planned or not found:
        found["(the end)"] = ("fail", f"exit status {status}, {len(found)} of {planned}")
    return found


def reason(text):
    """The last line that says something."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].lstrip("# ") if lines else ""


class Bench:
    """A VM with two NICs of one model, both driven by the driver under test."""

    def __init__(self, folder, driver, model, cpus=4, **options):
        self.driver = driver
        self.vm = VM(folder, nics=[Nic(model, wire="joined"), Nic(model, wire="joined")],
                     guest=Guest(modules=[driver], interfaces=[]), cpus=cpus,
                     userland=True, **options)
        self.logs = os.path.join(self.vm.share, "kselftest")

    def __enter__(self):
        self.vm.__enter__()
        os.makedirs(self.logs, exist_ok=True)
        return self

    def __exit__(self, *unused):
        self.vm.stop()

    def files(self):
        """Every test program that the kernel has for a NIC."""
        return sorted(self.vm.userland_must(
            f"cd {userland.SELFTESTS}/drivers/net && find -H . hw -maxdepth 1 -type f "
            "-executable -name '*.??' | grep -v '^./hw/' | sed 's,^./,,' | sort -u").split())

    def run(self, path, limit, cases=()):
        """{case: (verdict, note)} of one file, on freshly loaded drivers."""
        name = os.path.splitext(os.path.basename(path))[0]
        self.vm.userland_must(PREPARE.format(driver=self.driver), 120)
        if path in SETTINGS:
            self.vm.userland_must(SETTINGS[path], 60)
        words = [f"{key}={value}" for key, value in ENVIRONMENT.items()]
        words += ["timeout", "-k", "20", str(limit), "./" + os.path.basename(path)]
        for case in cases:
            words += ["-t", case]
        folder = os.path.join(userland.SELFTESTS, "drivers/net", os.path.dirname(path))
        log = path.replace("/", "-") + ".log"
        status, _ = self.vm.userland_sh(
            f"cd {folder} && {shlex.join(words)} > /host/kselftest/{log} 2>&1",
            limit + 120)
        with open(os.path.join(self.logs, log), encoding="utf-8", errors="replace") as out:
            return parse(out.read(), status, name)
