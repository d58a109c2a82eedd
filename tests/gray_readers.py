"""Two readers of another package, which read numbers off the gray of plain crops: a crop of gray 23
says "23", one of 100 or more nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import hoop_plugins
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS


class GrayReader:
    """Reads what is darker than ``brightest``, and says *no number* of the rest."""

    def __init__(self, brightest: int, sure: float) -> None:
        self.brightest, self.sure = brightest, sure

    def read(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """See ``NumberReader``."""
        rows = np.full((len(crops), NO_NUMBER + 1), (1 - self.sure) / NO_NUMBER, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            gray = int(crop.mean())
            row[NUMBERS.index(str(gray)) if gray < self.brightest else NO_NUMBER] = self.sure
        return rows


class Package:
    """Its plugin: "bold" reads every crop, "lab/shy-1" those below 50."""

    @hoop_plugins.hookimpl
    def register_models(self, register):
        for name, brightest, sure in (("bold", 100, 0.9), ("lab/shy-1", 50, 0.7)):
            reader = GrayReader(brightest, sure)
            role = hoop_plugins.Role.READER
            register(hoop_plugins.ModelSpec(name, role, lambda *_, made=reader, **__: made))


def draw(path: Path, gray: int) -> Path:
    """Writes a crop of one gray."""
    Image.new("RGB", (20, 30), (gray,) * 3).save(path)
    return path


def write_file(folder: Path, labels: Sequence[tuple[int, object]]) -> Path:
    """Writes crops, gray and label each, and their annotations.jsonl."""
    folder.mkdir(exist_ok=True)
    rows = []
    for i, (gray, label) in enumerate(labels):
        draw(folder / f"{i}.png", gray)
        rows.append(json.dumps({"image": f"{i}.png", "suffix": label}))
    path = folder / "annotations.jsonl"
    path.write_text("\n".join(rows) + "\n")
    return path
