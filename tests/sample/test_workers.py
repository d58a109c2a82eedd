"""Processes that end when work is stopped."""

import signal
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
    with pytest.raises(KeyboardInterrupt):
        stop(running)
    for worker in running:
        worker.join()
    assert [worker.exitcode for worker in running] == [-signal.SIGTERM]
