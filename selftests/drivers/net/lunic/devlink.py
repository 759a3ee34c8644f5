#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""devlink on both devices: what it tells, NVM images, reload, health reporters."""
import contextlib
import json
import os
import subprocess
import time

from lib import ktap, state
from lib.machine import Machine
from lib.traffic import flows, unharmed
from lab import nic as nic_module, paths
from lab.nic import Nic

TOOL = os.path.join(paths.ROOT, "firmware/lunic-nvm")
HEADER, CHECKSUM_WORD, SUM = 32, 0x3f, 0xbaba
KEPT = 6    # bytes: the MAC address
KNOBS = "/sys/kernel/debug/fail_function"
REPORTERS = ("tx", "rx", "hw", "liveupdate")
# A short ring, for the case that empties it
RING = 256
program = ktap.Program()


class Device:
    """One of the two, and the words for it."""

    def __init__(self, index, name, ids, size):
        self.index, self.name, self.ids, self.size = index, name, ids, size
        self.bdf = nic_module.bdf(index)
        self.handle = f"pci/{self.bdf}"
        self.netdev = f"eth{index}"
        vendor, device = (int(part, 16) for part in ids.split(":"))
        self.magic = f"{vendor | device << 16:#x}"


IGB = Device(0, "82576", "8086:10c9", 2048)
E1000E = Device(1, "82574", "8086:10d3", 128)
BOTH = (IGB, E1000E)


@contextlib.contextmanager
def setup():
    """One machine with both; the images lie where the firmware loader looks."""
    nics = [Nic("igb"), Nic("e1000e")]
    with Machine(nics, resume=False, rings=RING) as machine:
        folder = os.path.join(machine.vm.share, "firmware/lunic")
        os.makedirs(folder)
        for device in BOTH:
            source = os.path.join(paths.ROOT, f"firmware/{device.name}.nvm.txt")
            subprocess.run([TOOL, "build", source, f"{folder}/{device.name}.nvm"],
                           check=True, stdout=subprocess.DEVNULL)
        machine.must("echo -n /host/firmware > /sys/module/firmware_class/parameters/path")
        machine.images = folder
        yield machine


def info(machine, device):
    """devlink dev info."""
    found = json.loads(machine.must(f"devlink -j dev info {device.handle}"))
    return found["info"][device.handle]


def version(machine, device):
    """The NVM's version."""
    return info(machine, device)["versions"]["running"]["fw.nvm"]


def nvm(machine, device):
    """The NVM's bytes, as ethtool shows them."""
    name = f"{device.name}.eeprom"
    machine.must(f"ethtool -e {device.netdev} raw on > /host/{name}")
    with open(os.path.join(machine.vm.share, name), "rb") as file:
        return file.read()


def health(machine, device, reporter):
    """A reporter's state and counts."""
    found = json.loads(machine.must(
        f"devlink -j health show {device.handle} reporter {reporter}"))
    return found["health"][device.handle][0]


def refused(machine, command, *words):
    """The command fails and says the words, there or in the log."""
    before = len(machine.dmesg())
    status, text = machine.sh(command)
    ktap.check(status != 0, f"{command}: succeeded: {text.strip()}")
    text += "\n".join(machine.dmesg()[before:])
    for word in words:
        ktap.contains(text, word, command)


def traffic_flows(machine, device):
    """Frames come in and are answered."""
    machine.carrier(device.netdev)
    if device.index == 0:
        flows(machine, 0.5)


def wait(machine, what, seconds=60):
    """Waits for a condition on the machine."""
    end = time.time() + seconds
    while not what(machine):
        ktap.check(time.time() < end, "it did not come about")
        time.sleep(0.5)


@program.case("info: driver, serial number, ids, NVM and ABI version")
def _(machine):
    for device in BOTH:
        found = info(machine, device)
        ktap.equal(found["driver"], "lunic", "driver")
        mac = nic_module.mac(device.index).replace(":", "-")
        ktap.contains(found["serial_number"], mac[-8:], "serial number")
        ktap.equal(found["versions"]["fixed"]["asic.id"], device.ids, "asic.id")
        ktap.equal(found["versions"]["running"],
                   {"fw.nvm": "2.10", "lunic.liveupdate-abi": "1.1"}, "running")
        ktap.contains(machine.must(f"ethtool -i {device.netdev}"),
                      "firmware-version: 2.10", "ethtool -i")


