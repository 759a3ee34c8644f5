# SPDX-License-Identifier: GPL-2.0
"""Runs one test program: shows and keeps its output, ends it when it hangs."""
import os
import signal
import subprocess
import threading
import time

from .tally import Tally

_running = set()


def _end(process):
    # Its children too: a VM must not outlive its test
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def end_all():
    """Ends what other threads run, for a runner that is being stopped."""
    for process in list(_running):
        _end(process)


def run(command, folder, limit, show):
    """(tally, seconds); each line of output goes to show() and folder/ktap.log."""
    os.makedirs(folder, exist_ok=True)
    begin = time.monotonic()
    tally, hung = Tally(), threading.Event()
    with open(os.path.join(folder, "ktap.log"), "w", encoding="utf-8") as log:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              start_new_session=True) as process:
            _running.add(process)
            timer = threading.Timer(limit, lambda: (hung.set(), _end(process)))
            timer.start()
            try:
                for line in process.stdout:
                    log.write(line)
                    show(line)
                    tally.take(line)
                status = process.wait()
            except BaseException:
                _end(process)
                raise
            finally:
                timer.cancel()
                _running.discard(process)
    if hung.is_set():
        show(f"# ended after its limit of {limit} s\n")
    tally.close(status)
    return tally, time.monotonic() - begin
