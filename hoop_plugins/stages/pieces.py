"""The tracklets of a game, and the people whom they may be of. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Identity(NamedTuple):
    """Somebody in a game.

    Attributes:
        team: 0 or 1.
        number: Position in ``NUMBERS``; below 0 somebody whose number is not known.
    """

    team: int
    number: int


@dataclass(frozen=True)
class Pieces:
    """T tracklets of a game, in the order of their first frames.

    Attributes:
        begin: ``(T,)`` first frames, counted through the game.
        end: ``(T,)`` last frames.
        numbers: ``(T, 101)`` nats for each number, against somebody whose number is not known.
        teams: ``(T, 2)`` nats for each team; ``(T, 1)`` where teams are not told apart.
        follows: F pairs of tracklets that are likely of one person: one after the other on a track.
        kept: ``(F,)`` nats for being so.
        together: Tracklets that are seen in one frame: sets of which none is part of another.
        looks: ``(T, D)`` the colors of heads and arms, see
            :func:`~hoop_plugins.stages.evidence.look_evidence`.
        like: By person, ``(T,)`` nats for looking like that.
    """

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    numbers: NDArray[np.float64]
    teams: NDArray[np.float64]
    follows: Sequence[tuple[int, int]]
    kept: NDArray[np.float64]
    together: Sequence[tuple[int, ...]]
    looks: NDArray[np.floating]
    like: Mapping[Identity, NDArray[np.float64]] = field(default_factory=dict)

    @cached_property
    def meetings(self) -> list[list[int]]:
        """Which of ``together`` each tracklet is in."""
        found: list[list[int]] = [[] for _ in self.begin]
        for place, group in enumerate(self.together):
            for t in group:
                found[t].append(place)
        return found

    @cached_property
    def ties(self) -> list[list[tuple[int, float]]]:
        """By tracklet: those that it follows, or that follow it, and the nats for that."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.begin]
        for (before, after), kept in zip(self.follows, self.kept.tolist(), strict=True):
            found[after].append((before, kept))
            found[before].append((after, kept))
        return found


def largest(groups: Iterable[frozenset[int]]) -> list[tuple[int, ...]]:
    """The sets that are not part of another."""
    by_size = sorted(filter(None, groups), key=len, reverse=True)
    kept: dict[int, list[frozenset[int]]] = defaultdict(list)
    found = []
    for group in by_size:
        if not any(group <= other for other in kept[min(group)]):
            found.append(tuple(sorted(group)))
            for member in group:
                kept[member].append(group)
    return sorted(found)