@program.case("parameters are the private flags, both ways")
def _(machine):
    names = {"live_update": "live-update", "live_update_hold_rx": "live-update-hold-rx"}

    def param(name):
        found = json.loads(machine.must(
            f"devlink -j dev param show {IGB.handle} name {name}"))
        return found["param"][IGB.handle][0]["values"][0]["value"]

    for name, flag in names.items():
        old = param(name)
        for value in (not old, old):
            machine.must(f"devlink dev param set {IGB.handle} name {name} "
                         f"value {str(value).lower()} cmode runtime")
            flags = machine.must("ethtool --show-priv-flags eth0")
            found = dict(line.replace(" ", "").split(":") for line in flags.splitlines())
            ktap.equal(found[flag], "on" if value else "off", flag)
        machine.must(f"ethtool --set-priv-flags eth0 {flag} {'off' if old else 'on'}")
        ktap.equal(param(name), not old, name)
        machine.must(f"ethtool --set-priv-flags eth0 {flag} {'on' if old else 'off'}")


@program.case("regions: the NVM and the registers, as ethtool -e and -d have them")
def _(machine):
    for device in BOTH:
        number = 10 + device.index
        machine.must(f"devlink region new {device.handle}/nvm snapshot {number}")
        text = machine.must(f"devlink region dump {device.handle}/nvm snapshot {number}")
        found = b"".join(bytes.fromhex("".join(line.split()[1:]))
                         for line in text.splitlines() if line.strip())
        ktap.equal(found.hex(), nvm(machine, device).hex(), "NVM")
        ktap.equal(len(found), device.size, "NVM size")
        machine.must(f"devlink region new {device.handle}/registers snapshot {number + 2}")
        length = machine.must(f"ethtool -d {device.netdev} raw on | wc -c").strip()
        ktap.contains(machine.must("devlink region show"),
                      f"{device.handle}/registers: size {length} ", "registers")
        for region, snapshot in (("nvm", number), ("registers", number + 2)):
            machine.must(f"devlink region del {device.handle}/{region} snapshot {snapshot}")


@program.case("region handover: none, then there while preserved")
def _(machine):
    refused(machine, f"devlink region new {IGB.handle}/handover snapshot 20",
            "nothing is handed over")
    machine.preserve(sink=False)
    machine.must(f"devlink region new {IGB.handle}/handover snapshot 21 && "
                 f"devlink region read {IGB.handle}/handover snapshot 21 address 0 length 64 "
                 f"&& devlink region del {IGB.handle}/handover snapshot 21")
    machine.must("lunicctl cancel eth0")


@program.case("reporters: each diagnoses; all dump but liveupdate, which has nothing")
def _(machine):
    for device in BOTH:
        for reporter in REPORTERS:
            where = f"{device.handle} reporter {reporter}"
            ktap.check(machine.must(f"devlink health diagnose {where}").strip(), reporter)
            if reporter == "liveupdate":
                continue
            ktap.check(machine.must(f"devlink health dump show {where}").strip(), reporter)
            ktap.equal(health(machine, device, reporter)["error"], 0, f"{where} errors")
        text = machine.must(f"devlink health diagnose {device.handle} reporter liveupdate")
        ktap.contains(text, "idle", "state")
        refused(machine, f"devlink health dump show {device.handle} reporter liveupdate")


@program.case("a wrong, damaged, truncated or foreign image changes nothing, and says why")
def _(machine):
    before = {device: nvm(machine, device) for device in BOTH}
    with open(os.path.join(machine.images, "82574.nvm"), "rb") as file:
        good = file.read()
    bad = {"short": (good[:20], "too short"), "cut": (good[:-3], "truncated"),
           "long": (good + b"\0", "too long"), "magic": (b"X" + good[1:], "no NVM image"),
           "flip": (good[:50] + bytes([good[50] ^ 4]) + good[51:], "CRC")}
    for name, (data, why) in bad.items():
        with open(os.path.join(machine.images, name), "wb") as file:
            file.write(data)
        refused(machine, f"devlink dev flash {E1000E.handle} file lunic/{name}",
                "image refused", why)
    refused(machine, f"devlink dev flash {E1000E.handle} file lunic/82576.nvm",
            "8086:10c9", "8086:10d3")
    refused(machine, f"devlink dev flash {E1000E.handle} file lunic/none", "failed to locate")
    refused(machine, "ethtool -f eth1 lunic/82576.nvm", "image refused: it is for 8086:10c9")
    for device in BOTH:
        ktap.equal(nvm(machine, device).hex(), before[device].hex(), device.name)


