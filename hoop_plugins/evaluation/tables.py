"""A clip as tables, and what follows from them for every figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hoop_plugins.evaluation.clips import Corrected
from hoop_plugins.evaluation.matching import ClearPairs, Overlaps, match_clear, renumber

UNKNOWN = ("class", "number", "index")
"""What may be unknown of a label: its class, a number, or whose it is."""


@dataclass(frozen=True)
class Descriptions:
    """One frame for attribute-aware tracking: everybody, players and referees, and who they are.

    Attributes:
        overlaps: Who is there, and how far their boxes overlap.
        truth: ``(N, 3)`` objects: label, team and number of the ground-truth people.
        tracks: ``(M, 3)`` objects: the same of the tracks, as predicted.
        referees: How many referees of the ground truth are matched with a track labeled referee.
    """

    overlaps: Overlaps
    truth: NDArray[np.object_]
    tracks: NDArray[np.object_]
    referees: int


@dataclass(frozen=True)
class ClipTables:
    """Everything the figures are computed from. An id or text that is not there is -1 or null.

    ``position`` says which of its frame's labels a row is, from 0, in the order of the field.

    Attributes:
        frames: ``(F,)`` numbers of the labeled frames, from 1.
        people: A row for each ground-truth player and frame, with the track matched to it there,
            and whether they are among the ``overlaps`` (``counted``).
        tracks: A row for each predicted player and frame, likewise.
        true_numbers: A row for each ground-truth number box: whether a detection found it, and the
            track with which its box was paired.
        boxes: A row for each predicted number box that has an owner, with the owner (``person``)
            and text of the ground-truth box that it matches; a torso matches none.
        detected: The detector's boxes, with labels.
        true_boxes: The boxes of the ground truth, with labels.
        overlaps: The frames, for tracking metrics, as in ``frames``.
        descriptions: The frames with everybody's label, team and number, as in ``frames``.
        corrected: Where corrections stand for the ground truth: what they say. No labels stand
            behind the ground truth then.
        helped: What people did of which nothing is measured: fields of ``CorrectionCounts``.
        unknown: What the ground truth says that could not be used: how often, by what it is (one of
            :data:`UNKNOWN`) and the name or number.
        game: The game that the clip is of; "" where nobody said it.
    """

    frames: NDArray[np.int64]
    people: pd.DataFrame
    tracks: pd.DataFrame
    true_numbers: pd.DataFrame
    boxes: pd.DataFrame
    detected: pd.DataFrame
    true_boxes: pd.DataFrame
    overlaps: list[Overlaps]
    descriptions: list[Descriptions]
    corrected: Corrected | None = None
    helped: Mapping[str, int] = field(default_factory=dict)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    game: str = ""

    @cached_property
    def sequence(self) -> list[Overlaps]:
        """The frames for tracking metrics, ids from 0."""
        return renumber(self.overlaps)

    @cached_property
    def clear_pairs(self) -> list[ClearPairs]:
        """Who is matched with whom in each frame, as the CLEAR metrics have it."""
        return list(match_clear(self.sequence))

    @cached_property
    def owners(self) -> pd.Series:
        """Which ground-truth player each track follows.

        Person by track: the one it is matched to most often, for the tracks where that is at least
        half of their frames.
        """
        most = majority(self.tracks[self.tracks.person >= 0], "track", ["person"])
        lengths = self.tracks.groupby("track").size().reindex(most.index)
        return most.person[2 * most.votes >= lengths]

    @cached_property
    def numbers(self) -> pd.Series:
        """The number of each ground-truth player, by person."""
        return majority(self.people, "person", ["number"]).number

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The predicted number boxes, as in ``boxes``; those on torsos are of whom the track
        follows, and where something was read, the text is that player's number.
        """
        pairs, torso = self.boxes.copy(), self.boxes.torso.astype(bool)
        person = pairs.track.map(self.owners)
        pairs.loc[torso, "person"] = person[torso].fillna(-1).astype(int)
        read = torso & pairs.text.notna() & (pairs.text != "")
        pairs.loc[read, "true_text"] = person[read].map(self.numbers)
        return pairs

    @cached_property
    def team_names(self) -> dict[str, str]:
        """The true team's name by the predicted one, so that most player-frames agree.

        Clustering cannot know what a team is called; only who plays together can be right or
        wrong. Names are assigned one-to-one, surplus predicted ones to none. Whoever corrects a
        team to one that was predicted means that one.
        """
        agreed = pd.crosstab(self.people.track_team, self.people.team)
        meant = set(agreed.columns) & (self.corrected.teams if self.corrected else frozenset())
        agreed = agreed.drop(index=list(meant), columns=list(meant), errors="ignore")
        rows, columns = linear_sum_assignment(agreed.to_numpy(), maximize=True)
        named = dict(zip(agreed.index[rows], agreed.columns[columns], strict=True))
        return {**named, **{team: team for team in meant}}

    @cached_property
    def right(self) -> pd.DataFrame:
        """Whether each of ``people`` was given the right team, number, and both.

        Null where that cannot be said. Somebody without a number has no wrong one:
        ``number_correct`` is null, and remains so when a person says the number.
        """
        people = self.people
        team = people.track_team.map(self.team_names) == people.team
        number = people.track_number == people.number
        found, named, numbered = people.track >= 0, people.team.notna(), people.number.notna()
        return pd.DataFrame(
            {
                "team_correct": team.where(found & named),
                "number_correct": number.where(found & numbered & people.track_number.notna()),
                "identity_correct": (found & team & number).where(named & numbered),
            }
        )


def majority(table: pd.DataFrame, key: str, columns: list[str]) -> pd.DataFrame:
    """Finds the most frequent values of each key; the earlier ones on a tie.

    Args:
        table: Rows in order of time.
        key: The column to group by.
        columns: The columns whose most frequent combination is wanted; nulls do not vote.

    Returns:
        Indexed by key: the columns, and ``votes``, the rows that agree.
    """
    voters = table.dropna(subset=columns)
    votes = voters.groupby([key, *columns], sort=False).size().rename("votes").reset_index()
    ranked = votes.sort_values("votes", ascending=False, kind="stable")
    return ranked.drop_duplicates(key).set_index(key)


def ratio(part: float, whole: float) -> float | None:
    """Returns ``part / whole``, ``None`` where the whole is zero and so the figure undefined."""
    return float(part / whole) if whole else None
