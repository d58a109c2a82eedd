"""Starting: what people type, and UMAP's compilation, once a machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from speed.harness import Row

BESIDE = Path(sys.executable).parent

LAY_OUT = """
import numpy as np
from hoop_plugins.stages.clustering import reduce
reduce(np.random.default_rng(0).normal(size=(96, 64)))
"""

IMPORT = """
from hoop_plugins.compat.numba import compiled_once
with compiled_once():
    import umap
"""


def rows(device: str) -> Iterator[Row]:
    """See :mod:`speed.harness`."""
    nothing = {"Python alone": _command(sys.executable, "-c", "")}
    theirs = {"fiftyone --help": _command(str(BESIDE / "fiftyone"), "--help")}
    for told in ("--help", "profile list"):
        ours = _command(str(BESIDE / "hoop"), *told.split())
        yield Row(f"hoop {told}", "start", 1, ours, theirs, nothing, rounds=3)
    with TemporaryDirectory() as kept:

        def anew() -> None:
            with TemporaryDirectory() as empty:
                _command(sys.executable, "-c", LAY_OUT, XDG_CACHE_HOME=empty)()

        yield Row(
            "UMAP in a new process",
            "process",
            1,
            _command(sys.executable, "-c", LAY_OUT, XDG_CACHE_HOME=kept),
            {"the first process on a machine": anew},
            {"importing it": _command(sys.executable, "-c", IMPORT, XDG_CACHE_HOME=kept)},
            rounds=2,
        )


def _command(*command: str, **environment: str) -> Callable[[], None]:
    def run() -> None:
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment}
        )

    return run
