#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests how lunicctl saves and restores the network configuration, in network
namespaces of its own; prints KTAP.

usage: net.py LUNICCTL LUNICCTL_WITH_THE_FAKE_KERNEL
"""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import zlib

import box as lib
from box import A, ADOPTED, EBUSY, EPERM, Skip, check, equal, main, test

PORT, PEER = "lun0", "peer0"
SESSION = f"lunic-{A}"
HEADER = struct.Struct("=8sHHIQQ")
NO_NETNS = None
# NET_REC_HEALTH, DEVLINK_ATTR_HEALTH_REPORTER_NAME
HEALTH, REPORTER_NAME = 7, 115


def ip(*words, run=True):
    """What ip says, or nothing where it fails and that does not matter."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True,
                          check=False)
    check(not run or done.returncode == 0, words, done.stderr)
    return done.stdout


def sh(script):
    done = subprocess.run(["sh", "-ec", script], capture_output=True,
                          text=True, check=False)
    check(done.returncode == 0, script, done.stdout, done.stderr)
    return done.stdout


class NetBox(lib.Box):
    """A port with a peer in this namespace plays the preserved interface."""
    always = []

    def __init__(self):
        super().__init__()
        for name in ("network.in", "network.out"):
            (self.root / name).mkdir()
        (self.root / "proc").symlink_to("/proc")
        if NO_NETNS:
            return
        self.born()

    def born(self):
        """As a new kernel has it: there, down, and without a setting."""
        for link in json.loads(ip("-j", "link")):
            if link["ifname"] != "lo":
                ip("link", "del", link["ifname"], run=False)
        ip("nexthop", "flush", run=False)
        for family in ("-4", "-6"):
            for rule in json.loads(ip("-j", family, "rule")):
                if rule["priority"] not in (0, 32766, 32767):
                    ip(family, "rule", "del", "pref", str(rule["priority"]))
        make = f"ip link add {PORT} index 20 type veth peer name {PEER}"
        # The one before may not be gone quite
        sh(f"for i in 1 2 3 4 5 6 7 8; do {make} && exit; sleep 0.3; done; exit 1")
        ip("link", "set", PORT, "address", "02:00:00:00:00:20")
        ip("link", "set", PEER, "address", "02:00:00:00:00:21")
        ip("link", "set", PEER, "up")
        ip("link", "set", "lo", "up")
        self.at(20)

    def at(self, ifindex):
        """Where lunic says that the device's interface is."""
        self.set(A, ifname=PORT, ifindex=ifindex)
        real = self.root / "sys/class/net" / PORT
        if not real.exists():
            real.symlink_to(pathlib.Path("/sys/class/net") / PORT)

    def jump(self):
        """From what was preserved to what comes in."""
        out = self.root / "network.out" / SESSION
        if out.exists():
            shutil.copy(out, self.root / "network.in")
        self.incoming(SESSION, (A, 0))
        self.set(A, state=ADOPTED)

    def update(self):
        """preserve, a new kernel, resume; what resume said."""
        self.ok("preserve", A)
        for pid in self.holders().values():
            os.kill(pid, 9)
        self.born()
        self.jump()
        return self.run("resume", A)

    def file(self):
        return self.root / "network.in" / SESSION


def strip(entries, *volatile):
    """Without what changes by itself."""
    for entry in entries:
        for name in volatile:
            entry.pop(name, None)
    return entries


def view():
    """{what: how iproute2 shows it}."""
    addresses = json.loads(ip("-j", "addr", "show", "dev", PORT))[0]
    seen = {"addr_info": addresses["addr_info"]}
    seen["link"] = strip(json.loads(ip("-j", "-d", "link", "show", "dev", PORT)),
                         "link_index", "linkinfo")
    for family in ("-4", "-6"):
        seen["routes " + family] = json.loads(
            ip("-j", family, "route", "show", "table", "all", "dev", PORT))
        seen["rules " + family] = json.loads(ip("-j", family, "rule"))
    seen["neighbours"] = sorted(json.loads(ip("-j", "neigh", "show", "dev", PORT)),
                                key=str)
    seen["qdisc"] = json.loads(sh(f"tc -j qdisc show dev {PORT}"))
    return seen


def netns_test(function):
    """A test that needs the namespace."""
    def run(box):
        if NO_NETNS:
            raise Skip(NO_NETNS)
        function(box)
    run.__name__ = function.__name__
    return test(run)


