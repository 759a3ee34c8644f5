# SPDX-License-Identifier: GPL-2.0
"""A sysroot in which lunicctl is a service's: with a fake service manager."""
import os
import pathlib
import shutil
import socket
import threading

from box import Box


class Manager(threading.Thread):
    """PID 1 as far as a service sees it: notify socket, fd store, /proc/1/fd."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.address = str(root / "notify")
        self.fds = root / "proc/1/fd"
        self.fds.mkdir(parents=True)
        self.store, self.messages = [], []
        self.refuses = False
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.start()

    def run(self):
        while True:
            data, fds, _, _ = socket.recv_fds(self.socket, 4096, 4)
            text = data.decode()
            if text == "END":
                break
            self.messages.append(text)
            keep = "FDSTORE=1" in text and not self.refuses
            if "FDSTOREREMOVE=1" in text:
                self.empty()
            for fd in fds:
                if keep:
                    self.keep(fd)
                else:
                    os.close(fd)

    def keep(self, fd):
        self.store.append(fd)
        name = pathlib.Path(os.readlink(f"/proc/self/fd/{fd}")).name
        (self.fds / str(fd)).symlink_to(f"anon_inode:[luo_session] {name}")

    def empty(self):
        while self.store:
            fd = self.store.pop()
            (self.fds / str(fd)).unlink()
            os.close(fd)

    def end(self):
        self.socket.sendto(b"END", self.address)
        self.join()
        self.empty()
        self.socket.close()


class ServiceBox(Box):
    """Commands run with the manager's socket, and with fakes first in $PATH."""

    def __init__(self):
        super().__init__()
        self.manager = Manager(self.root)
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.env = dict(os.environ, NOTIFY_SOCKET=self.manager.address,
                        PATH=f"{self.bin}:{os.environ['PATH']}")

    def fake(self, name, script):
        file = self.bin / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def run(self, *args, **more):
        return super().run(*args, env=self.env, **more)

    def stored(self):
        """Names of the sessions in the store."""
        return [pathlib.Path(os.readlink(f"/proc/self/fd/{fd}")).name
                for fd in self.manager.store]

    def close(self):
        self.manager.end()
        shutil.rmtree(self.bin)
        super().close()
