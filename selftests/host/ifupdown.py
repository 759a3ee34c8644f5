#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A live update of a host whose network ifupdown configures."""
from cases import NEW, add_down_and_up, add_update, end_networkd, with_host
from machine import ktap

INTERFACES = """\
auto lo
iface lo inet loopback
auto {0}
iface {0} inet static
	address 10.0.0.2/24
	up echo $IFACE >>/run/lab-hook
iface {0} inet6 static
	address fd00:10::2/64
"""

program = ktap.Program()


def switch(host):
    """Lets ifupdown set what networkd has set."""
    end_networkd(host)
    text = INTERFACES.format(host.uplink)
    host.must(f"cat > /etc/network/interfaces <<'END'\n{text}END")
    host.must("systemctl enable networking && systemctl restart networking || "
              "{ journalctl -u networking -o cat; exit 1; }")
    # lunic.service is to stop before the network, as after a boot
    host.must("systemctl restart lunic")


@program.case("ifupdown has configured the NIC")
def _(run):
    run.content("ssh", "lunic", "networking")
    ktap.contains(run.host.must(f"ifquery --state {run.host.uplink}"), run.host.uplink,
                  "ifquery")


@program.case("apt installs a newer kernel, which is loaded for the next live update")
def _(run):
    run.install(NEW)


add_update(program, "update", lambda run: "systemctl kexec", NEW, "networking")


@program.case("update: ifup lists the NIC as configured, and has run its hooks")
def _(run):
    run.arrived()
    ktap.equal(run.host.must(f"ifquery --state {run.host.uplink}").split(),
               [f"{run.host.uplink}={run.host.uplink}"], "ifquery --state")
    ktap.equal(run.host.must("cat /run/lab-hook").split(), [run.host.uplink], "hook")


add_down_and_up(program, "update", lambda host: f"ifdown {host.uplink}",
                lambda host: f"ifup {host.uplink}", "networking")


if __name__ == "__main__":
    program.main(with_host(switch))
