"""The tracks that can be corrected: those of a clip, and those that labels alone speak of."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from fiftyone import ViewField as F

from hoop_plugins.data.editing import NOBODY
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS, said

WORDS = ("team", "number", "name")


def known_tracks(store: SampleStore) -> dict[int, Track]:
    """A clip's tracks by id, also of labels that other tools tracked, which have no row in
    ``tracks``: of these, role, team, number and name are what most of their labels say.
    """
    tracks = store.read_tracks()
    if not store.has("players"):
        return tracks
    spans: dict[int, list[int]] = {}
    words: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    alone = (F("index") > 0) & ~F("index").is_in(list(tracks)) & (F("label") != NOBODY)
    for frame, labels in store.find("players", alone, ("index", "label", *WORDS)):
        for label in labels:
            index = int(label["index"])
            spans.setdefault(index, [frame, frame])[1] = frame
            role = store.vocabulary.label(label["label"])
            words[index, "role"]["player" if role in PLAYER_ACTIONS else role] += 1
            for name in WORDS:
                if value := said(label[name]):
                    words[index, name][value] += 1
    for index, (first, last) in spans.items():
        about: dict[str, Any] = {
            name: found.most_common(1)[0][0]
            for name in ("role", *WORDS)
            if (found := words.get((index, name)))
        }
        if about["role"] in ("player", "referee"):
            tracks[index] = Track(index, first, last, **about)
    return tracks
