# SPDX-License-Identifier: GPL-2.0
"""What the host's network and services look like, for a look before and after."""
import json
import re

MONITOR = "/run/lab-monitor.log"
# Of the interface, as ip names them
LINK = ("ifname", "ifindex", "address", "mtu", "txqlen", "operstate", "group", "qdisc")
# Lines of ip monitor that tell of something lost
LOST = re.compile(r"^Deleted|NO-CARRIER|state DOWN")

# What a network manager says of an interface that it had to set up again
TROUBLE = re.compile(r"Lost carrier|Link DOWN|[Ff]ailed|Could not|File exists")


def addresses(host):
    """Every address of the uplink with all that ip tells of it."""
    found = json.loads(host.must(f"ip -j -d address show dev {host.uplink}"))[0]
    return sorted(found["addr_info"], key=lambda info: info["local"])


def routes(host):
    """Every route through the uplink, of all tables."""
    found = []
    for family in ("-4", "-6"):
        text = host.must(f"ip -j -d {family} route show table all dev {host.uplink}")
        found += json.loads(text or "[]")
    return sorted(found, key=str)


def link(host):
    """The interface itself."""
    found = json.loads(host.must(f"ip -j -d link show dev {host.uplink}"))[0]
    return {name: found.get(name) for name in LINK}


def counters(host):
    """{name: n} of ethtool -S."""
    text = host.must(f"ethtool -S {host.uplink}")
    return {name: int(value) for name, value in
            re.findall(r"^\s*(\S[^:]*): (\d+)$", text, re.M)}


def icmp(host):
    """{name: n} of the kernel's ICMP counters."""
    names, values = (line.split()[1:] for line in
                     host.must("grep ^Icmp: /proc/net/snmp").splitlines())
    return dict(zip(names, map(int, values)))


def last_icmp(host, before, since):
    """The same as a kernel left them, which it says on the console."""
    _, text = host.console.wait(r"^lab: Icmp: ", 1, since)
    return dict(zip(before["icmp"], map(int, text.split()[2:])))


def no_room(old, new):
    """Echo requests between the two that a kernel took in and had no room to answer."""
    grown = {name: new[name] - old[name] for name in new}
    return min(grown["OutErrors"], grown["InEchos"] - grown["OutEchoReps"])


def discarded(host, before, after, since):
    """The same between two snapshots; since: the console's position between them."""
    if before["boot"] == after["boot"]:
        return no_room(before["icmp"], after["icmp"])
    return (no_room(before["icmp"], last_icmp(host, before, since))
            + no_room(dict.fromkeys(after["icmp"], 0), after["icmp"]))


def snapshot(host):
    """All of it, and which kernel and boot this is."""
    return {"kernel": host.must("uname -r").strip(),
            "boot": host.must("cat /proc/sys/kernel/random/boot_id").strip(),
            "icmp": icmp(host), "link": link(host), "addresses": addresses(host),
            "routes": routes(host),
            "rings": host.must(f"ethtool -g {host.uplink}"),
            "link_down_events": counters(host)["link_down_events"],
            "carrier_changes": host.must(
                f"cat /sys/class/net/{host.uplink}/carrier_changes").strip()}


def changes(host):
    """What was taken away from a link, an address or a route in this boot."""
    text = host.must(f"cat {MONITOR}")
    return [line for line in text.splitlines() if LOST.search(line)
            and f" {host.uplink}" in line]


def failed(host):
    """The units that have failed."""
    return host.must("systemctl --failed --plain --no-legend").split("\n")[:-1]


def journal(host, unit):
    """A unit's lines of this boot about the uplink."""
    lines = host.must(f"journalctl -b -u {unit} -o cat --no-pager").splitlines()
    return [line for line in lines if host.uplink in line]