def round_trip(box, script, complaints=0):
    """All is as before; returns what it was."""
    sh(script)
    before = view()
    done = box.update()
    equal(done.returncode, 0)
    check(done.stderr.count("\n") == complaints, done.stderr)
    after = view()
    for what, was in before.items():
        equal((what, after[what]), (what, was))
    check(f"RESUME {A}" in box.log() and f"FINISH {SESSION}" in box.log(),
          box.log())
    return before


UP = f"ip link set {PORT} up\n"


@netns_test
def addresses_with_flags_labels_and_lifetimes(box):
    sh(UP + f"""
ip addr add 10.1.0.2/24 broadcast 10.1.0.255 dev {PORT} label {PORT}:one
ip addr add 10.1.0.3/24 dev {PORT}
ip addr add 10.2.0.1 peer 10.2.0.9/32 dev {PORT} metric 77
ip addr add 10.3.0.1/16 dev {PORT} noprefixroute valid_lft 5000 preferred_lft 4000
ip addr add 2001:db8::2/64 dev {PORT} nodad
ip addr add 2001:db8:1::2/64 dev {PORT} valid_lft 5000 preferred_lft 0 noprefixroute nodad
sleep 2.5
""")
    before = view()
    done = box.update()
    equal((done.returncode, done.stderr), (0, ""))
    after = view()
    for entries in before["addr_info"], after["addr_info"]:
        for entry in entries:
            if entry["valid_life_time"] != 4294967295:
                check(4900 < entry["valid_life_time"] <= 5000, entry)
            strip([entry], "valid_life_time", "preferred_life_time")
    equal(after["addr_info"], before["addr_info"])


@netns_test
def an_address_of_ipv6_is_usable_at_once(box):
    sh(UP + f"ip addr add 2001:db8::2/64 dev {PORT}; sleep 2.5")
    done = box.update()
    equal((done.returncode, done.stderr), (0, ""))
    addresses = json.loads(ip("-j", "-6", "addr", "show", "dev", PORT))
    for entry in addresses[0]["addr_info"]:
        check(not entry.get("tentative") and not entry.get("nodad"), entry)
    check("local 2001:db8::2" in ip("-6", "route", "get", "2001:db8::2"))


@netns_test
def routes_rules_and_neighbours(box):
    round_trip(box, UP + f"""
ip addr add 10.1.0.2/24 dev {PORT}
ip addr add 2001:db8::2/64 dev {PORT} nodad
ip route add default via 10.1.0.1 metric 50 mtu 1400
ip route add 10.9.0.0/16 dev {PORT} src 10.1.0.2 proto static scope link
ip route add 10.8.0.0/16 via 10.1.0.1 dev {PORT} onlink
ip route add 10.7.0.0/16 via 10.9.0.5 table 100
ip -6 route add 2001:db8:9::/48 via 2001:db8::1 metric 9 pref high
ip rule add iif {PORT} lookup 100 pref 1000
ip rule add from 10.1.0.2 lookup 100 pref 1001
ip -6 rule add not oif {PORT} lookup 101 pref 1002
ip neigh add 10.1.0.1 lladdr 02:00:00:00:00:21 nud permanent dev {PORT}
ip neigh add 10.1.0.4 lladdr 02:00:00:00:00:24 nud stale dev {PORT}
ip neigh add 2001:db8::1 lladdr 02:00:00:00:00:21 router nud permanent dev {PORT}
sleep 2.5
""")


@netns_test
def nexthops_that_are_not_there_are_left_out(box):
    sh(UP + f"""ip addr add 10.1.0.2/24 dev {PORT}; ip addr add 10.6.0.2/24 dev {PEER}
ip route add 10.8.0.0/16 nexthop via 10.1.0.1 weight 3 nexthop via 10.6.0.1
ip route add 10.9.0.0/16 nexthop via 10.1.0.1 nexthop via 10.1.0.7""")
    done = box.update()
    equal((done.returncode, done.stderr), (
        0, "lunicctl: not restored: 1 of the nexthops of route 10.8.0.0/16 table 254\n"))
    found = json.loads(ip("-j", "route"))
    found = {route["dst"]: route for route in found}
    equal(found["10.8.0.0/16"].get("gateway") or found["10.8.0.0/16"]["nexthops"][0]["gateway"],
          "10.1.0.1")
    equal(len(found["10.9.0.0/16"]["nexthops"]), 2)


