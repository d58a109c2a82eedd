"""Who each tracklet is: one integer program over a stretch of a game. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from hoop_plugins.stages.evidence import UNLISTED, look_evidence
from hoop_plugins.stages.pieces import Identity, Pieces

WINDOW, OVERLAP = 900, 300
"""Frames that are solved together, and of those, how many are solved again with the next ones: time
and memory grow with the game's length alone."""

NUMBERS_A_TEAM = 9
"""Numbers of a team that are considered in a window, besides those that it had before."""

LEAST_SAID = 4.0
"""Nats that reads must say in all for a number to be considered."""

STRANGERS = 3
"""Players of a team whose number is not known, at a time; more where fewer numbers than players on
court are considered."""

NEW_NUMBER, NEW_STRANGER = 4.0, 2.0
"""Nats that somebody costs who was not seen before: few people explain what many could."""

SURE, ROUNDS = 2.0, 2
"""Nats of a margin from which looks are learned, and how often they are learned anew."""

Rosters = Sequence[Collection[int] | None]
"""By team, the positions in ``NUMBERS`` of those in its roster; ``None`` for a team without one."""

GAP, NODES = 1e-4, 2000
"""The solver stops within this share of the best, or after so many nodes: never by the clock."""


def assign(
    pieces: Pieces, most: int, rosters: Rosters = (None, None)
) -> tuple[list[Identity | None], NDArray[np.float64]]:
    """Gives every tracklet to somebody: by reads and shirts first, then also by the looks of those
    who are known by their number. Arguments and result as of :func:`assign_once`.
    """
    whose, margins = assign_once(pieces, most, rosters)
    learned: list[Identity | None] = []
    for _ in range(ROUNDS if pieces.looks.any() else 0):
        known = _known(whose, margins)
        if known == learned:
            break
        learned = known
        seen = replace(pieces, like=look_evidence(pieces.looks, known))
        whose, margins = assign_once(seen, most, rosters)
    return whose, margins


def _known(whose: Sequence[Identity | None], margins: NDArray[np.float64]) -> list[Identity | None]:
    """Whose each tracklet is, where that is sure and the number known."""
    return [
        who if who is not None and who.number >= 0 and margin >= SURE else None
        for who, margin in zip(whose, margins.tolist(), strict=True)
    ]


def assign_once(
    pieces: Pieces, most: int, rosters: Rosters = (None, None)
) -> tuple[list[Identity | None], NDArray[np.float64]]:
    """Gives every tracklet to somebody: nobody is two at a time, and few are many.

    Args:
        pieces: The tracklets.
        most: Players that a team has on court; 0 for any number.
        rosters: Who may play; other numbers cost ``UNLISTED``.

    Returns:
        Whose each tracklet is, ``None`` where nobody is left; and ``(T,)`` nats by which that is
        more likely than anybody else while all others stay: below 0 where others need the place.
    """
    found: dict[int, Identity | None] = {}
    sure = np.zeros(len(pieces.begin))
    last = int(pieces.end.max(initial=0))
    stop = int(pieces.begin.min(initial=0)) + WINDOW
    while len(found) < len(sure):
        active = [t for t in np.flatnonzero(pieces.begin < stop).tolist() if t not in found]
        if active:
            window = _Window(pieces, active, found, most, rosters)
            for t, (who, margin) in zip(active, window.solve(), strict=True):
                sure[t] = margin
                if stop > last or pieces.end[t] < stop - OVERLAP:
                    found[t] = who
        stop += WINDOW - OVERLAP
    return [found[t] for t in range(len(sure))], sure


