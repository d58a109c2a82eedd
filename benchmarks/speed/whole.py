"""The whole job: from a video to labels, beside a plain script, and how much of it is networks."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import fiftyone as fo

import hoop_plugins
from hoop_plugins import plugins
from speed import clip
from speed.harness import Row
from speed.inside import NETWORKS, inside_networks
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
    return {NETWORKS: spent.seconds}


def loaded() -> AbstractContextManager[Any]:
    """Loading is left out on both sides: it takes as long for an hour of video."""
    return patch.object(plugins, "load_model", functools.cache(plugins.load_model))
