# SPDX-License-Identifier: GPL-2.0
"""Adds files to an initramfs: the kernel reads archives one after the other."""
import os


def _entry(name, mode, data, inode):
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
    return _pad(head) + _pad(data)


def _pad(data):
    return data + b"\0" * (-len(data) % 4)


def archive(files):
    """files: {path in the guest: bytes}."""
    folders = set()
    for path in files:
        while os.path.dirname(path).strip("/"):
            path = os.path.dirname(path)
            folders.add(path.strip("/"))
    parts = [_entry(name, 0o040755, b"", i) for i, name in enumerate(sorted(folders), 1)]
    for i, (path, data) in enumerate(sorted(files.items()), 1000):
        parts.append(_entry(path.strip("/"), 0o100755, data, i))
    return b"".join(parts) + _entry("TRAILER!!!", 0, b"", 0)


def extend(base, files, target):
    """Writes base plus files as a new initramfs."""
    with open(base, "rb") as source:
        data = _pad(source.read())
    with open(target, "wb") as out:
        out.write(data + (archive(files) if files else b""))
