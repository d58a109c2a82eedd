"""Where link joined what the tracker took apart, and split what it took together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hoop_plugins.data.games import clips_of_game
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track

LOW_LINK = 2.0
"""Nats: a join or split that is likelier than anything else by less than this is doubtful."""


@dataclass(frozen=True)
class Link:
    """Where one person's tracklet begins that is not the first of that person, or of its track.

    Attributes:
        index: The person.
        frame: Its first frame, from 1.
        last: Its last frame.
        track: The tracker's id.
        joined: The track that the person was on before; ``None`` where there was none.
        clip: The clip of the game in which the person was before, where it is another one.
        split: Whose the track was before, where that was somebody else.
        reason: Why the track is cut there: first seen, contact, gap, new shot, correction.
        margin: By how many nats this person is likelier than anybody else; ``None`` where a person
            said so.
    """

    index: int
    frame: int
    last: int
    track: int
    joined: int | None
    clip: str | None
    split: int | None
    reason: str
    margin: float | None

    @property
    def kind(self) -> str:
        """Whether it is "joined", "split", or was cut there and "kept"."""
        if self.joined == self.track:
            return "kept"
        return "split" if self.joined is None and self.clip is None else "joined"

    def told(self, people: Mapping[int, Track]) -> str:
        """What it is, in words, and why the track is cut there.

        Args:
            people: The clip's tracks by id.
        """
        what = f"track {self.track} goes on"
        if self.clip is not None:
            what = f"seen before in {self.clip}"
        elif self.joined not in (None, self.track):
            what = f"track {self.joined}, then track {self.track}"
        if self.split is not None:
            who = people[self.split].title if self.split in people else f"person {self.split}"
            what = "" if self.kind == "split" else f"{what}; "
            what += f"track {self.track} was {who} before"
        return f"{self.kind}: {what} ({self.reason})"


def how_sure(margin: float | None) -> str:
    """How sure a join or split with that margin is, in words."""
    if margin is None:
        return "a person said so"
    words = "likelier than anybody else"
    if margin < 0:
        words = "somebody else is likelier, but placed elsewhere"
    elif margin < LOW_LINK:
        words = f"hardly {words}"
    return f"{words} (margin {margin:.1f})"


def read_links(store: SampleStore) -> list[Link]:
    """The links of a clip's players, by frame; none where tracks were not linked to people."""
    return list(_links(store))


def _links(store: SampleStore) -> Iterator[Link]:
    earlier: dict[int, str] = {}
    for other in clips_of_game(store):
        if other.sample_id == store.sample_id:
            break
        earlier |= dict.fromkeys(other.read_tracks(), other.name)
    on: dict[int, int] = {}
    owner: dict[int, int] = {}
    for piece in sorted(store.tracklets, key=lambda piece: (piece.support[0], piece.track)):
        if piece.role == "player":
            joined, before = on.get(piece.index), owner.get(piece.track)
            clip = earlier.get(piece.index) if joined is None else None
            split = before if before != piece.index else None
            if joined is not None or clip is not None or split is not None:
                first, last = piece.support
                about = (joined, clip, split, piece.reason, piece.margin)
                yield Link(piece.index, first, last, piece.track, *about)
        on[piece.index], owner[piece.track] = piece.track, piece.index
