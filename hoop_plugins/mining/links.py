"""Where link joined what the tracker took apart, and split what it took together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import fiftyone as fo

from hoop_plugins.data.games import game_of
from hoop_plugins.data.store import SampleStore


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

    @property
    def before(self) -> str:
        """What the person, or the track, was before."""
        if self.clip is not None:
            return f"seen before in {self.clip}"
        if self.joined == self.track:
            return f"goes on as track {self.track} after a cut"
        parts = [f"on track {self.joined} before"] if self.joined is not None else []
        if self.split is not None:
            parts.append(f"track {self.track} was person {self.split} before")
        return ", ".join(parts)


def read_links(store: SampleStore) -> list[Link]:
    """The links of a clip's players, by frame; none where tracks were not linked to people."""
    kept = store.value(store.names.tracklets)
    return list(_links(store, kept.detections)) if kept else []


def _links(store: SampleStore, tracklets: Sequence[fo.TemporalDetection]) -> Iterator[Link]:
    earlier: dict[int, str] = {}
    for other in game_of(store):
        if other.sample_id == store.sample_id:
            break
        earlier |= dict.fromkeys(other.read_tracks(), other.name)
    on: dict[int, int] = {}
    owner: dict[int, int] = {}
    for piece in sorted(tracklets, key=lambda piece: (piece.support[0], piece.track)):
        if piece.role == "player":
            joined, before = on.get(piece.index), owner.get(piece.track)
            clip = earlier.get(piece.index) if joined is None else None
            split = before if before != piece.index else None
            if joined is not None or clip is not None or split is not None:
                first, last = piece.support
                about = (joined, clip, split, piece.reason, piece.margin)
                yield Link(piece.index, first, last, piece.track, *about)
        on[piece.index], owner[piece.track] = piece.track, piece.index