@program.case("82576: QEMU's never grants the EEPROM's bus; twice refused, nothing changes")
def _(machine):
    before = nvm(machine, IGB)
    for _ in range(2):
        refused(machine, f"devlink dev flash {IGB.handle} file lunic/82576.nvm",
                "EEPROM bus not granted; repeat it")
    machine.sh(f"ethtool -E eth0 magic {IGB.magic} offset 0x0b value 0x31")
    ktap.equal(len(machine.logged("broke off at word 0x5: EEPROM bus")), 1,
               "lines of ethtool -E")
    ktap.equal(nvm(machine, IGB).hex(), before.hex(), "NVM")


@program.case("82574: the image is written, the MAC address stays, the sum is right")
def _(machine):
    before = nvm(machine, E1000E)
    with open(os.path.join(machine.images, "82574.nvm"), "rb") as file:
        image = file.read()[HEADER:-4]
    machine.must(f"devlink dev flash {E1000E.handle} file lunic/82574.nvm", 120)
    ktap.equal(version(machine, E1000E), "2.11", "version")
    after = nvm(machine, E1000E)
    ktap.equal(after[:KEPT].hex(), before[:KEPT].hex(), "MAC address")
    ktap.equal(after[KEPT:2 * CHECKSUM_WORD].hex(), image[KEPT:2 * CHECKSUM_WORD].hex(),
               "words")
    words = [int.from_bytes(after[i:i + 2], "little") for i in range(0, 128, 2)]
    ktap.equal(sum(words) & 0xffff, SUM, "sum")
    machine.must(f"devlink dev flash {E1000E.handle} file lunic/82574.nvm "
                 "component fw.nvm", 120)
    machine.must("ethtool -f eth1 lunic/82574.nvm", 120)
    ktap.equal(nvm(machine, E1000E).hex(), after.hex(), "NVM after a repetition")


@program.case("ethtool -E: a byte is written and the checksum follows; back again")
def _(machine):
    before = nvm(machine, E1000E)
    machine.must(f"ethtool -E eth1 magic {E1000E.magic} offset 0x0b value 0x31")
    ktap.equal(version(machine, E1000E), "3.11", "version")
    after = nvm(machine, E1000E)
    changed = [i for i, (a, b) in enumerate(zip(before, after)) if a != b]
    ktap.check(changed[0] == 0x0b and set(changed[1:]) <= {0x7e, 0x7f} and changed[1:],
               f"bytes changed: {changed}")
    machine.must(f"ethtool -E eth1 magic {E1000E.magic} offset 0x0b value 0x20")
    ktap.equal(nvm(machine, E1000E).hex(), before.hex(), "NVM")


@program.case("ethtool -E: wrong magic, wrong range, wrong checksum: nothing changes")
def _(machine):
    before = nvm(machine, E1000E)
    write = "ethtool -E eth1 magic"
    refused(machine, f"{write} 0x10d38087 offset 0 value 0", "magic is 0x10d38086")
    refused(machine, f"{write} {E1000E.magic} offset 128 value 0")
    refused(machine, f"printf 12345678 | {write} {E1000E.magic} offset 124 length 8")
    refused(machine, f"{write} {E1000E.magic} offset 0x7e value 0x12", "checksum")
    ktap.equal(nvm(machine, E1000E).hex(), before.hex(), "NVM")


@program.case("while preserved: flash, reload and the parameter are refused as busy")
def _(machine):
    with machine.traffic() as traffic:
        machine.preserve("eth0 eth1", sink=False)
        for device in BOTH:
            refused(machine, f"devlink dev reload {device.handle}", "lunicctl cancel")
            refused(machine, f"devlink dev param set {device.handle} name live_update "
                    "value false cmode runtime", "lunicctl cancel")
        refused(machine, f"devlink dev flash {E1000E.handle} file lunic/82574.nvm",
                "lunicctl cancel")
        text = machine.must(f"devlink health diagnose {IGB.handle} reporter liveupdate")
        ktap.contains(text, "preserved", "state")
        machine.must("lunicctl cancel eth0 eth1")
        unharmed(traffic.stop())


