"""Where a network runs, and how weights that cannot be loaded are refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from hoop_plugins.errors import CheckpointError, DeviceError


@contextmanager
def refusing(what: str, remedy: str, *errors: type[Exception]) -> Iterator[None]:
    """Turns a library's errors in this block into one line: what is wrong, its reason, the remedy.

    Raises:
        CheckpointError: In place of an error of these kinds.
    """
    try:
        yield
    except errors as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise CheckpointError(f"{what} ({reason}): {remedy}") from error


def refuse_partial(source: str, missing: Sequence[str]) -> None:
    """Refuses weights of which some are missing, given their names."""
    if missing:
        raise CheckpointError(
            f"{source} lacks {len(missing)} of the network's weights, such as {missing[0]}: "
            "the checkpoint is incomplete; download or export it again"
        )


def resolve_device(name: str | None = "auto") -> str:
    """Turns a user's wish into a torch device name.

    Args:
        name: "auto" (or ``None``), "cpu", "mps", "cuda" or "cuda:1". "auto" takes the first CUDA
            device, then MPS, then the CPU.

    Returns:
        A device string that torch accepts on this machine.

    Raises:
        DeviceError: If the machine has no such device.
    """
    if name in (None, "", "auto"):
        if torch.cuda.is_available():
            return "cuda:0"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(str(name))
    except RuntimeError:
        raise DeviceError(f"unknown device {name!r}: use auto, cpu, mps or cuda:N") from None
    count = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= count:
        found = f"{count} CUDA device(s)" if count else "no CUDA device"
        raise DeviceError(f"device {name!r} is not there: torch sees {found}; use --device auto")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError(f"device {name!r} is not there: torch sees no MPS; use --device auto")
    return str(device)