class _Window:
    """The tracklets that are solved together, beside those that are decided.

    Args:
        pieces: All tracklets.
        active: Those to decide.
        found: Whose others are.
        most: See :func:`assign`.
        rosters: See :func:`assign`.
    """

    def __init__(
        self,
        pieces: Pieces,
        active: list[int],
        found: Mapping[int, Identity | None],
        most: int,
        rosters: Rosters,
    ) -> None:
        self.most = most
        place = {t: i for i, t in enumerate(active)}
        known = {who for who in found.values() if who is not None}
        numbers, teams = pieces.numbers[active], pieces.teams[active]
        self.people = _candidates(numbers, teams, known, rosters, most)
        self.fresh = np.array([0 if who in known else _cost(who, rosters) for who in self.people])
        self.worth = np.stack(
            [
                teams[:, who.team] + (numbers[:, who.number] if who.number >= 0 else 0.0)
                for who in self.people
            ],
            axis=1,
        )
        for k, person in enumerate(self.people):
            if person in pieces.like:
                self.worth[:, k] += pieces.like[person][active]
        column = {who: k for k, who in enumerate(self.people)}
        self.follows, kept = [], []
        for t in active:
            for other, nats in pieces.ties[t]:
                if other in place:
                    if other < t:
                        self.follows.append((place[other], place[t]))
                        kept.append(nats)
                elif (who := found.get(other)) in column:
                    self.worth[place[t], column[who]] += nats
        self.kept = np.array(kept, float)
        self.taken = np.zeros(self.worth.shape, bool)
        there: dict[tuple[int, ...], NDArray[np.int64]] = {}
        for meeting in {meeting for t in active for meeting in pieces.meetings[t]}:
            group = pieces.together[meeting]
            mine = tuple(place[t] for t in group if t in place)
            decided = [who for t in group if (who := found.get(t)) is not None]
            of_team = np.bincount([who.team for who in decided], minlength=teams.shape[1])
            there[mine] = np.maximum(there.get(mine, 0), of_team)
            gone = [column[who] for who in decided if who in column]
            self.taken[np.ix_(mine, gone)] = True
        self.groups = sorted(there)
        self.room = np.array([most - there[group] for group in self.groups]).clip(0)

    def solve(self) -> Iterable[tuple[Identity | None, float]]:
        """Whose each active tracklet is, and by how much."""
        count, people = self.worth.shape
        follows = len(self.follows)
        each, same = sparse.identity(people), sparse.csr_matrix
        group = same(_rows(self.groups, count))
        before, after = (
            same(_rows([(pair[side],) for pair in self.follows], count)) for side in (0, 1)
        )
        kept = sparse.identity(follows * people)
        fresh = sparse.csr_matrix(np.ones((len(self.groups), 1)))
        # Columns: whose each tracklet is; where a track goes on as the same person; who is there.
        rows = [
            [sparse.kron(sparse.identity(count), np.ones((1, people))), None, None],
            [sparse.kron(group, each), None, -sparse.kron(fresh, each)],
            [-sparse.kron(before, each), kept, None],
            [-sparse.kron(after, each), kept, None],
        ]
        limits = [np.ones(count), *(np.zeros(row[0].shape[0]) for row in rows[1:])]
        if self.most:
            teams = np.array([who.team for who in self.people])
            member = same(teams == np.arange(self.room.shape[1])[:, None]).astype(float)
            rows.append([sparse.kron(group, member), None, None])
            limits.append(self.room.ravel().astype(float))
        if not follows:
            rows = [row[::2] for row in (rows[0], rows[1], *rows[4:])]
            limits = [limits[0], limits[1], *limits[4:]]
        widths = [count * people, *([follows * people] if follows else []), people]
        matrix = sparse.vstack(
            [
                sparse.hstack(
                    [
                        sparse.csr_matrix((row[0].shape[0], width)) if block is None else block
                        for block, width in zip(row, widths, strict=True)
                    ]
                )
                for row in rows
            ],
            format="csr",
        )
        costs = [-self.worth.ravel(), -self.kept.repeat(people), self.fresh]
        free = np.concatenate([~self.taken.ravel(), np.ones(follows * people + people, bool)])
        whole = [np.ones(count * people), np.zeros(follows * people), np.ones(people)]
        solved = milp(
            np.concatenate(costs),
            constraints=LinearConstraint(matrix, -np.inf, np.concatenate(limits)),
            integrality=np.concatenate(whole),
            bounds=Bounds(0, free.astype(float)),
            options={"mip_rel_gap": GAP, "node_limit": NODES},
        )
        chosen = np.zeros((count, people), bool)
        if solved.x is not None:
            chosen = solved.x[: count * people].reshape(count, people) > 0.5
        return zip(self._named(chosen), self._margins(chosen), strict=True)

    def _named(self, chosen: NDArray[np.bool_]) -> list[Identity | None]:
        return [self.people[int(row.argmax())] if row.any() else None for row in chosen]

    def _margins(self, chosen: NDArray[np.bool_]) -> list[float]:
        worth = self.worth.copy()
        for (before, after), kept in zip(self.follows, self.kept.tolist(), strict=True):
            worth[before] += kept * chosen[after]
            worth[after] += kept * chosen[before]
        mine = (worth * chosen).sum(1)
        others = np.where(chosen, -np.inf, worth).max(1, initial=0.0)
        return [float(value) for value in mine - np.maximum(others, 0.0)]


def _cost(who: Identity, rosters: Rosters) -> float:
    """Nats that somebody costs who was not seen before."""
    if who.number < 0:
        return NEW_STRANGER
    listed = rosters[who.team]
    return NEW_NUMBER + UNLISTED * (listed is not None and who.number not in listed)


def _candidates(
    numbers: NDArray[np.float64],
    teams: NDArray[np.float64],
    known: set[Identity],
    rosters: Rosters,
    most: int,
) -> list[Identity]:
    """Everybody whom the tracklets may be of."""
    people = {who for who in known if who.number >= 0}
    for team in range(teams.shape[1]):
        mine = teams[:, team] >= teams.max(1)
        said = np.maximum(numbers[mine], 0).sum(0)
        likely = np.argsort(-said, kind="stable")[:NUMBERS_A_TEAM].tolist()
        likely = [number for number in likely if said[number] > LEAST_SAID]
        likely += [number for number in rosters[team] or () if said[number] > 0]
        people |= {Identity(team, number) for number in likely}
        strangers = max(STRANGERS, most - sum(who.team == team for who in people))
        people |= {Identity(team, -1 - stranger) for stranger in range(strangers)}
    return sorted(people)


def _rows(sets: Sequence[Sequence[int]], width: int) -> NDArray[np.float64]:
    """A row a set, with ones at its members."""
    rows = np.zeros((len(sets), width))
    for row, members in zip(rows, sets, strict=True):
        row[list(members)] = 1
    return rows
