# SPDX-License-Identifier: GPL-2.0
"""Settings of an interface that are no default, and where a snapshot shows them."""
from dataclasses import dataclass

from . import device

MAC = "02:00:00:00:00:42"
GROUP = "01:00:5e:01:02:03"
UNICAST = "02:00:00:00:00:99"
VLAN = 5
QUEUES = min(3, device.THIS.queues)
KEY = ":".join(f"{(7 * i + 1) & 255:02x}" for i in range(40))
WEIGHTS = "3 2 1" if QUEUES == 3 else "3 1"
LINK = "ip -d -s -s -j link show dev DEV"
# With the interface down up to here
LAST_OF_LINK = "pause"
NET = "/sys/class/net/eth0"
QUEUE = f"{NET}/queues"
# The vectors' numbers, in their order
VECTORS = "$(ls /sys/class/net/eth0/device/msi_irqs | sort -n)"


@dataclass
class Knob:
    """command: for bash, in the userland; shows: patterns of the paths that it changes."""
    command: str
    shows: tuple
    models: tuple = ("igb", "e1000e")


KNOBS = {
    # What drops the link comes first
    "MAC address": Knob(
        f"ip link set dev eth0 address {MAC}", (f"{LINK}/address", "sysfs net/address")),
    "speed, duplex": Knob(
        "ethtool -s eth0 autoneg off speed 100 duplex full",
        # QEMU's link has 1000 Mbit/s whatever is asked for
        ("ethtool DEV/Auto-negotiation",)),
    "pause": Knob(
        "ethtool -A eth0 autoneg off rx on tx on",
        ("ethtool -a DEV/RX", "ethtool -a DEV/TX")),
    "MTU": Knob("ip link set dev eth0 mtu 1400", (f"{LINK}/mtu",)),
    "channels": Knob(
        f"ethtool -L eth0 combined {QUEUES}",
        ("ethtool -l DEV/Current hardware settings/Combined",), ("igb",)),
    "rings": Knob(
        "ethtool -G eth0 rx 6000 tx 512",
        ("ethtool -g DEV/Current hardware settings/RX",
         "ethtool -g DEV/Current hardware settings/TX")),
    "coalescing": Knob("ethtool -C eth0 rx-usecs 77", ("ethtool -c DEV/rx-usecs",)),
    "coalescing of a queue": Knob(
        "ethtool -Q eth0 queue_mask 0x2 --coalesce rx-usecs 99",
        ("ethtool -Q DEV --show-coalesce/Queue 1/rx-usecs",)),
    "adaptive coalescing of a queue": Knob(
        "ethtool -Q eth0 queue_mask 0x1 --coalesce adaptive-rx on",
        ("ethtool -Q DEV --show-coalesce/Queue 0/Adaptive RX",)),
    "rx-copybreak": Knob(
        "ethtool --set-tunable eth0 rx-copybreak 256",
        ("ethtool --get-tunable DEV rx-copybreak/rx-copybreak",)),
    "receive hash, key": Knob(
        f"ethtool -X eth0 hkey {KEY}", ("ethtool -x DEV/RSS hash key/",)),
    "receive hash, table": Knob(
        f"ethtool -X eth0 weight {WEIGHTS}", ("ethtool -x DEV/0",)),
    "receive hash, fields": Knob(
        "ethtool -N eth0 rx-flow-hash udp4 sd",
        ("ethtool -n DEV rx-flow-hash udp4/*",), ("igb",)),
    "features": Knob(
        "ethtool -K eth0 tso off rxhash off gro off tx-checksum-ip-generic off",
        tuple(f"ethtool -k DEV/{name}" for name in (
            "tx-tcp-segmentation", "receive-hashing", "generic-receive-offload",
            "tx-checksum-ip-generic"))),
    "features of the stack": Knob(
        "ethtool -K eth0 tx-nocache-copy on rx-gro-list on rx-udp-gro-forwarding on",
        tuple(f"ethtool -k DEV/{name}" for name in (
            "tx-nocache-copy", "rx-gro-list", "rx-udp-gro-forwarding"))),
    "features of the 82576": Knob(
        "ethtool -K eth0 tx-checksum-sctp off tx-udp-segmentation on tx-gso-partial on",
        tuple(f"ethtool -k DEV/{name}" for name in (
            "tx-checksum-sctp", "tx-udp-segmentation", "tx-gso-partial")), ("igb",)),
    "message level": Knob(
        "ethtool -s eth0 msglvl drv on link on timer on",
        ("ethtool DEV/Current message level",)),
    "private flags": Knob(
        "ethtool --set-priv-flags eth0 live-update-hold-rx on",
        ("ethtool --show-priv-flags DEV/live-update-hold-rx",
         "devlink -j dev param show DEV/*live_update_hold_rx/*/value")),
    "health reporters": Knob(
        "devlink health set pci/0000:01:00.0 reporter tx auto_recover false "
        "grace_period 1000 && "
        "devlink health set pci/0000:01:00.0 reporter rx auto_dump false",
        ("devlink -j health show DEV/tx/auto_recover",
         "devlink -j health show DEV/tx/grace_period",
         "devlink -j health show DEV/rx/auto_dump")),
    "time stamps": Knob(
        "hwstamp_ctl -i eth0 -t 1 -r 12 >/dev/null",
        ("ethtool --get-hwtimestamp-cfg DEV/Hardware Receive Filter Mode/",)),
    "multicast filter": Knob(
        f"ip maddr add {GROUP} dev eth0", (f"ip -j maddr show dev DEV/*{GROUP}*",)),
    "unicast filter": Knob(
        f"bridge fdb add {UNICAST} dev eth0 self permanent",
        (f"bridge -d -j fdb show dev DEV/{UNICAST}*",)),
    "VLAN device": Knob(
        f"ip link add link eth0 name eth0.{VLAN} type vlan id {VLAN} && "
        f"ip addr add 192.0.2.9/28 dev eth0.{VLAN} && ip link set eth0.{VLAN} up",
        ("uppers/names", f"ip -d -j link show dev eth0.{VLAN}/linkinfo/info_data/id")),
    "all multicast": Knob("ip link set dev eth0 allmulticast on", (f"{LINK}/allmulti",)),
    "alias": Knob(
        "ip link set dev eth0 alias 'uplink of rack 4'", (f"{LINK}/ifalias",)),
    "alternative names": Knob(
        "ip link property add dev eth0 altname uplink4 altname rack-four-uplink",
        (f"{LINK}/altnames",)),
    "group": Knob("ip link set dev eth0 group 7", (f"{LINK}/group",)),
    "txqueuelen": Knob("ip link set dev eth0 txqueuelen 500", (f"{LINK}/txqlen",)),
    "GSO and GRO sizes": Knob(
        "ip link set dev eth0 gso_max_size 32000 gso_max_segs 100 gro_max_size 30000",
        tuple(f"{LINK}/{name}" for name in ("gso_max_size", "gso_max_segs",
                                            "gro_max_size"))),
    "XPS": Knob(f"echo 2 > {QUEUE}/tx-0/xps_cpus && echo 1 > {QUEUE}/tx-1/xps_cpus",
                ("sysfs net/queues/tx-0/xps_cpus",)),
    "RPS": Knob(f"echo 3 > {QUEUE}/rx-1/rps_cpus && echo 256 > {QUEUE}/rx-1/rps_flow_cnt",
                ("sysfs net/queues/rx-1/rps_cpus", "sysfs net/queues/rx-1/rps_flow_cnt")),
    "byte queue limits": Knob(
        f"echo 60000 > {QUEUE}/tx-0/byte_queue_limits/limit_max",
        ("sysfs net/queues/tx-0/byte_queue_limits/limit_max",)),
    "NAPI": Knob(
        f"echo 2 > {NET}/napi_defer_hard_irqs && echo 20000 > {NET}/gro_flush_timeout && "
        f"echo 1 > {NET}/threaded",
        ("sysfs net/napi_defer_hard_irqs", "sysfs net/gro_flush_timeout",
         "sysfs net/threaded", "netdev/napi/0/gro-flush-timeout")),
    "interrupt affinity": Knob(
        f"set -- {VECTORS} && echo 2 > /proc/irq/$1/smp_affinity && "
        "echo 1 > /proc/irq/$2/smp_affinity",
        ("interrupts/0/smp_affinity_list", "interrupts/1/smp_affinity_list")),
    "queueing discipline": Knob(
        "tc qdisc replace dev eth0 root handle 1: mq && "
        "tc qdisc replace dev eth0 parent 1:1 handle 11: fq_codel limit 500",
        ("tc -d -j qdisc show dev DEV/*11:*/options/limit",)),
    "addresses": Knob(
        "ip addr add 192.0.2.1/28 dev eth0 label eth0:1 && "
        "ip addr add 2001:db8::1/64 dev eth0 nodad",
        ("ip -d -j addr show dev DEV/addr_info/*192.0.2.1*",
         "ip -d -j addr show dev DEV/addr_info/*2001:db8::1*")),
    "routes": Knob(
        "ip route add 198.51.100.0/24 via 10.0.0.1 dev eth0 metric 7",
        ("ip -d -j -4 route show table all dev DEV/*198.51.100.0/24*",)),
    "sysctls": Knob(
        "sysctl -qw net.ipv4.conf.eth0.rp_filter=2 net.ipv6.conf.eth0.accept_ra=0",
        ("sysctl ipv4/conf/rp_filter", "sysctl ipv6/conf/accept_ra")),
    "power management": Knob(
        f"echo 0 > {NET}/device/d3cold_allowed",
        ("sysfs pci/d3cold_allowed",)),
}


# Says which commands failed, and why
SCRIPT = """\
{{
	{command}
}} >/tmp/said 2>&1 || {{ echo "{what}:" $(cat /tmp/said); failed=1; }}
"""


def script(names):
    """One script for all of them: each start of a shell takes its time."""
    return "failed=0\n" + "".join(SCRIPT.format(what=name, command=KNOBS[name].command)
                                  for name in names) + "exit $failed"


def here():
    """{what: Knob} of those that this device has."""
    return {what: knob for what, knob in KNOBS.items() if device.MODEL in knob.models}