@netns_test
def nexthop_objects(box):
    sh(UP + f"""ip addr add 10.1.0.2/24 dev {PORT}
ip nexthop add id 7 via 10.1.0.1 dev {PORT}
ip nexthop add id 8 via 10.1.0.3 dev {PORT}
ip nexthop add id 3 group 7,2/8
ip route add 10.8.0.0/16 nhid 3; ip route add 10.9.0.0/16 nhid 7""")
    shown = ip("nexthop") + ip("route")
    equal(box.update().stderr, "")
    equal(ip("nexthop") + ip("route"), shown)


@netns_test
def attributes_of_the_link(box):
    round_trip(box, UP + f"""
ip link set {PORT} alias 'uplink of rack 4' txqueuelen 321 group 7
ip link set {PORT} promisc on allmulticast on
ip link property add dev {PORT} altname uplink altname wan0
""")


@netns_test
def classes_that_come_with_their_qdisc(box):
    if subprocess.run(["tc", "qdisc", "add", "dev", PORT, "root", "prio"],
                      capture_output=True, check=False).returncode:
        raise Skip("this kernel has no sch_prio")
    sh(f"tc qdisc del dev {PORT} root")
    round_trip(box, UP + f"""
tc qdisc add dev {PORT} root handle 1: prio bands 4
tc qdisc add dev {PORT} parent 1:2 handle 20: pfifo limit 77
""")


@netns_test
def sysctls(box):
    names = (f"ipv4/conf/{PORT}/rp_filter", f"ipv4/conf/{PORT}/forwarding",
             f"ipv6/conf/{PORT}/accept_ra", f"ipv6/conf/{PORT}/hop_limit",
             f"ipv4/neigh/{PORT}/gc_stale_time",
             f"ipv6/neigh/{PORT}/base_reachable_time_ms")
    files = [pathlib.Path("/proc/sys/net") / name for name in names]
    wanted = ["2", "1", "0", "77", "99", "54321"]
    for file, value in zip(files, wanted):
        file.write_text(value)
    wanted[-1] = files[-1].read_text().strip()  # in jiffies
    done = box.update()
    equal((done.returncode, done.stderr), (0, ""))
    equal([file.read_text().strip() for file in files], wanted)


@netns_test
def a_sysctl_with_two_names(box):
    box.ok("preserve", A)
    saved = (box.root / "network.out" / SESSION).read_bytes()
    check(b"base_reachable_time_ms\0" in saved)
    check(b"base_reachable_time\0" not in saved)


@netns_test
def a_bridge_on_top(box):
    script = UP + f"""
ip link add br7 index 77 type bridge forward_delay 400 ageing_time 12300 \
    stp_state 0 vlan_default_pvid 0
ip link set {PORT} master br7
bridge link set dev {PORT} cost 55 priority 9 learning off
ip addr add 10.4.0.1/24 dev br7
ip link set br7 up mtu 1400
ip route add 10.5.0.0/16 via 10.4.0.9
"""
    sh(script)
    shown = ("-j", "-d", "addr", "show", "dev", "br7")
    volatile = ("hello_timer", "tcn_timer", "topology_change_timer",
                "gc_timer", "bridge_id", "root_id")
    before = json.loads(ip(*shown))[0]
    port = json.loads(ip("-j", "-d", "link", "show", "dev", PORT))[0]
    done = box.update()
    equal((done.returncode, done.stderr), (0, ""))
    after = json.loads(ip(*shown))[0]
    for entry in before, after:
        strip([entry["linkinfo"]["info_data"]], *volatile)
    check(after["ifindex"] == 77, after["ifindex"])
    equal(after, before)
    now = json.loads(ip("-j", "-d", "link", "show", "dev", PORT))[0]
    data = [link["linkinfo"]["info_slave_data"] for link in (port, now)]
    for name in ("cost", "priority", "learning", "hairpin", "guard"):
        equal((name, data[1][name]), (name, data[0][name]))
    check("10.5.0.0/16 via 10.4.0.9" in ip("route"), ip("route"))


@netns_test
def resumed_twice(box):
    sh(UP + f"""
ip addr add 10.1.0.2/24 dev {PORT}; ip addr add 2001:db8::2/64 dev {PORT} nodad
ip route add default via 10.1.0.1; ip rule add iif {PORT} lookup 100 pref 1000
ip route add 10.7.0.0/16 via 10.1.0.5 table 100
ip neigh add 10.1.0.1 lladdr 02:00:00:00:00:21 dev {PORT}; sleep 2.5""")
    before = view()
    equal(box.update().stderr, "")
    for _ in range(2):
        box.jump()
        equal(box.run("resume", A).stderr, "")
        equal(view(), before)


