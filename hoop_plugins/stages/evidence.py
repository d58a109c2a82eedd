"""What reads and shirts say about who somebody is: log-likelihoods, in nats. Pure."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from hoop_plugins.data.vocabulary import NO_NUMBER

LEGIBLE = 0.3
"""A read says nothing where *no number* leaves less than this."""

NONSENSE = 0.12
"""Share of reads that are of somebody else, or of no number at all."""

WRONG_DIGIT = 0.15
"""How often a digit is taken for another one, all alike."""

HALF_HIDDEN = 0.05
"""How often one digit of two is read alone (Koshkina and Elder 2024, arXiv 2405.13896)."""

USUAL = 1 / 40
"""How likely a number is of which nothing is known: few are worn."""

REPEATED = 0.6
"""What a read weighs: those of one stretch of video resemble each other, mistakes included."""

CLEAR = 24.0
"""Nats for each unit by which a shirt is more like one team's than the other's."""

MOST_OF_KIT = 6.0
"""Nats that shirts say at most: light and occlusion can be wrong for as long as a stretch lasts."""

SAME_LOOK, LOOK = 0.9, 60.0
"""How alike the heads and arms of two stretches are that are as likely of one person as of two
teammates, and nats for each unit from there: as measured on seeds 40000-40005 of the sample game,
where four of five stretches are most like those of their own player."""

MOST_OF_LOOK = 3.0
"""Nats that heads and arms say at most: some teammates look alike."""

SEEN = 5
"""Pictures in which somebody must have been seen elsewhere to be known by looks."""

UNREAD, MOST_UNREAD = 0.2, 2.0
"""Nats that an unread torso speaks against every number, and all of a stretch at most. Whoever has
a number that can be read is read now and then; but it may not show as long as a stretch lasts, so
that the tracker's word for "the same" weighs as much."""

UNLISTED = 20.0
"""Nats that a number costs which is not in its team's roster: some ten clear reads that agree.
Reads of one stretch were seen to agree on a wrong number six times."""


def number_evidence(
    probabilities: NDArray[np.floating], legibility: float = LEGIBLE
) -> NDArray[np.float64]:
    """What reads say for each number, against nothing being known.

    A read shows the true number, each digit wrong at times; one of its two digits; or nonsense.

    Args:
        probabilities: ``(N, 102)`` of :class:`~hoop_plugins.models.roles.NumberReader`.
        legibility: A read says nothing where no number reaches it.

    Returns:
        ``(101,)`` nats: the sum over the reads of log P(read | number) - log P(read | any number).
    """
    rows = np.asarray(probabilities, np.float64).reshape(-1, NO_NUMBER + 1)
    reads = rows[:, :NO_NUMBER]
    legible = (rows[:, NO_NUMBER] <= 1 - LEGIBLE) & (reads.max(1, initial=0) >= legibility)
    reads = reads[legible] / reads[legible].sum(1, keepdims=True)
    tens, ones, single = reads[:, 10:100].reshape(-1, 9, 10), reads[:, 10:100], reads[:, :10]
    likely = np.zeros_like(reads)
    pairs = (1 - WRONG_DIGIT) * tens + WRONG_DIGIT * tens.mean(1, keepdims=True)
    pairs = (1 - WRONG_DIGIT) * pairs + WRONG_DIGIT * pairs.mean(2, keepdims=True)
    likely[:, 10:100] = pairs.reshape(ones.shape)
    likely[:, :10] = (1 - WRONG_DIGIT) * single + WRONG_DIGIT * single.mean(1, keepdims=True)
    likely[:, 100:] = reads[:, 100:]
    halves = np.zeros_like(reads)
    halves[:, 10:100] = ((single[:, 1:, None] + single[:, None, :]) / 2).reshape(ones.shape)
    mixed = (1 - NONSENSE - HALF_HIDDEN) * likely + HALF_HIDDEN * halves + NONSENSE * USUAL
    said: NDArray[np.float64] = REPEATED * (np.log(mixed) - np.log(USUAL)).sum(0)
    return said


