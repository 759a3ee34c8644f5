#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A live update of a host whose network NetworkManager configures."""
from cases import NEW, add_down_and_up, add_update, end_networkd, with_host
from machine import ktap

PROFILE = """\
[connection]
id=uplink
type=ethernet
interface-name={0}
[ipv4]
method=manual
address1=10.0.0.2/24
route1=10.9.0.0/16,10.0.0.1,77
[ipv6]
method=manual
address1=fd00:10::2/64
"""
FOLDER = "/etc/NetworkManager/system-connections"

program = ktap.Program()


def switch(host):
    """Lets NetworkManager set what networkd has set."""
    end_networkd(host)
    text = PROFILE.format(host.uplink)
    host.must(f"umask 077; mkdir -p {FOLDER}; cat > {FOLDER}/uplink.nmconnection <<'END'\n"
              f"{text}END")
    host.must("apt-get install -y --no-install-recommends network-manager", 600)
    host.must("systemctl start NetworkManager || "
              "{ journalctl -u NetworkManager -o cat; exit 1; }")
    host.must("nm-online --wait-for-startup --quiet --timeout 60", 90)
    # lunic.service is to stop before the network, as after a boot
    host.must("systemctl restart lunic")


def profile(host):
    """How NetworkManager sees the uplink: its state and its profile."""
    return host.must("nmcli -g GENERAL.STATE,GENERAL.CONNECTION device show "
                     + host.uplink).split("\n")[:2]


@program.case("NetworkManager has configured the NIC")
def _(run):
    run.content("ssh", "lunic", "NetworkManager")
    ktap.equal(profile(run.host), ["100 (connected)", "uplink"], "nmcli")
    ktap.contains(run.host.must(f"ip route show dev {run.host.uplink}"), "10.9.0.0/16", "routes")


@program.case("apt installs a newer kernel, which is loaded for the next live update")
def _(run):
    run.install(NEW)


add_update(program, "update", lambda run: "systemctl kexec", NEW, "NetworkManager")


@program.case("update: NetworkManager has the NIC under its profile")
def _(run):
    run.arrived()
    ktap.equal(profile(run.host), ["100 (connected)", "uplink"], "nmcli")


add_down_and_up(program, "update", lambda host: "nmcli --wait 60 connection down uplink",
                lambda host: "nmcli --wait 60 connection up uplink", "NetworkManager")


if __name__ == "__main__":
    program.main(with_host(switch))