@netns_test
def another_index_now(box):
    sh(UP + f"ip addr add 10.1.0.2/24 dev {PORT}; ip route add default via 10.1.0.1")
    box.ok("preserve", A)
    box.born()
    sh(f"""ip link del {PORT}; ip link add dummy20 index 20 type bridge
ip link add {PORT} index 40 type veth peer name {PEER}
ip link set {PEER} up""")
    box.at(40)
    box.jump()
    equal(box.run("resume", A).stderr, "")
    check(f"default via 10.1.0.1 dev {PORT}" in ip("route"), ip("route"))
    equal(json.loads(ip("-j", "addr", "show", "dev", "dummy20"))[0]["addr_info"],
          [])


@netns_test
def what_does_not_work_is_told_and_the_rest_goes_on(box):
    sh(UP + f"""ip addr add 10.1.0.2/24 dev {PORT}
ip link property add dev {PORT} altname uplink""")
    box.ok("preserve", A)
    box.born()
    sh("ip link add uplink type bridge")
    box.jump()
    done = box.run("resume", A)
    equal(done.returncode, 0)
    check(done.stderr.count("\n") == 1, done.stderr)
    check(f"lunicctl: {PORT}: not restored: alternative name uplink"
          in done.stderr, done.stderr)
    check("10.1.0.2/24" in ip("addr", "show", "dev", PORT))
    check(f"FINISH {SESSION}" in box.log(), box.log())


@netns_test
def the_way_out(box):
    sh(UP + f"ip addr add 10.1.0.2/24 dev {PORT}")
    box.ok("preserve", "--no-network", A)
    check(not (box.root / "network.out" / SESSION).exists())
    box.ok("cancel", A)
    box.ok("preserve", A)
    box.born()
    box.jump()
    box.ok("resume", "--no-network", A)
    check("10.1.0.2" not in ip("addr", "show", "dev", PORT))


@netns_test
def a_session_without_a_file_resumes_as_ever(box):
    box.jump()
    check("resumed" in box.ok("resume", A))


@netns_test
def a_kernel_that_can_not_preserve_memfds(box):
    box.put("memfd_errno", 95)
    line = box.fails(2, "preserve", A)
    check("(EOPNOTSUPP). Try: lunicctl preserve --no-network" in line, line)
    equal(box.holders(), {})
    box.ok("preserve", "--no-network", A)


def seal(data):
    """With a checksum that fits."""
    magic, major, minor, _crc, size, when = HEADER.unpack_from(data)
    rest = data[HEADER.size - 16:]
    crc = zlib.crc32(struct.pack("=QQ", size, when) + rest[16:])
    return HEADER.pack(magic, major, minor, crc, size, when) + data[HEADER.size:]


def saved(box):
    sh(UP + f"ip addr add 10.1.0.2/24 dev {PORT}")
    box.ok("preserve", A)
    box.born()
    box.jump()
    return bytearray(box.file().read_bytes())


def refused(box, data, *words):
    """One line, nothing restored, and the frames let go."""
    box.file().write_bytes(data)
    box.incoming(SESSION, (A, 0))
    (box.root / "log").unlink(missing_ok=True)
    done = box.run("resume", A)
    equal(done.returncode, 0)
    check(done.stderr.count("\n") == 1, done.stderr)
    for word in ("the network configuration in the session", *words):
        check(word in done.stderr, word, done.stderr)
    equal(box.log()[-2:], [f"RESUME {A}", f"FINISH {SESSION}"])
    check("10.1.0.2" not in ip("addr", "show", "dev", PORT))


@netns_test
def a_truncated_file_is_refused(box):
    data = saved(box)
    for size in (0, 1, HEADER.size - 1, HEADER.size, len(data) // 2,
                 len(data) - 1):
        refused(box, data[:size], "not usable")
    refused(box, data + bytes(8), "its length is wrong")


