#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The network configuration comes through an update by lunicctl alone, bonds too."""
import contextlib
import json
import time

from lib import device, frames, ktap
from lib.machine import FLOWS, Machine
from lib.traffic import received
from lab import nic as nic_module
from lab.guest import Guest, Interface

VLAN = 5
QUEUES = min(3, device.THIS.queues)
NEIGHBOURS = " ".join(["10.0.0.1", *(f"10.0.0.{16 + i}" for i in range(1, FLOWS + 1))])
WITH_PEERS = f"""
for ip in {NEIGHBOURS}; do
	ip neigh replace $ip lladdr {nic_module.HOST_MAC} nud permanent dev $port
done
"""
# Everything at once, on the interface itself
UNUSUAL = f"""set -e
port=eth0
ethtool -L eth0 combined {QUEUES}
ethtool --set-priv-flags eth0 live-update-hold-rx on
ip link set eth0 alias 'uplink of rack 4' txqueuelen 777 group 5 allmulticast on
ip link property add dev eth0 altname uplink altname wan0
ip addr add 10.7.0.1/24 dev eth0 label eth0:x
ip addr add 10.7.1.1/24 dev eth0 noprefixroute valid_lft 50000 preferred_lft 40000
ip addr add 2001:db8::2/64 dev eth0 nodad
ip addr add 2001:db8:1::2/64 dev eth0
ip route add 10.9.0.0/16 via 10.0.0.1 metric 9 mtu 1300 proto static
ip route add default via 10.0.0.1 src 10.7.0.1
ip -6 route add 2001:db8:9::/48 via 2001:db8::1 metric 7
ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 nud stale dev eth0
ip neigh add 2001:db8::1 lladdr 02:00:00:00:00:78 nud permanent dev eth0
bridge fdb add 02:00:00:00:00:99 dev eth0 self permanent
ip maddr add 01:00:5e:01:02:03 dev eth0
ip link add link eth0 name eth0.{VLAN} type vlan id {VLAN} reorder_hdr off \
	egress 2:3 ingress 4:5
ip addr add 10.5.0.1/24 dev eth0.{VLAN}
ip link set eth0.{VLAN} mtu 1400 up
ip route add 10.55.0.0/16 via 10.5.0.9
cd /proc/sys/net
echo 2 > ipv4/conf/eth0/rp_filter
echo 0 > ipv6/conf/eth0/accept_ra
echo 77 > ipv4/neigh/eth0.{VLAN}/gc_stale_time
cd /sys/class/net/eth0
echo 20000 > gro_flush_timeout
echo 2 > napi_defer_hard_irqs
echo 1 > queues/tx-0/xps_cpus
echo 2 > queues/tx-1/xps_cpus
echo 2 > queues/rx-0/rps_cpus
echo 64 > queues/rx-1/rps_flow_cnt
echo 30000 > queues/tx-1/byte_queue_limits/limit_min
for irq in $(ls device/msi_irqs); do
	[ ! -e /proc/irq/$irq ] || echo 1 > /proc/irq/$irq/smp_affinity_list
done
{WITH_PEERS}"""
QDISCS = {
    "mq": """tc qdisc replace dev eth0 root handle 1: mq
tc qdisc replace dev eth0 parent 1:1 handle 10: fq limit 5000 flow_limit 4999
tc qdisc replace dev eth0 parent 1:2 handle 20: fq_codel target 7ms""",
    "htb": """tc qdisc replace dev eth0 root handle 1: htb default 10
tc class add dev eth0 parent 1: classid 1:1 htb rate 1gbit
tc class add dev eth0 parent 1:1 classid 1:10 htb rate 900mbit ceil 1gbit
tc class add dev eth0 parent 1:1 classid 1:20 htb rate 10mbit prio 3
tc qdisc add dev eth0 parent 1:10 handle 10: fq limit 6000 flow_limit 5999
tc filter add dev eth0 parent 1: protocol ip prio 5 u32 match ip dport 99 0xffff flowid 1:20
tc qdisc add dev eth0 clsact
tc filter add dev eth0 ingress protocol ip prio 7 matchall action pass""",
}
# What it looks like, by what; what changes by itself is left out below
VIEWS = {
    "link": "ip -j -d link show dev {}",
    "addresses": "ip -j addr show dev {}",
    "routes": "ip -j -d route show table all dev {}; ip -j -d -6 route show table all dev {}",
    "neighbours": "ip -j neigh show dev {}",
    "qdiscs": "tc -j qdisc show dev {}",
    "classes": "tc -j class show dev {}",
    "filters": "tc -j filter show dev {}",
}
FILES = "cd /sys/class/net/eth0; grep . {} | sort".format(
    "queues/*/[xr]ps_* queues/*/byte_queue_limits/limit_[a-z]* gro_flush_timeout "
    "napi_defer_hard_irqs threaded device/d3cold_allowed device/power/control 2>/dev/null")