def unread_evidence(
    probabilities: NDArray[np.floating], torsos: Sequence[bool] | NDArray[np.bool_]
) -> float:
    """What unread torsos say for each number alike, against somebody whose number is not known.

    Args:
        probabilities: ``(N, 102)`` of :class:`~hoop_plugins.models.roles.NumberReader`.
        torsos: ``(N,)`` whether each read is of a torso. A box that a detector found shows a
            number, read or not, so that it says nothing.

    Returns:
        Nats, 0 or less.
    """
    rows = np.asarray(probabilities, np.float64).reshape(-1, NO_NUMBER + 1)
    unread = int((rows.argmax(1) == NO_NUMBER)[np.asarray(torsos, bool)].sum())
    return -min(UNREAD * unread, MOST_UNREAD)


def with_roster(
    probabilities: NDArray[np.floating], listed: Collection[int]
) -> NDArray[np.float64]:
    """The reads of one person, as far as the team's roster lets them count.

    Args:
        probabilities: ``(N, 102)`` of :class:`~hoop_plugins.models.roles.NumberReader`.
        listed: Positions in ``NUMBERS`` of those in the roster.

    Returns:
        ``(N, 102)``: 0 for numbers that the roster lacks, unless all reads together say one of them
        so clearly that it is likelier than those in the roster all the same.
    """
    rows = np.array(probabilities, np.float64).reshape(-1, NO_NUMBER + 1)
    said = number_evidence(rows)
    known = np.isin(np.arange(NO_NUMBER), list(listed))
    likelier = said - UNLISTED > said[known].max(initial=0)
    rows[:, :NO_NUMBER] *= known | likelier
    return rows


def team_evidence(
    kits: NDArray[np.floating], frames: NDArray[np.integer], teams: NDArray[np.integer]
) -> NDArray[np.float64]:
    """What shirts say for each of two teams.

    Args:
        kits: ``(T, D)``, a stretch's sum of
            :func:`~hoop_plugins.models.kit_colors.torso_histograms`; zeros where it shows none.
        frames: ``(T,)`` how long each stretch is.
        teams: ``(T,)`` the team, 0 or 1, of the track that each stretch is of; -1 where unknown.

    Returns:
        ``(T, 2)`` nats, opposite to each other.
    """
    norms = np.linalg.norm(kits, axis=1, keepdims=True)
    shirts = kits / np.maximum(norms, 1e-9)
    seen = norms[:, 0] > 0
    known = [seen & (teams == team) for team in (0, 1)]
    if not all(map(np.any, known)):
        said = np.zeros((len(kits), 2))  # then the track's team is all there is
        for team in (0, 1):
            said[teams == team, team] = MOST_OF_KIT / 2
            said[teams == team, 1 - team] = -MOST_OF_KIT / 2
        return said
    # A track may have changed hands: its stretches are clustered anew, from where the tracks are.
    begin = np.stack([np.average(shirts[k], axis=0, weights=frames[k]) for k in known])
    fitted = KMeans(2, init=begin, n_init=1).fit(shirts[seen], sample_weight=frames[seen])
    centers = fitted.cluster_centers_
    alike = shirts @ (centers / np.linalg.norm(centers, axis=1, keepdims=True)).T
    difference = alike - alike.mean(1, keepdims=True)
    return np.where(seen[:, None], (CLEAR * difference).clip(-MOST_OF_KIT, MOST_OF_KIT), 0.0)


Who = TypeVar("Who", bound=Hashable)


def look_evidence(
    looks: NDArray[np.floating], whose: Sequence[Who | None]
) -> Mapping[Who, NDArray[np.float64]]:
    """What heads and arms say for each person, against somebody who was not seen before.

    Args:
        looks: ``(T, D)``, a stretch's sum of
            :func:`~hoop_plugins.models.appearance.part_colors`; zeros where it shows none.
        whose: Whose each stretch is thought to be, as far as that is sure.

    Returns:
        By person ``(T,)`` nats. A stretch says nothing for its own person but by the others.
    """
    members: dict[Who, list[int]] = {}
    for t, who in enumerate(whose):
        if who is not None:
            members.setdefault(who, []).append(t)
    norms = np.linalg.norm(looks, axis=1)
    found = {}
    for who, mine in members.items():
        others = np.tile(looks[mine].sum(0, dtype=np.float64), (len(looks), 1))
        others[mine] -= looks[mine]
        lengths = np.linalg.norm(others, axis=1)
        known = (norms > 0) & (lengths >= SEEN)
        alike = (looks * others).sum(1) / np.where(known, norms * lengths, 1)
        nats = (LOOK * (alike - SAME_LOOK)).clip(-MOST_OF_LOOK, MOST_OF_LOOK)
        found[who] = np.where(known, nats, 0.0)
    return found
