"""numba (0.6x): what UMAP compiles is kept on disk, not compiled again in every process.

Relied on: ``numba.njit`` is looked up when umap and pynndescent are imported, takes ``cache``, and
``numba.config.CACHE_DIR`` is where it keeps what it compiled.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
from platformdirs import user_cache_path


@contextmanager
def compiled_once() -> Iterator[None]:
    """Makes functions that are decorated with ``numba.njit`` in this block keep their machine code.

    A package that is imported in the block starts in a third of the time from the second process on
    (UMAP: 14.5 s of CPU, then 5.0 s).
    """
    compile_anew = numba.njit

    def cached(*args: Any, **options: Any) -> Any:
        return compile_anew(*args, **{"cache": True, **options})

    setattr(numba.config, "CACHE_DIR", str(user_cache_path("hoop_plugins") / "numba"))  # noqa: B010
    numba.njit = functools.wraps(compile_anew)(cached)
    try:
        yield
    finally:
        numba.njit = compile_anew
