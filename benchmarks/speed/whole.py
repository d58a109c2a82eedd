"""The whole job: from a video to labels, beside a plain script, and how much of it is networks."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import fiftyone as fo
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

import hoop_plugins
from hoop_plugins import plugins
from speed import clip
from speed.harness import Row
from speed.plain import Networks, recognize_plainly

FRAMES = 24


def rows(device: str) -> Iterator[Row]:
    """See :mod:`speed.harness`."""
    networks = Networks.load(device)
    with (
        loaded(),
        clip.shortened(FRAMES) as video,
        clip.stored(video) as ours,
        clip.stored(video) as theirs,
    ):
        yield Row(
            "the whole job",
            "frame",
            FRAMES,
            lambda: recognize(ours.dataset, device),
            {"a plain script": lambda: recognize_plainly(theirs.dataset.first(), networks)},
            rounds=2,
        )


def long_rows(device: str) -> Iterator[Row]:
    """The sample clip from beginning to end."""
    with loaded(), clip.stored() as ours:
        run = functools.partial(recognize, ours.dataset, device)
        frames = ours.frame_count
        yield Row("the whole job on the whole clip", "frame", frames, run, rounds=2)


def recognize(dataset: fo.Dataset, device: str) -> dict[str, float]:
    """Runs all stages anew; the seconds that are spent inside of networks."""
    with inside_networks() as spent:
        hoop_plugins.recognize(dataset, "sample", device=device, fresh=True)
    return {"what is spent inside networks": spent.seconds}


def loaded() -> AbstractContextManager[Any]:
    """Loading is left out on both sides: it takes as long for an hour of video."""
    return patch.object(plugins, "load_model", functools.cache(plugins.load_model))


class Spent:
    """Seconds inside of torch's modules.

    Attributes:
        seconds: So many; modules inside of modules count once.
    """

    def __init__(self) -> None:
        self.seconds, self._depth, self._since = 0.0, 0, 0.0

    def enter(self, *_: Any) -> None:
        """A module begins."""
        if not self._depth:
            self._since = time.perf_counter()
        self._depth += 1

    def leave(self, *_: Any) -> None:
        """A module is done."""
        self._depth -= 1
        if not self._depth:
            self.seconds += time.perf_counter() - self._since


@contextmanager
def inside_networks() -> Iterator[Spent]:
    """Counts what is spent inside of torch's modules in the block; what networks do between their
    modules counts as outside.
    """
    spent = Spent()
    begins = register_module_forward_pre_hook(spent.enter)
    ends = register_module_forward_hook(spent.leave, always_call=True)
    try:
        yield spent
    finally:
        begins.remove()
        ends.remove()
