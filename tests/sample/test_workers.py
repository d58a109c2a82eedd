"""Processes that end when work is stopped."""

import os
import signal
import subprocess
import sys
import threading
from multiprocessing import active_children
from multiprocessing.process import BaseProcess

import pytest

from hoop_plugins.sample.workers import workers

LONG = 60


def wait() -> None:
    signal.alarm(LONG)
    signal.pause()


def stop(running: list[BaseProcess]) -> None:
    with workers(1) as pool:
        pool.submit(int).result()
        running += active_children()
        for _ in range(3):
            pool.submit(wait)
        raise KeyboardInterrupt


def test_processes_end_at_once_when_work_is_stopped():
    running: list[BaseProcess] = []
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        stop(running)
    # The pool's own threads wait for its processes, too: then alone are their exit codes known.
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert [worker.exitcode for worker in running] == [-signal.SIGTERM]


def work_on() -> None:
    """Waits for a worker."""
    with workers(1) as pool:
        pool.submit(outlast).result()


def outlast() -> None:
    """Says who it is, and so again if it is still there much later."""
    print(os.getpid(), flush=True)
    signal.signal(signal.SIGALRM, lambda *_: None)
    wait()
    print(os.getpid(), flush=True)
    os._exit(1)


def test_processes_end_with_one_that_is_killed():
    run = "from test_workers import work_on\nif __name__ == '__main__': work_on()"
    command = [sys.executable, "-c", run]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=os.path.dirname(__file__)) as main:
        assert main.stdout
        assert int(main.stdout.readline()) != main.pid
        main.kill()
        assert main.stdout.read() == b""  # the worker holds the other end as long as it lives
