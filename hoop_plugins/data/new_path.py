"""Files and folders that appear whole or not at all, and never in place of others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hoop_plugins.errors import HoopError


@contextmanager
def new_path(out: str | Path) -> Iterator[Path]:
    """A place to write a file or a folder to, which takes its own only when everything went well,
    and something was written.

    Args:
        out: Its own place. An empty folder may be there, nothing else.

    Yields:
        A path beside it, where nothing is yet.

    Raises:
        HoopError: If something is there already, or nothing can be written there.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise HoopError(f"{out} exists already: give a new one")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
            made = Path(beside) / "made"
            yield made
            if made.exists():
                if out.is_dir():
                    out.rmdir()
                made.replace(out)
    except OSError as error:
        raise HoopError(f"cannot write {out}: {error.strerror or error}") from error
