# SPDX-License-Identifier: GPL-2.0
"""An 82576 and an 82574L on one wire, the second in a namespace, and the programs between."""
import ipaddress
import json
import os
import re
import shutil

from lab.nic import Nic

from . import ktap
from .machine import Machine

MODELS = ("igb", "e1000e")
NAMES = ("eth0", "eth1")
FAR = "ip netns exec far "
# (near, far) by the name of the network
WIRE = {"IPv4": ("198.51.100.1", "198.51.100.2"),
        "IPv6": ("2001:db8:a::1", "2001:db8:a::2")}
VLAN = {"IPv4": ("203.0.113.1", "203.0.113.2"),
        "IPv6": ("2001:db8:b::1", "2001:db8:b::2")}
PREPARE = """\
set -e
modprobe -a sctp rdma_rxe ib_uverbs rdma_ucm
ip netns add far
ip link set eth1 netns far
ip -n far link set lo up
"""
END = """\
set -e
ip {ns} link add link {name} name {name}.7 type vlan id 7
ip {ns} addr add {v4}/24 dev {name}
ip {ns} addr add {v6}/64 dev {name} nodad
ip {ns} addr add {vlan4}/24 dev {name}.7
ip {ns} addr add {vlan6}/64 dev {name}.7 nodad
ip {ns} link set {name} up
ip {ns} link set {name}.7 up
"""
CARRIER = """\
for i in $(seq 300); do
	[ "$({0}cat /sys/class/net/{1}/carrier)" != 1 ] || exit 0
	sleep 0.1
done
echo {1} has no link; exit 1
"""
# The server's end goes by itself; a client that finds none tries again
TALK = """\
ip netns exec far timeout 40 {server} > /tmp/server.log 2>&1 &
server=$!
for i in $(seq 20); do
	timeout 20 {client} > /tmp/client.log 2>&1; client=$?
	[ $client != 0 ] && kill -0 $server 2>/dev/null || break
	sleep 0.3
done
wait $server; server=$?
cat /tmp/client.log
echo the far end:
cat /tmp/server.log
echo status $client $server
[ $client = 0 ] && [ $server = 0 ]
"""
CHECKSUM_ERRORS = ("cat /proc/net/snmp6; awk '$2 ~ /^[0-9]/ { for (i = 2; i <= NF; i++) "
                   "print $1 name[i], $i } { split($0, name) }' /proc/net/snmp; "
                   "cat /proc/net/sctp/snmp")


class Pair(Machine):
    """Commands run in the Debian userland."""

    def __init__(self):
        super().__init__(nics=[Nic(model, wire="joined") for model in MODELS],
                         interfaces=[], sink=0, resume=False, userland=True)

    def _prepare(self):
        super()._prepare()
        shutil.copy2(os.path.join(os.path.dirname(__file__), "ends.py"), self.vm.share)
        self.join()
        return self

    def run(self, command, timeout=120):
        """The output of a command that has to succeed."""
        return self.vm.userland_must(command, timeout)

    def join(self):
        """Puts the second NIC into the namespace, with addresses and a VLAN at both ends."""
        self.run(PREPARE)
        for index, (name, ns) in enumerate(zip(NAMES, ("", "-n far"))):
            self.run(END.format(ns=ns, name=name, v4=WIRE["IPv4"][index],
                                v6=WIRE["IPv6"][index], vlan4=VLAN["IPv4"][index],
                                vlan6=VLAN["IPv6"][index]))
        for name, prefix in zip(NAMES, ("", FAR)):
            self.run(CARRIER.format(prefix, name))
        self.run(FAR + "iperf3 -s -D")
        self.downs = self.link_downs()

    def part(self):
        """Both NICs are in the first namespace again, and up."""
        self.run("set -e; rdma link delete rxe0 2>/dev/null || true; pkill iperf3; "
                 f"rdma link delete rxe1 2>/dev/null || true; "
                 "ip -n far link del eth1.7; ip link del eth0.7; "
                 "ip -n far link set eth1 netns 1; ip netns del far; ip link set eth1 up; "
                 + CARRIER.format("", "eth1"))

    def set_mtu(self, mtu):
        """At both ends."""
        self.run(f"ip link set eth0 mtu {mtu} && ip -n far link set eth1 mtu {mtu}")

    # What is compared

    def link_downs(self):
        """link_down_events of both."""
        return [int(re.search(r"link_down_events: (\d+)", self.run(
            f"{prefix}ethtool -S {name}"))[1]) for name, prefix in zip(NAMES, ("", FAR))]

    def frames(self):
        """{what: number} of both interfaces: frames, bytes and errors."""
        found = {}
        for name, prefix in zip(NAMES, ("", FAR)):
            link = json.loads(self.run(f"{prefix}ip -j -s -d link show dev {name}"))[0]
            found |= {f"{name} {way} {what}": value
                      for way in ("rx", "tx")
                      for what, value in link["stats64"][way].items()}
        return found

    def checksum_errors(self):
        """{name: number} of what the stacks at both ends found wrong."""
        found = {}
        for name, prefix in zip(NAMES, ("", FAR)):
            for line in self.run(f"{prefix}bash -c {quoted(CHECKSUM_ERRORS)}").splitlines():
                what, *value = line.split()
                if re.search("csum|checksum", what, re.I) and value and int(value[0]):
                    found[f"{name} {what}"] = int(value[0])
        return found

    # The programs

    def ends(self, kind, addresses):
        """ends.py checks every byte."""
        self.run(f"python3 /host/ends.py {kind} {' '.join(addresses)}")

    def iperf(self, addresses, *options):
        """iperf3 for a second, both ways at once; something must arrive at both ends."""
        text = self.vm.userland_sh(f"iperf3 -J -t 1 --bidir -c {addresses[1]} "
                                   f"-B {addresses[0]} " + " ".join(options), 120)[1]
        result = json.loads(text)
        ktap.check("error" not in result, f"iperf3: {result.get('error')}")
        moved = [result["end"][way]["bytes"]
                 for way in ("sum_received", "sum_received_bidir_reverse")]
        ktap.say(f"{moved[0]} bytes there, {moved[1]} back")
        ktap.check(all(moved), f"bytes that arrived: {moved}")

    def gid(self, device, address):
        """The index of an address among an RDMA device's."""
        wanted = ipaddress.ip_address(address)
        if wanted.version == 4:
            wanted = ipaddress.IPv6Address(0xffff << 32 | int(wanted))
        groups = re.findall("....", wanted.packed.hex())
        found = self.run(f"grep -l {':'.join(groups)} "
                         f"/sys/class/infiniband/{device}/ports/1/gids/* || true").split()
        ktap.check(found, f"{device} has no GID for {address}")
        return os.path.basename(found[0])

    def rdma_links(self):
        """Soft-RoCE over either NIC, if not yet there: a device belongs to the namespace of
        its NIC, but all namespaces see it."""
        for prefix, device, name in (("", "rxe0", "eth0"), (FAR, "rxe1", "eth1")):
            self.run(f"[ -e /sys/class/infiniband/{device} ] || "
                     f"{prefix}rdma link add {device} type rxe netdev {name}")

    def talk(self, server, client):
        """A server at the far end, a client at the near one."""
        status, said = self.vm.userland_sh(TALK.format(server=server, client=client), 300)
        ktap.check(not status, said)
        return said


def quoted(command):
    """A word for the shell."""
    return "'" + command.replace("'", "'\\''") + "'"
