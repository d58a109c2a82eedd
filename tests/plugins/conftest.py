"""Folders with installed distributions, which the plugin manager finds while a test runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import distributions
import pytest


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that distributions can be installed into."""
    yield from _visible(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package of docs/plugins.md is installed into."""
    target = tmp_path_factory.mktemp("site")
    files = distributions.examples()
    distributions.pip_install(files, tmp_path_factory.mktemp("courtside"), target)
    return target


@pytest.fixture
def courtside(built: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package of docs/plugins.md, installed."""
    yield from _visible(built, monkeypatch)


def _visible(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    distributions.forget_plugins()
    yield folder
    for name in set(sys.modules) - before:
        path = getattr(sys.modules[name], "__file__", None)
        if path and Path(path).is_relative_to(folder):
            del sys.modules[name]
    monkeypatch.undo()
    distributions.forget_plugins()