@netns_test
def a_flipped_bit_is_refused(box):
    data = saved(box)
    step = max(1, len(data) // 12)
    for at in [*range(0, HEADER.size, 3), *range(HEADER.size, len(data), step)]:
        if at in (10, 11):      # the minor version says nothing
            continue
        data[at] ^= 1
        refused(box, data, "not usable")
        data[at] ^= 1


@netns_test
def another_version_is_refused(box):
    data = saved(box)
    data[8] = 2
    refused(box, seal(data), "its version is another")


@netns_test
def a_record_that_is_too_long_is_refused(box):
    data = saved(box)
    struct.pack_into("=I", data, HEADER.size + 4, 0xfffffff0)
    refused(box, seal(data), "a record in it is cut off")


@netns_test
def records_of_a_newer_lunicctl_are_skipped(box):
    data = saved(box)
    data += struct.pack("=HHI", 999, 0, 5) + b"what?" + bytes(3)
    struct.pack_into("=Q", data, 16, len(data))
    struct.pack_into("=H", data, 10, 7)
    box.file().write_bytes(seal(data))
    done = box.run("resume", A)
    equal(done.returncode, 0)
    check("not restored: 1 records of a newer lunicctl" in done.stderr,
          done.stderr)
    equal(done.stderr.count("\n"), 1)
    check("10.1.0.2" in ip("addr", "show", "dev", PORT))


@netns_test
def garbage_with_a_good_checksum_does_no_harm(box):
    data = saved(box)
    for at in range(HEADER.size, len(data), max(1, len(data) // 80)):
        broken = bytearray(data)
        broken[at] ^= 0xff
        box.file().write_bytes(seal(broken))
        box.incoming(SESSION, (A, 0))
        done = box.run("resume", A)
        check("AddressSanitizer" not in done.stderr
              and "runtime error" not in done.stderr
              and "died" not in done.stderr, at, done.stderr)
        equal(box.log()[-2:], [f"RESUME {A}", f"FINISH {SESSION}"])


def with_health(data, length, attribute):
    """A record of a health reporter more, whose message says that it is so long."""
    message = struct.pack("=IHHIIBBH", length, 0, 0, 0, 0, 53, 1, 0) + attribute
    ifindex, = struct.unpack_from("=I", data, HEADER.size + 8)
    record = struct.pack("=HHIII", HEALTH, 0, 8 + len(message), ifindex, 0) + message
    data = data + record + bytes(-len(record) % 8)
    struct.pack_into("=Q", data, 16, len(data))
    return seal(data)


@netns_test
def health_reporters_that_are_garbage_do_no_harm(box):
    data = saved(box)
    name = struct.pack("=HH", 7, REPORTER_NAME) + b"tx\0\0"
    for length in (0, 16, 19, 20, 27, 28, 1 << 20):
        for attribute in (b"", name, name[:6], struct.pack("=HH", 3, REPORTER_NAME),
                          struct.pack("=HH", 0xffff, REPORTER_NAME)):
            box.file().write_bytes(with_health(data, length, attribute))
            box.incoming(SESSION, (A, 0))
            done = box.run("resume", A)
            check(not done.stderr or "the settings of its health reporter" in done.stderr,
                  length, attribute, done.stderr)
            equal(box.log()[-2:], [f"RESUME {A}", f"FINISH {SESSION}"])
    check("10.1.0.2" in ip("addr", "show", "dev", PORT))


@netns_test
def a_file_that_can_not_be_had(box):
    for err, name in ((EPERM, "EPERM"), (EBUSY, "EBUSY")):
        box.jump()
        box.put("memfd_errno", err)
        done = box.run("resume", A)
        equal(done.returncode, 0)
        check(f"({name})" in done.stderr, done.stderr)
        equal(box.log()[-2:], [f"RESUME {A}", f"FINISH {SESSION}"])


def enter():
    """Goes on in namespaces of its own, or says why that can't be."""
    if os.environ.get("LUNIC_NETNS") == "there":
        sh("mount -t sysfs none /sys")
        return None
    test_run = subprocess.run(
        ["unshare", "-rnm", "sh", "-ec", "mount -t sysfs none /sys; "
         f"ip link add {PORT} type veth peer name {PEER}"],
        capture_output=True, text=True, check=False)
    if test_run.returncode:
        return "no network namespace with veth: " + test_run.stderr.strip()
    os.environ["LUNIC_NETNS"] = "there"
    os.execvp("unshare", ["unshare", "-rnm", sys.executable, *sys.argv])


if len(sys.argv) != 3:
    sys.exit(__doc__)
NO_NETNS = enter()
sys.exit(main(NetBox))