@program.case("reload: the interface comes back with its settings; what else is refused")
def _(machine):
    for device in BOTH:
        machine.must(f"ethtool -G {device.netdev} tx 512")
        machine.must(f"devlink dev reload {device.handle}")
        traffic_flows(machine, device)
        ktap.contains(machine.must(f"ethtool -g {device.netdev}"), "512", "rings")
        refused(machine, f"devlink dev reload {device.handle} action fw_activate",
                "not supported")
    machine.must("ip netns add other")
    refused(machine, f"devlink dev reload {IGB.handle} netns other", "ip link set")
    machine.must("ip netns del other && ip link set eth1 down")
    machine.must(f"devlink dev reload {E1000E.handle} && ip link set eth1 up")
    machine.carrier("eth1")


@program.case("tx: a TX timeout is reported once, recovered from, and traffic goes on")
def _(machine):
    # The transmitter is switched off under so many answers that the queue stops
    with machine.traffic() as traffic:
        machine.must(f"labctl reg {IGB.bdf} 0x400 0x8")
        wait(machine, lambda m: health(m, IGB, "tx")["recover"] == 1)
        traffic.stop()
    found = health(machine, IGB, "tx")
    ktap.equal((found["state"], found["error"]), ("healthy", 1), "reporter")
    traffic_flows(machine, IGB)


def starved(machine):
    """Buffers that there was no memory for, and frames dropped on receive."""
    counters = state.ethtool_counters(machine)
    return (sum(count for name, count in counters.items() if name.endswith("_alloc_fail")),
            int(machine.must("cat /sys/class/net/eth0/statistics/rx_dropped")))


@program.case("rx: rings without buffers are reported, and filled when there is memory")
def _(machine):
    before = starved(machine)
    machine.must(f"cd {KNOBS} && echo page_pool_alloc_netmems > inject && "
                 "echo 0 > page_pool_alloc_netmems/retval && echo 100 > probability && "
                 "echo -1 > times && echo 0 > verbose")
    try:
        with machine.traffic() as traffic:
            wait(machine, lambda m: health(m, IGB, "rx")["error"] > 0)
            traffic.stop()
    finally:
        machine.must(f"echo > {KNOBS}/inject")
    buffers, dropped = (now - then for now, then in zip(starved(machine), before))
    ktap.check(buffers > 0, "no buffer is said to be missing")
    ktap.equal(dropped, 0, "frames that are said to be dropped")
    errors = health(machine, IGB, "rx")["error"]
    wait(machine, lambda m: "posted: 0" not in m.must(
        f"devlink health diagnose {IGB.handle} reporter rx"))
    traffic_flows(machine, IGB)
    ktap.check(health(machine, IGB, "rx")["error"] <= errors + 1, "it goes on reporting")


@program.case("liveupdate: why the device was not preserved")
def _(machine):
    machine.must("ethtool --set-priv-flags eth0 live-update off")
    machine.sh("lunicctl preserve eth0")
    machine.must("ethtool --set-priv-flags eth0 live-update on")
    text = machine.must(f"devlink health diagnose {IGB.handle} reporter liveupdate")
    ktap.contains(text, "switched off", "last refusal")


@program.case("unbound, preserved or not, and bound again: devlink goes and comes")
def _(machine):
    driver = "/sys/bus/pci/drivers/lunic"
    for preserved in (False, True):
        if preserved:
            machine.preserve(sink=False)
        machine.must(f"echo {IGB.bdf} > {driver}/unbind")
        ktap.check(IGB.handle not in machine.must("devlink dev show"), "still there")
        machine.sh("lunicctl cancel eth0")
        machine.must(f"echo {IGB.bdf} > {driver}/bind")
        ktap.contains(machine.must("devlink dev show"), IGB.handle, "devlink dev show")
        machine.must("ip addr replace 10.0.0.2/24 dev eth0 && ip link set eth0 up && "
                     f"ip neigh replace 10.0.0.1 lladdr {nic_module.HOST_MAC} dev eth0 "
                     "nud permanent")
        traffic_flows(machine, IGB)


@program.case("the kernel did not complain, but of the TX timeout that was made")
def _(machine):
    found = [line for line in machine.troubles() if "NETDEV WATCHDOG" not in line]
    ktap.equal(found, [], "complaints")


if __name__ == "__main__":
    program.main(setup)
