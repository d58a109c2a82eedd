"""Choosing the device that a network runs on."""

from __future__ import annotations

import torch

from hoop_plugins.errors import DeviceError


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
