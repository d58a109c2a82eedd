"""Reads as a reader gives them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS


def reads(*texts: str | None, sure: float = 0.9) -> NDArray[np.float32]:
    """One row a text: ``sure`` on that number, the rest on *no number*. None is an empty read."""
    rows = np.zeros((len(texts), NO_NUMBER + 1), dtype=np.float32)
    rows[:, NO_NUMBER] = 1
    for row, text in zip(rows, texts, strict=True):
        if text is not None:
            row[NUMBERS.index(text)], row[NO_NUMBER] = sure, 1 - sure
    return rows
