"""Weights and states on disk: whole or not at all, and one line where the disk is full."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from hoop_plugins.data.disk import megabytes
from hoop_plugins.errors import HoopError


def save(content: Mapping[str, Any], path: Path) -> None:
    """Writes what ``torch.load`` reads; a stop or a full disk leaves the file as it was."""
    part = path.with_name(f"{path.name}.part")
    try:
        with disk_space(path):
            torch.save(content, part)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def disk_space(path: Path) -> Iterator[None]:
    """Turns what a full disk makes of writing ``path`` into one line."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        free = megabytes(shutil.disk_usage(path.parent).free)
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise HoopError(
            f"cannot write {path} ({free} are free there; {reason}): free some space and start "
            "again; it goes on from what was saved last"
        ) from error
