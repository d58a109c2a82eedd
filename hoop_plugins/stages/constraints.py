"""What people said of who is who, as constraints that linking obeys. Pure, but for finding them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.stages.pieces import Pieces

if TYPE_CHECKING:
    from hoop_plugins.corrections import Correction

PULL = 100.0
"""Nats for a tracklet being of the same person as the one that somebody speaks of, where evidence
alone says so: what is said of one of them is meant of all."""


@dataclass(frozen=True)
class Word:
    """A person's word on two tracklets.

    Attributes:
        said: The correction.
        clip: The name of its clip.
        one: The tracklet where it was given.
        other: The one that is of the same person, or not.
    """

    said: Correction
    clip: str
    one: int
    other: int

    @property
    def apart(self) -> bool:
        """Whether they are two people."""
        return self.said.attribute == "other_from"


@dataclass
class Constraints:
    """What is said of T tracklets.

    Attributes:
        together: Tracklets that are seen in one frame: sets.
        same: Sets of tracklets of one person, each ascending.
        apart: Pairs of tracklets of two people, the later one first.
        obeyed: The words behind them.
        refused: A line for every word that contradicts others.
    """

    together: Sequence[tuple[int, ...]]
    same: list[tuple[int, ...]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)
    obeyed: list[Word] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def seen_together(self, tracklets: Collection[int]) -> bool:
        """Whether any two of some tracklets are seen in one frame."""
        mine = set(tracklets)
        return any(len(mine.intersection(group)) > 1 for group in self.together)


def constrain(words: Iterable[Word], together: Sequence[tuple[int, ...]]) -> Constraints:
    """Puts together what people said, as far as it can be true at once.

    Args:
        words: What they said; who is somebody else goes first, then the oldest.
        together: Of :class:`~hoop_plugins.stages.pieces.Pieces`.
    """
    found = Constraints(together)
    groups: dict[int, tuple[int, ...]] = {}
    ordered = sorted(words, key=lambda word: (not word.apart, word.said.created_at))
    for word in ordered:
        pair = (word.one, word.other)
        if word.apart:
            found.apart.append(pair)
            found.obeyed.append(word)
            continue
        united = tuple(sorted({t for one in pair for t in groups.get(one, (one,))}))
        against = (other for other in found.obeyed if other.apart)
        clash = next((w for w in against if {w.one, w.other} <= set(united)), None)
        if clash or found.seen_together(united):
            why = f"it contradicts {str(clash.said)!r}" if clash else "both are seen at once"
            found.refused.append(f"{word.clip}: {str(word.said)!r} is not obeyed: {why}")
            continue
        groups |= dict.fromkeys(united, united)
        found.obeyed.append(word)
    found.same = sorted(set(groups.values()))
    return found


def obeying(
    pieces: Pieces, said: Constraints, people: Sequence[int]
) -> tuple[Pieces, NDArray[np.int64]]:
    """The tracklets such that whatever is assigned to them obeys.

    Those of one person become one; those of two people are taken for seen together.

    Args:
        pieces: The tracklets.
        said: What people said.
        people: Who evidence alone says that each tracklet is.

    Returns:
        The tracklets, and ``(T,)`` which of them each of the former is.
    """
    first = np.arange(len(pieces.begin))
    for group in said.same:
        first[list(group)] = group[0]
    kept, place = np.unique(first, return_inverse=True)
    tables = (pieces.numbers, pieces.teams, pieces.looks)
    numbers, teams, looks = (_summed(np.asarray(table, np.float64), place) for table in tables)
    ties: dict[tuple[int, int], float] = defaultdict(float)
    pairs = [*zip(pieces.follows, pieces.kept.tolist(), strict=True)]
    for (one, other), nats in [*pairs, *((pair, PULL) for pair in _pulls(pieces, said, people))]:
        before, after = sorted((int(place[one]), int(place[other])))
        if before != after:
            ties[before, after] += nats
    groups = {tuple(sorted({int(place[t]) for t in group})) for group in pieces.together}
    groups |= {tuple(sorted((int(place[one]), int(place[other])))) for one, other in said.apart}
    return (
        replace(
            pieces,
            # Decided with the first of them: later ones know that this person is there.
            begin=pieces.begin[kept],
            end=pieces.end[kept],
            numbers=numbers,
            teams=teams,
            follows=list(ties),
            kept=np.array(list(ties.values()), float),
            together=sorted(groups),
            looks=looks,
        ),
        place.astype(np.int64),
    )


def _summed(table: NDArray[np.float64], place: NDArray[np.int64]) -> NDArray[np.float64]:
    """The rows of a table, of which those of one place are added up."""
    found = np.zeros((int(place.max(initial=-1)) + 1, table.shape[1]))
    np.add.at(found, place, table)
    return found


def _pulls(pieces: Pieces, said: Constraints, people: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Pairs of tracklets of which one is meant where the other is spoken of."""
    members: dict[int, list[int]] = defaultdict(list)
    for t, person in enumerate(people):
        members[person].append(t)
    starts: dict[int, list[int]] = defaultdict(list)
    for later, before in said.apart:
        if people[later] == people[before]:
            starts[people[later]].append(int(pieces.begin[later]))

    def meant(t: int) -> list[int]:
        """Those of its person, as far as nobody is somebody else in between."""
        edges = sorted(starts[people[t]])
        part = np.searchsorted(edges, pieces.begin, side="right")
        return [member for member in members[people[t]] if part[member] == part[t]]

    for pair in said.apart:
        for t in pair:
            yield from ((t, member) for member in meant(t) if member != t)
    for group in said.same:
        # Where two people are seen at once, only these stretches can be meant.
        everybody = {t: meant(t) for t in group}
        if not said.seen_together({member for found in everybody.values() for member in found}):
            for t, found in everybody.items():
                yield from ((t, member) for member in found if member != t)
