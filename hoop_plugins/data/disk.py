"""Whether there is space for what will be written, before it is."""

from __future__ import annotations

from pathlib import Path

from hoop_plugins.errors import HoopError


def check_free(needed: int, free: int, place: str | Path, doing: str, otherwise: str) -> None:
    """Refuses what there is no space for.

    Args:
        needed: Bytes that it takes.
        free: Bytes that are free.
        place: Where.
        doing: What needs them, as "this run".
        otherwise: What helps besides more space, as "run fewer videos at a time".

    Raises:
        HoopError: In one line, with how much is needed and where.
    """
    if free < needed:
        raise HoopError(
            f"{doing} needs about {megabytes(needed)} in {place}, and {megabytes(free)} are free "
            f"there: free some space, or {otherwise}"
        )


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(parent for parent in (folder, *folder.parents) if parent.is_dir())


def megabytes(size: int) -> str:
    """A number of bytes, for people."""
    return f"{size / 1e6:,.0f} MB"
