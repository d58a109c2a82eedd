"""Which clips are one game, by the sample fields ``game`` and ``start_time``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fiftyone as fo

from hoop_plugins.data.fields import GAME_FIELD, START_FIELD
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.views import all_videos


def games_of(dataset: fo.Dataset, ids: Sequence[str]) -> list[list[str]]:
    """The clips of some ids, game by game, in the order of a game; also where a view hides that.

    A clip without a game is one of its own.
    """
    clips = all_videos(dataset).select(ids, ordered=True)
    games, starts = (
        clips.values(name) if dataset.has_sample_field(name) else [None] * len(ids)
        for name in (GAME_FIELD, START_FIELD)
    )
    grouped: dict[str, list[tuple[float, int]]] = {}
    for place, (game, start) in enumerate(zip(games, starts, strict=True)):
        named = _named(game)
        name = f"game {named}" if named else ids[place]
        # What people call so may be the time of day, as text.
        begin = start if isinstance(start, int | float) else 0
        grouped.setdefault(name, []).append((begin, place))
    return [[ids[place] for _, place in sorted(game)] for game in grouped.values()]


def game_of(clip: SampleStore) -> str:
    """The game that a clip is of; "" where nobody said it."""
    return _named(clip.value(GAME_FIELD)) if clip.dataset.has_sample_field(GAME_FIELD) else ""


def _named(game: Any) -> str:
    """The name of a game, which may be a number, a text, or a classification."""
    game = getattr(game, "label", game)
    return "" if game is None else str(game)


def clips_of_game(clip: SampleStore) -> list[SampleStore]:
    """The clips of the game that a clip is of, in the order of the game."""
    dataset = clip.dataset
    if not dataset.has_sample_field(GAME_FIELD):
        return [clip]
    games = games_of(dataset, all_videos(dataset).values("id"))
    (game,) = (game for game in games if clip.sample_id in game)
    return [clip if i == clip.sample_id else SampleStore(dataset, i, clip.names) for i in game]


def rest_of_game(clips: Sequence[SampleStore]) -> list[SampleStore]:
    """The other clips of the game that some clips are of."""
    mine = {clip.sample_id for clip in clips}
    return [clip for clip in clips_of_game(clips[0]) if clip.sample_id not in mine]
