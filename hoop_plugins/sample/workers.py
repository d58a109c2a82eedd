"""Processes for long work, each on one thread, which end at once when it is stopped."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from threading import Thread


@contextmanager
def workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes. If the block is left by an error or by Ctrl-C, they are terminated: a
    pool alone would do all that was submitted first. They end with this process, too, if it is
    killed or its terminal closed.

    Args:
        count: How many.
    """
    with ProcessPoolExecutor(count, get_context("spawn"), _begin) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in active_children():
                worker.terminate()
            raise


def _begin() -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    import torch

    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
