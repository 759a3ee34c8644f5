# SPDX-License-Identifier: GPL-2.0
"""The driver author's VM: a NIC model, modules, a guest script, the witness."""
import argparse
import os
import shutil
import sys
import time

from . import demo, paths, report, update
from .errors import LabError
from .guest import Guest, Interface
from .nic import MODELS, Nic
from .vm import VM
from .witness import Witness

DESCRIPTION = """\
Starts a VM with the given NICs and driver modules, runs a script in it, with
numbered frames from outside or without, and leaves in the output folder:

  serial.log    the console, each line with the host's time
  trace.log     what QEMU did to the devices (resets, link, config writes ...)
  nic0.pcap     every frame of the first NIC (times are the VM's own)
  summary.json  counts of the trace, of the witness and of the guest's sink
  script.log    what the script printed
  answers.bin   each answer the witness got (witness --help)
"""

EPILOG = """\
examples:
  run --module igb --shell
      a VM with the in-tree driver and a prompt in it
  run --module ./mine.ko --script test.sh --witness --rate 5000
      your driver under 5,000 frames/s while test.sh runs in the guest
  run --module igb --witness --jump --seconds 15
      a plain kexec under traffic, and what it costs
  run --module lunic --witness --jump --resume --seconds 15 \\
      --before-jump "ethtool -G eth0 rx 8192; lunicctl preserve eth0"
      a live update
  run --nic igb --nic igb:back --nic e1000e:back --module igb --module e1000e
      three NICs, the last two joined to each other

The guest finds the script's folder of results at /host (out/share outside). NICs are
0000:01:00.0, 0000:02:00.0 ... in the order given, each below a root port of its own.
"""


def parser():
    """The command line."""
    p = argparse.ArgumentParser(prog="run", description=DESCRIPTION, epilog=EPILOG,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--nic", action="append", metavar="MODEL[:WIRE[:PLACE]]",
                   help=f"a NIC: {', '.join(MODELS)}; WIRE: host (default for the first), "
                        "or a name that two NICs share and are joined by; PLACE: below a "
                        "port (default), the VM's PCIe switch, or on the root bus")
    p.add_argument("--module", action="append", default=[], metavar="NAME|FILE.ko",
                   help="a driver: in the image, or a file; loaded in the order given")
    p.add_argument("--script", metavar="FILE", help="shell script to run in the guest")
    p.add_argument("--timeout", type=float, default=600, help="of the script, s (600)")
    p.add_argument("--shell", action="store_true",
                   help="run commands from standard input in the guest")
    p.add_argument("--seconds", type=float, default=0,
                   help="stay so long after script and jump (0)")
    p.add_argument("--out", default=os.path.join(paths.BUILD, "run", "vm"),
                   help="output folder, emptied first (build/run/vm)")
    traffic = p.add_argument_group("traffic")
    traffic.add_argument("--witness", action="store_true",
                         help="send numbered frames to the first NIC")
    traffic.add_argument("--rate", type=int, default=1000, help="frames a second (1000)")
    traffic.add_argument("--flows", type=int, default=16, help="UDP flows (16)")
    traffic.add_argument("--size", type=int, default=128, help="bytes of a frame (128)")
    for fault in ("drop", "dup", "alter"):
        traffic.add_argument(f"--{fault}-nth", type=int, metavar="N",
                             help=f"{fault} every Nth frame on purpose")
    jump = p.add_argument_group("kexec")
    jump.add_argument("--jump", action="store_true", help="kexec under way")
    jump.add_argument("--before-jump", metavar="COMMAND", help="in the guest, before it")
    jump.add_argument("--resume", action="store_true",
                      help="the next kernel's init runs lunicctl resume")
    machine = p.add_argument_group("machine")
    machine.add_argument("--variant", default="lab", choices=("lab", "debug", "kcsan"),
                         help="which kernel: lab, debug (KASAN, lockdep) or kcsan (races)")
    machine.add_argument("--kernel", help="another bzImage")
    machine.add_argument("--initrd", help="another initramfs, with the lab's init")
    machine.add_argument("--append", default="", help="more words for the kernel")
    machine.add_argument("--memory", default="2G")
    machine.add_argument("--cpus", type=int, default=2)
    machine.add_argument("--iommu", action="store_true", help="with an Intel IOMMU")
    machine.add_argument("--loud", action="store_true", help="all kernel messages")
    machine.add_argument("--trace", action="append", default=[], metavar="EVENT",
                         help="one more event (or pattern) of QEMU's trace")
    return p


def nics(options):
    """The Nic list; the first one's wire ends outside."""
    found = []
    for i, text in enumerate(options.nic or ["igb"]):
        model, wire, place, *_ = text.split(":") + ["", ""]
        found.append(Nic(model, wire or ("host" if i == 0 else f"alone{i}"), pcap=i == 0,
                         place=place or "port"))
    return found


