# SPDX-License-Identifier: GPL-2.0
"""The host in its two kernels, and the cases of a live update from one to the other."""
import contextlib
import time

from machine import booted, ktap, travel, undisturbed, unharmed
import state

OLD, NEW = "lunic1", "lunic2"
# Any of its sockets would start it again
NETWORKD = "systemd-networkd.service " + " ".join(
    f"systemd-networkd{name}.socket" for name in ("", "-varlink", "-varlink-metrics",
                                                  "-resolve-hook"))


class Run:
    """The host, and the journey that the cases after it look at."""

    def __init__(self, host):
        self.host = host
        self.journey = None
        self.release = host.must("uname -r").strip()

    def kernel(self, name):
        """The release of one of the two kernels."""
        return self.release.rsplit("-", 1)[0] + "-" + name

    def files(self, name):
        """lunicctl's options for one of the two kernels."""
        kernel = self.kernel(name)
        return (f"--kernel /boot/vmlinuz-{kernel} --initrd /boot/initrd.img-{kernel} "
                "--reuse-cmdline")

    def install(self, name):
        """apt installs one of the two kernels; the package's hook loads it."""
        begin = time.monotonic()
        said = self.host.must(f"apt-get install -y linux-image-{self.kernel(name)}", 600)
        ktap.say(f"apt: {time.monotonic() - begin:.1f} s")
        ktap.equal(self.host.must("cat /sys/kernel/kexec_loaded").strip(), "1",
                   f"kexec_loaded after: {said[-800:]}")

    def go(self, what, command):
        """The next journey; none if it fails on its way."""
        self.journey = None
        self.journey = travel(self.host, what, command)

    def arrived(self):
        """The journey, if there was one."""
        ktap.check(self.journey, "the host did not arrive")
        return self.journey

    def content(self, *units):
        """Fails the case where a unit has failed or one of these is not active."""
        ktap.equal(state.failed(self.host), [], "failed units")
        for unit in units:
            ktap.equal(self.host.sh(f"systemctl is-active {unit}")[1].strip(), "active", unit)


def with_host(prepare=None, **options):
    """Set-up of a program: a host after its first boot, for as long as it runs."""
    @contextlib.contextmanager
    def setup():
        host = booted(**options)
        try:
            if prepare:
                prepare(host)
            yield Run(host)
        finally:
            host.stop()
    return setup


def end_networkd(host):
    """For another network manager, which finds the uplink as after a boot."""
    host.must(f"systemctl mask --now {NETWORKD}")
    host.must(f"ip address flush dev {host.uplink}; ip link set {host.uplink} down")


def add_update(program, title, command, kernel, manager):
    """The cases of one live update; manager: the unit that configures the network."""
    def case(name):
        return program.case(f"{title}: {name}")

    @case("the host arrives in the other kernel")
    def _(run):
        run.go(title, command(run))
        ktap.equal(run.journey.after["kernel"], run.kernel(kernel), "kernel")

    @case("no frame was lost, doubled, altered or overtaken")
    def _(run):
        unharmed(run.arrived())

    @case("no reset, no link change, bus mastering never cleared")
    def _(run):
        undisturbed(run.arrived().seen)

    for what in ("link", "addresses", "routes", "rings", "link_down_events"):
        @case(f"{what} as before")
        def _(run, what=what):
            journey = run.arrived()
            ktap.equal(journey.after[what], journey.before[what], what)

    @case(f"{manager} took nothing away, and never saw the link go")
    def _(run):
        ktap.equal(run.arrived().changes, [], "ip monitor")
        for line in state.journal(run.host, manager):
            ktap.check(not state.TROUBLE.search(line), f"{manager}: {line}")

    @case("lunicctl: idle again, and this kernel came by a live update")
    def _(run):
        run.arrived()
        ktap.contains(run.host.must("lunicctl show"), "idle", "lunicctl show")
        ktap.check(state.counters(run.host)["live_updates"] > 0, "live_updates is 0")

    @case("all units are active")
    def _(run):
        run.arrived()
        run.content("ssh", "lunic", manager)


def add_down_and_up(program, title, down, up, manager):
    """The case of an uplink that goes down and up by hand; down, up: a host's command."""
    @program.case(f"{title}: down and up by hand work as ever")
    def _(run):
        def addresses():
            text = run.host.must(f"ip -br address show dev {run.host.uplink} scope global | cat")
            return sorted(text.split()[2:])
        there = addresses()
        ktap.check("10.0.0.2/24" in there, f"before: {there}")
        run.host.must(down(run.host), 90)
        ktap.equal(addresses(), [], "after down")
        run.host.must(up(run.host), 90)
        ktap.equal(addresses(), there, "after up")
        run.content("ssh", "lunic", manager)
