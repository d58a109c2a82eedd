"""Tracklets made by hand, for the solver."""

from __future__ import annotations

import numpy as np
from number_reads import reads
from numpy.typing import NDArray

from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.stages.evidence import number_evidence, unread_evidence
from hoop_plugins.stages.pieces import Identity, Pieces, largest

DARK, LIGHT = 0, 1
LOOKS = 4


class Piece:
    """A tracklet: its track, frames, team, what was read on its torsos (None: nothing), and which
    of some distinct looks it shows in ten pictures (None: none).
    """

    def __init__(
        self,
        track: int,
        first: int,
        last: int,
        team: int | None,
        *texts: str | None,
        look: int | None = None,
    ) -> None:
        self.track, self.first, self.last, self.team, self.texts = track, first, last, team, texts
        self.look = look

    @property
    def numbers(self) -> NDArray[np.float64]:
        rows = reads(*self.texts)
        return number_evidence(rows) + unread_evidence(rows, [True] * len(rows))


def game(*pieces: Piece, teams: int = 2) -> Pieces:
    shirts = np.zeros((len(pieces), teams))
    follows, seen = [], {}
    for t, piece in enumerate(pieces):
        if piece.track in seen:
            follows.append((seen[piece.track], t))
        seen[piece.track] = t
        if piece.team is not None:
            shirts[t] = -5
            shirts[t, piece.team] = 5
    frames = {frame for piece in pieces for frame in (piece.first, piece.last)}
    together = largest(
        frozenset(t for t, piece in enumerate(pieces) if piece.first <= frame <= piece.last)
        for frame in frames
    )
    return Pieces(
        np.array([piece.first for piece in pieces]),
        np.array([piece.last for piece in pieces]),
        np.array([piece.numbers for piece in pieces]),
        shirts,
        follows,
        np.full(len(follows), 2.0),
        together,
        np.array([10.0 * (np.arange(LOOKS) == piece.look) for piece in pieces]).reshape(-1, LOOKS),
    )


def plain(who: Identity | None) -> tuple[int, str | None] | None:
    """Somebody's team and number."""
    if who is None:
        return None
    return who.team, NUMBERS[who.number] if who.number >= 0 else None