def modules(options):
    """(names for init, files for the initramfs)."""
    names, files = [], {}
    for given in options.module:
        name = os.path.basename(given).removesuffix(".ko")
        if given.endswith(".ko"):
            paths.need(given, "build the module first")
            with open(given, "rb") as source:
                files[f"/lib/lab/{name}.ko"] = source.read()
        names.append(name)
    return names, files


def machine(options):
    """The VM as asked for."""
    names, files = modules(options)
    guest = Guest(modules=names, sink=options.flows if options.witness else 0,
                  interfaces=[Interface()] if names else [], resume=False,
                  loud=options.loud, extra=options.append)
    return VM(options.out, nics=nics(options), guest=guest, variant=options.variant,
              kernel=options.kernel, initrd=options.initrd, memory=options.memory,
              cpus=options.cpus, iommu=options.iommu, events=options.trace, files=files)


def start_witness(options, vm):
    """Traffic from now on."""
    if not options.witness:
        return None
    faults = {f"{name}_nth": getattr(options, f"{name}_nth")
              for name in ("drop", "dup", "alter") if getattr(options, f"{name}_nth")}
    update.wait_carrier(vm)
    witness = Witness(vm.wires.host_ends[0], rate=options.rate, flows=options.flows,
                      size=options.size, log=vm.path("answers.bin"), **faults).start()
    witness.wait_first()
    return witness


def run_script(options, vm, progress):
    """The script's exit status."""
    if not options.script:
        return 0
    shutil.copy2(options.script, os.path.join(vm.share, "script"))
    progress.say(f"script {options.script}")
    status, output = vm.sh("cd /host && . ./script", options.timeout)
    with open(vm.path("script.log"), "w", encoding="utf-8") as out:
        out.write(output)
    print(output, end="" if output.endswith("\n") or not output else "\n")
    progress.say(f"script: exit status {status}")
    return status


def run_shell(options, vm):
    """Commands from standard input, until its end."""
    if not options.shell:
        return
    prompt = "guest# " if sys.stdin.isatty() else ""
    while vm.alive():
        print(prompt, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            break
        status, output = vm.sh(line.rstrip("\n"), options.timeout)
        print(output + (f"(exit status {status})\n" if status else ""), end="", flush=True)


def run_jump(options, vm, witness, progress):
    """Loads the next kernel and goes there."""
    if not options.jump:
        return
    vm.load(vm.guest.command_line(resume=options.resume))
    if options.witness:
        vm.must("sink --preserve")
    if options.before_jump:
        vm.must(options.before_jump)
    progress.say("jump")
    since, left = vm.jump()
    vm.wait_kernel(since)
    vm.wait_shell(since)
    if witness:
        _, gap = witness.wait_resumed(left, update.UPDATE_TIMEOUT)
        progress.say(f"answers again after {gap / 1000:.2f} s")


def summary(options, vm, witness, begin):
    """What was seen, as a dictionary."""
    found = {"accelerator": vm.accel, "kernel": vm.must("uname -r").strip()}
    if witness:
        books = witness.stop()
        found.update(update.counts(books, vm.sink_report()))
        found["longest_gap_ms"] = books["longest_gap_ms"]
    vm.stop()
    found["trace"] = vars(vm.seen(begin, time.time()))
    report.write_json(vm.path("summary.json"), found)
    return found


def show(found):
    """The figures that matter, one a line."""
    for name in ("sent", "lost", "refused", "unanswered", "duplicated", "reordered",
                 "corrupted", "longest_gap_ms"):
        if name in found:
            print(f"  {name:22}{found[name]:>12,}")
    for name, value in found["trace"].items():
        if name != "happened":
            print(f"  {name:22}{value:>12,}")


def work(options, vm, progress):
    """Everything between start and end; the exit code."""
    with start_witness(options, vm) or Nothing() as witness:
        begin = time.time()
        status = run_script(options, vm, progress)
        run_shell(options, vm)
        run_jump(options, vm, witness, progress)
        time.sleep(options.seconds)
        show(summary(options, vm, witness, begin))
    return status


class Nothing:
    """Stands where no witness was asked for."""

    def __enter__(self):
        return None

    def __exit__(self, *unused):
        pass


def main():
    """tools/lab/run"""
    options = parser().parse_args()
    if options.script:
        paths.need(options.script, "name an existing script")
    if options.resume and not options.jump:
        raise LabError("--resume means something only with --jump")
    progress = demo.Progress()
    vm = machine(options)
    progress.say(f"boot ({vm.accel}), output in {vm.folder}")
    with vm:
        status = work(options, vm, progress)
    print(f"serial.log, trace.log, summary.json ...: {vm.folder}")
    return status
