# SPDX-License-Identifier: GPL-2.0
"""A VM: starts QEMU, runs commands in the guest, loads kernels and jumps."""
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time

from . import accel as accel_module
from . import cpio, nic as nic_module, paths, trace as trace_module
from .console import Console
from .errors import LabError
from .guest import Guest
from .nic import Nic, Wires
from .qmp import Qmp
from .qtest import Qtest
from .shell import Shell
from .userland import Userland

CHANNELS = ("console", "command", "qmp", "qtest")

# QEMU's translated code. Where the old kernel's code lay the new one has data, and as long
# as the stale translations are there each store to it is slow: with the default of 1 GB a
# kexec'ed kernel takes twice as long to boot as the first one, which no machine does.
TRANSLATIONS_MB = 64


def _end_with_us():
    """A program that is told to end takes its VMs with it, as with Ctrl-C."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _link_or_copy(source, target):
    # The guest could not follow a symbolic link out of the share
    source = os.path.realpath(source)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


class VM:
    """folder gets serial.log, trace.log, qemu.log, pcaps, and the share /host. reboots:
    one that the guest asks for happens, and does not end the VM."""

    def __init__(self, folder, nics=None, guest=None, variant="lab", kernel=None,
                 initrd=None, memory="2G", cpus=2, iommu=False, accel=None,
                 events=(), files=None, qemu_args=(), userland=False, reboots=False):
        self.folder = paths.fresh(os.path.abspath(folder))
        self.nics = nics if nics is not None else [Nic()]
        self.guest = guest or Guest()
        self.variant = variant
        self.kernel = kernel or paths.variant(variant, "bzImage")
        self.initrd = initrd or paths.variant(variant, "initrd.cpio")
        self.memory, self.cpus, self.iommu = memory, cpus, iommu
        self.accel = accel or accel_module.choose()
        self.events = tuple(trace_module.EVENTS) + tuple(events)
        self.files = files or {}
        self.qemu_args = list(qemu_args)
        # A kernel made for being checked takes its time for all it does
        self.patience = 1 if variant == "lab" else 4
        self.userland = Userland(variant) if userland else None
        self.reboots = reboots
        self.share = os.path.join(self.folder, "share")
        self.process = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *unused):
        self.stop()

    def path(self, name):
        """A file in the run's folder."""
        return os.path.join(self.folder, name)

    # Start and stop

    def start(self, wait=True):
        """Starts QEMU; wait: until the guest's shell is there."""
        _end_with_us()
        self._fill_share()
        self.wires = Wires(self.nics)
        ours, theirs = self._channels()
        log = open(self.path("qemu.log"), "w", encoding="utf-8")
        inherited = self.wires.fds() + [s.fileno() for s in theirs.values()]
        self.started = time.time()
        self.process = subprocess.Popen(
            self._arguments(theirs), pass_fds=inherited, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT)
        log.close()
        for sock in theirs.values():
            sock.close()
        self.wires.release_qemu_ends()
        self.console = Console(ours["console"], self.path("serial.log"), self.ended)
        self.shell = Shell(ours["command"], self.ended)
        self.qmp = Qmp(ours["qmp"])
        self.qtest = Qtest(ours["qtest"])
        if wait:
            self.wait_shell()
        return self

    def _fill_share(self):
        os.makedirs(os.path.join(self.share, "boot"))
        extra = os.path.join(os.path.dirname(self.initrd), "share")
        if os.path.isdir(extra):
            shutil.copytree(extra, self.share, copy_function=_link_or_copy,
                            dirs_exist_ok=True)
        _link_or_copy(self.kernel, self.path("share/boot/bzImage"))
        if self.userland:
            self.userland.fill(self.share)
        if self.files:
            cpio.extend(self.initrd, self.files, self.path("share/boot/initrd.cpio"))
        else:
            _link_or_copy(self.initrd, self.path("share/boot/initrd.cpio"))

    def _channels(self):
        ours, theirs = {}, {}
        for name in CHANNELS:
            ours[name], theirs[name] = socket.socketpair()
        return ours, theirs

    def _accel_option(self):
        return f"tcg,tb-size={TRANSLATIONS_MB}" if self.accel == "tcg" else self.accel

    def _cpu(self):
        """The kernel zeroes its table of CPU features for a moment of its boot. KASAN then
        takes the addresses of five page table levels for wild ones, if an interrupt comes."""
        model = "host" if self.accel == "kvm" else "max"
        return model if self.variant == "lab" else model + ",la57=off"

    def _arguments(self, ends):
        events = self.path("trace-events")
        with open(events, "w", encoding="ascii") as out:
            out.write("\n".join(self.events) + "\n")
        args = [paths.qemu(), "-machine", "q35", "-accel", self._accel_option(),
                "-cpu", self._cpu(),
                "-smp", str(self.cpus), "-m", self.memory, "-nodefaults",
                "-no-user-config", "-display", "none"]
        if not self.reboots:
            args.append("-no-reboot")
        if self.iommu:
            args += ["-device", "intel-iommu,intremap=on"]
        for name in CHANNELS:
            args += ["-chardev", f"socket,id={name},fd={ends[name].fileno()}"]
        args += ["-serial", "chardev:console", "-serial", "chardev:command",
                 "-mon", "chardev=qmp,mode=control",
                 "-qtest", "chardev:qtest", "-qtest-log", "/dev/null",
                 "-fsdev", f"local,id=host,path={self.share},security_model=none",
                 "-device", "virtio-9p-pci,fsdev=host,mount_tag=host,addr=0x8",
                 "-trace", f"events={events}", "-D", self.path("trace.log"),
                 "-msg", "timestamp=on"]
        args += nic_module.arguments(self.nics, self.wires, self.folder)
        if self.userland:
            args += self.userland.arguments()
        args += ["-kernel", self.kernel, "-initrd", self.path("share/boot/initrd.cpio"),
                 "-append", self.guest.command_line()]
        return args + self.qemu_args

    def alive(self):
        """Whether QEMU still runs."""
        return self.process is not None and self.process.poll() is None

    def ended(self):
        """With which status QEMU has ended, and its last words; None while it runs."""
        if self.alive():
            return None
        status = self.process.returncode if self.process else "unknown"
        with open(self.path("qemu.log"), encoding="utf-8", errors="replace") as log:
            words = log.read().strip().splitlines()[-1:]
        return f"the VM ended ({': '.join([f'exit status {status}', *words])})"

    def stop(self):
        """Ends QEMU at once; what it wrote stays."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    # The guest

    def wait_shell(self, since=0, timeout=120):
        """Waits until a (new) kernel's init serves commands."""
        found = self.console.wait(r"lab: shell", timeout * self.patience, since)
        self.shell.reset()
        return found

    def sh(self, command, timeout=60):
        """(exit status, output) of a shell command in the guest."""
        return self.shell.run(command, timeout * self.patience)

    def must(self, command, timeout=60):
        """The output of a command in the guest that has to succeed."""
        status, output = self.sh(command, timeout)
        if status:
            raise LabError(f"in the guest: {command}: exit status {status}: "
                           + output.strip())
        return output

    def userland_sh(self, command, timeout=600):
        """(exit status, output) of a bash command in the Debian userland."""
        if not self.userland:
            raise LabError("this VM was started without userland=True")
        return self.shell.run(self.userland.command(command), timeout)

    def userland_must(self, command, timeout=600):
        """The output of a command in the userland that has to succeed."""
        status, output = self.userland_sh(command, timeout)
        if status:
            raise LabError(f"in the userland: {command}: exit status {status}: "
                           + output.strip())
        return output

    def sink_report(self, timeout=120):
        """What the application in the guest has read, once it reads no more."""
        end = time.monotonic() + timeout
        report, before = json.loads(self.must("sink --report")), None
        while report != before and time.monotonic() < end:
            time.sleep(0.3)
            before, report = report, json.loads(self.must("sink --report"))
        return report

    # Outside

    def seen(self, begin, end, index=0):
        """What QEMU's trace has of a NIC between two moments."""
        return trace_module.window(self.path("trace.log"), self.nics, index, begin, end)

    # The next kernel

    def load(self, command_line=None, kernel="bzImage"):
        """Loads the kernel that a jump starts (by default the same one); kernel: a file
        in share/boot."""
        line = command_line or self.guest.command_line()
        self.must(f"kexec -s -l /host/boot/{kernel} --initrd=/host/boot/initrd.cpio "
                  f"--command-line={shlex.quote(line)}", 120)

    def jump(self, timeout=10):
        """Reboots into the loaded kernel; the console position and time of it."""
        since = self.console.position()
        self.shell.send("labctl jump")
        when, _ = self.console.wait(r"lab: jump boottime", timeout * self.patience, since)
        return since, when

    def wait_kernel(self, since, timeout=60):
        """Waits until the next kernel's init runs; an error if the jump was refused."""
        _, text = self.console.wait(r"lab: (init|jump failed)", timeout * self.patience,
                                    since)
        if "failed" in text:
            raise LabError(f"the kernel refused the jump: {text}; its reasons:\n"
                           + self.must("dmesg | tail -n 8"))
