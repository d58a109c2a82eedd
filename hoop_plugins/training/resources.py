"""What trainings run out of, disk space and GPU memory, and bfloat16 where that is faster."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from hoop_plugins.compat.torch import AttentionInFloat32
from hoop_plugins.data.disk import megabytes
from hoop_plugins.errors import HoopError


def require_space(folder: Path, size: int) -> None:
    """Raises ``HoopError`` where a disk lacks room for so many bytes; the folder may be missing."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < size:
        raise HoopError(
            f"no space for checkpoints: they need {megabytes(size)} and {folder} has "
            f"{megabytes(free)} left; free some"
        )


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