PLAIN = {
    "files of sysfs": FILES,
    "sysctls": "grep -r . /proc/sys/net/ipv[46]/*/eth0* 2>/dev/null | sort",
    "interrupts": "cd /sys/class/net/eth0/device/msi_irqs; "
                  "for i in $(ls | sort -n); do cat /proc/irq/$i/smp_affinity_list; done 2>&1",
    "groups": "awk '$4 == 1 { print $2, $5 }' /proc/net/dev_mcast | sort",
    "forwarding": "bridge -j fdb show dev eth0",
    "rules": "ip -j rule; ip -j -6 rule",
}
VOLATILE = ("valid_life_time", "preferred_life_time", "used", "updated", "confirmed",
            "refcnt", "operstate", "promiscuity", "drops", "overlimits", "requeues",
            "backlog", "qlen", "bytes", "packets", "probes", "allmulti", "expires",
            "direct_packets_stat", "parentdev", "num_vf", "tentative", "ad_info", "state",
            # LACP negotiates anew, and tells how far it is
            "ad_actor_oper_port_state", "ad_actor_oper_port_state_str",
            "ad_partner_oper_port_state", "ad_partner_oper_port_state_str")
BONDS = {
    "active-backup": "mode active-backup miimon 100 num_grat_arp 3 primary_reselect better",
    "802.3ad": "mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4 "
               "ad_select bandwidth",
}
BOND = f"""set -e
port=bond0
ip link del eth0.{VLAN} || true
tc qdisc del dev eth0 root || true
tc qdisc del dev eth0 clsact || true
[ ! -e /sys/class/net/bond0 ] || ip link del bond0
ip addr flush dev eth0
ip link set eth0 down
ip link add bond0 index 90 type bond @OPTIONS@
ip link set eth0 master bond0
ip link set bond0 up
ip addr add 10.0.0.2/24 dev bond0
ip route add default via 10.0.0.1
ip link add link bond0 name bond0.{VLAN} type vlan id {VLAN}
ip addr add 10.5.0.1/24 dev bond0.{VLAN}
ip link set bond0.{VLAN} up
{WITH_PEERS}
for i in $(seq 100); do [ $(cat /sys/class/net/bond0/carrier) = 1 ] && break; sleep 0.1; done
"""
program = ktap.Program()


