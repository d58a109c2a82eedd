"""What trainings run out of, disk space and GPU memory, and bfloat16 where that is faster."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from hoop_plugins.compat.torch import AttentionInFloat32
from hoop_plugins.errors import HoopError


def save(content: dict[str, Any], path: Path) -> None:
    """Writes what ``torch.load`` reads; a stop or a full disk leaves the file as it was."""
    part = path.with_name(f"{path.name}.part")
    try:
        with disk_space(path):
            torch.save(content, part)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def require_space(folder: Path, size: int) -> None:
    """Raises ``HoopError`` where a disk lacks room for so many bytes; the folder may be missing."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < size:
        raise HoopError(
            f"no space for checkpoints: they need {_megabytes(size)} and {folder} has "
            f"{_megabytes(free)} left; free some"
        )


@contextmanager
def disk_space(path: Path) -> Iterator[None]:
    """Turns what a full disk makes of writing ``path`` into one line."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        free = _megabytes(shutil.disk_usage(path.parent).free)
        reason = (str(error) or type(error).__name__).splitlines()[0][:120]
        raise HoopError(
            f"cannot write {path} ({free} are free there; {reason}): free some space and start "
            "again; the training goes on from its last checkpoint"
        ) from error


@contextmanager
def gpu_memory(batch_size: int) -> Iterator[None]:
    """Turns a GPU's lack of memory, for a batch of that many images, into one line."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        remedy = (
            f"lower batch_size, now {batch_size}, and raise accumulate by the same factor"
            if batch_size > 1
            else "take a smaller model, or --device cpu"
        )
        raise HoopError(f"the GPU has not enough memory for this training: {remedy}") from error


@contextmanager
def mixed_precision(device: torch.device) -> Iterator[None]:
    """Multiplies in bfloat16 where the device has instructions for it.

    On CPUs attention stays in float32: torch's gradient of it is three times slower in bfloat16,
    while a whole step of the sample game's network becomes 1.5 times faster.
    """
    if device.type == "cuda":
        with torch.autocast("cuda", torch.bfloat16):
            yield
    elif device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16"):
        with torch.autocast("cpu", torch.bfloat16), AttentionInFloat32():
            yield
    else:
        yield


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
