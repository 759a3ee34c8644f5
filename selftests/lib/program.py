# SPDX-License-Identifier: GPL-2.0
"""Runs one test program: shows and keeps its output, ends it when it hangs."""
import os
import signal
import subprocess
import threading
import time

from .tally import Tally


def _end(process, hung):
    hung.set()
    # Its children too: a VM must not outlive its test
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def run(command, folder, limit):
    """(tally, seconds); the output goes to standard output and folder/ktap.log."""
    os.makedirs(folder, exist_ok=True)
    begin = time.monotonic()
    tally, hung = Tally(), threading.Event()
    with open(os.path.join(folder, "ktap.log"), "w", encoding="utf-8") as log:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              start_new_session=True) as process:
            timer = threading.Timer(limit, _end, (process, hung))
            timer.start()
            try:
                for line in process.stdout:
                    log.write(line)
                    print(line, end="", flush=True)
                    tally.take(line)
                status = process.wait()
            except BaseException:
                _end(process, hung)
                raise
            finally:
                timer.cancel()
    if hung.is_set():
        print(f"# ended after its limit of {limit} s", flush=True)
    tally.close(status)
    return tally, time.monotonic() - begin