def plain(value):
    """Without what changes by itself."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return sorted((plain(entry) for entry in value), key=str)
    return value


def look(machine, names):
    """{what: what the system shows of it}."""
    # One call each: a chroot into the userland is not free
    script = "".join(
        f"echo '=== {what} of {name}'; {command.format(name, name)}\n"
        for name in names for what, command in VIEWS.items())
    script += "".join(f"echo '=== {what}'; {command}\n" for what, command in PLAIN.items())
    seen = {}
    for part in machine.vm.userland_must(script + "true").split("=== ")[1:]:
        what, _, text = part.partition("\n")
        lines = text.splitlines()
        seen[what] = [plain(json.loads(line)) if line[:1] in "[{" else line
                      for line in lines if line.strip()]
    return seen


class Run:
    """One machine; the kernel that comes next sets nothing up by itself."""

    def __init__(self, machine):
        self.machine = machine
        self.userland = machine.vm.userland_must
        self.bare = Guest(modules=["lunic"], sink=FLOWS,
                          interfaces=[Interface("eth0", None, None, up=False)])

    def update(self, names):
        """Under traffic; leaves what was seen in its attributes."""
        machine = self.machine
        machine.vm.load(self.bare.command_line())
        with machine.traffic() as traffic:
            time.sleep(1)
            self.before = look(machine, names)
            machine.preserve()
            machine.jump()
            self.userland("true")
            self.resumed = machine.sh("lunicctl resume")
            traffic.resumed(machine.left)
            time.sleep(1)
            self.after = look(machine, names)
            self.counts = traffic.stop()

    def check(self, what):
        """One part of what was seen is as before."""
        was, now = self.before[what], self.after.get(what)
        ktap.check(was, f"{what}: nothing was set")
        lost = [entry for entry in was if entry not in now]
        new = [entry for entry in now if entry not in was]
        ktap.check(not lost and not new, f"{what}: was {lost}, is {new}")


@contextlib.contextmanager
def setup():
    """The whole run."""
    with Machine(resume=False, userland=True) as machine:
        yield Run(machine)


@program.case("everything unusual is set, then an update by lunicctl alone")
def _(run):
    run.userland(UNUSUAL)
    run.userland("set -e\n" + QDISCS["mq"])
    run.update(["eth0", f"eth0.{VLAN}"])
    ktap.equal(run.resumed[0], 0, f"exit status ({run.resumed[1].strip()})")


@program.case("resume had nothing to complain of")
def _(run):
    ktap.check("not restored" not in run.resumed[1], run.resumed[1])


@program.case("no frame was lost")
def _(run):
    received(run.counts)


for name in ("eth0", f"eth0.{VLAN}"):
    for view in ("link", "addresses", "routes"):
        program.case(f"{view} of {name}")(
            lambda run, what=f"{view} of {name}": run.check(what))
for view in ("neighbours of eth0", "qdiscs of eth0", *PLAIN):
    program.case(view)(lambda run, what=view: run.check(what))


@program.case("frames of the VLAN reach its interface")
def _(run):
    ktap.equal(frames.taken(run.machine, nic_module.mac(0), VLAN, name=f"eth0.{VLAN}"), 10,
               "frames")


@program.case("a second resume changes nothing")
def _(run):
    ktap.equal(run.machine.sh("lunicctl resume")[0], 0, "status")


@program.case("classes, filters and their qdiscs")
def _(run):
    run.userland("set -e\ntc qdisc del dev eth0 root\n" + QDISCS["htb"])
    run.update(["eth0"])
    ktap.check("not restored" not in run.resumed[1], run.resumed[1])
    received(run.counts)
    for what in ("qdiscs", "classes", "filters"):
        run.check(f"{what} of eth0")


def bonded(run, mode):
    """An update under traffic through a bond."""
    run.userland(BOND.replace("@OPTIONS@", BONDS[mode]))
    run.update(["bond0", f"bond0.{VLAN}", "eth0"])
    ktap.say(run.resumed[1])
    ktap.check("not restored" not in run.resumed[1], run.resumed[1])
    for what in ("link", "addresses", "routes", "neighbours"):
        run.check(f"{what} of bond0")
    for what in ("link", "addresses", "routes"):
        run.check(f"{what} of bond0.{VLAN}")
    run.check("link of eth0")


for bond in BONDS:
    program.case(f"a bond on top, {bond}: all as before")(
        lambda run, mode=bond: bonded(run, mode))

    @program.case(f"{bond}: no frame was lost")
    def _(run):
        received(run.counts)


@program.case("neither kernel complained")
def _(run):
    # Nobody on the wire speaks LACP
    ktap.equal([line for line in run.machine.troubles()
                if "No 802.3ad response" not in line], [], "complaints")


if __name__ == "__main__":
    program.main(setup)
