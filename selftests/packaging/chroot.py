# SPDX-License-Identifier: GPL-2.0
"""A Debian sid system to try packages in: an overlay that is gone afterwards."""
import os
import pathlib
import subprocess
import sys
import tempfile

NODES = {"null": 3, "zero": 5, "random": 8, "urandom": 9, "kmsg": 3}


def enter_namespace():
    """Mounts from now on are this process's alone; starts the program anew."""
    if os.environ.get("LUNIC_NAMESPACE"):
        return
    os.environ["LUNIC_NAMESPACE"] = "y"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private",
                          sys.executable, *sys.argv])


def mount(*words):
    subprocess.run(["mount", *words], check=True)


class Chroot:
    """The system below build/chroot, and what is written to it in memory."""

    def __init__(self, lower, repository):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="lunic-chroot-"))
        mount("-t", "tmpfs", "tmpfs", self.top)
        for name in ("upper", "work", "root"):
            (self.top / name).mkdir()
        self.root = self.top / "root"
        mount("-t", "overlay", "overlay", "-o",
              f"lowerdir={lower},upperdir={self.top}/upper,workdir={self.top}/work",
              self.root)
        mount("-t", "proc", "proc", self.root / "proc")
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", self.root / "dev")
        for name, minor in NODES.items():
            os.mknod(self.root / "dev" / name, 0o20666, os.makedev(1, minor))
        (self.root / "dev/fd").symlink_to("/proc/self/fd")
        (self.root / "repository").mkdir()
        mount("--bind", repository, self.root / "repository")
        (self.root / "etc/apt/sources.list").write_text(
            "deb [trusted=yes] file:/repository ./\n")

    def run(self, script, root="/", check=True):
        """(exit code, output) of a shell script in the system, or below ROOT of it."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root",
               "DEBIAN_FRONTEND": "noninteractive", "TERM": "dumb"}
        done = subprocess.run(["chroot", f"{self.root}{root}", "/bin/sh", "-c", script],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              env=env, check=False)
        if check and done.returncode:
            raise AssertionError(f"{script}: exit {done.returncode}\n{done.stdout}")
        return done.returncode, done.stdout

    def path(self, name):
        return self.root / name.lstrip("/")

    def files(self):
        """All files that are there, but for what apt and dpkg keep of their work."""
        _, text = self.run("find / -xdev -not -path '/repository*' -not -path '/var/log/*'"
                           " -not -path '/var/cache/*' -not -path '/var/lib/apt/*'"
                           " -not -path '/var/lib/dpkg/*-old' -not -path '/tmp/*'"
                           " -not -path '/run/*'")
        return set(text.splitlines())

    def close(self):
        subprocess.run(["umount", "-R", self.top], check=True)
        self.top.rmdir()
