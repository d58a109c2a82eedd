"""A run for which there is no space is refused before it begins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.profiles import load_profile
from hoop_plugins.stages import space
from hoop_plugins.stages.pipeline import build_stages, run_stages

TOO_MUCH = 10**16
"""Bytes that no disk of today has."""


def run(clip: SampleStore, *names: str) -> None:
    list(run_stages(clip.dataset, build_stages(load_profile("sample"), names, "cpu")))


def test_labels_without_space_are_refused_with_how_much_and_where(
    clip: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(space.BYTES, "numbers", TOO_MUCH)
    with pytest.raises(HoopError, match=r"needs about 300,.* MB in the database at 127.*are free"):
        run(clip, "pair")
    assert clip.progress("pair") == {}
    assert not clip.has("numbers")


def test_what_is_done_needs_no_space(clip: SampleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run(clip, "pair")
    monkeypatch.setitem(space.BYTES, "numbers", TOO_MUCH)
    run(clip, "pair", "validate")


def test_the_trackers_memory_needs_space_too(
    clip: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "free_space", lambda: (2 * TOO_MUCH, "another machine"))
    monkeypatch.setattr(space, "LEAST", TOO_MUCH)
    home = Path(os.environ["XDG_CACHE_HOME"]).parent
    with pytest.raises(HoopError, match=rf"in {home}\S*, and .* are free"):
        run(clip, "pair")
    assert not clip.has("numbers")
