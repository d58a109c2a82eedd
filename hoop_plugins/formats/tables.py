"""Who was recognized, as tables: a row a player and frame, or a row a player."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import pandas as pd

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.fields import IDENTITY_ATTRIBUTES, Fields
from hoop_plugins.data.games import game_of, games_of
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.views import videos_of
from hoop_plugins.data.vocabulary import PEOPLE
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.fields import frame_field

WRITERS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    ".csv": lambda table, path: table.to_csv(path, index=False),
    ".parquet": lambda table, path: table.to_parquet(path, index=False),
}
"""By ending of the file."""

WHERE = ("game", "video", "sample_id")

WHO = ("role", *IDENTITY_ATTRIBUTES)
"""What is known of somebody, in both tables."""

OF_FRAME = ("frame", "time", "player", "track", *WHO, "x1", "y1", "x2", "y2", "confidence")
"""What a row a player and frame says besides where it is of."""

TYPES = {
    **dict.fromkeys(("frame", "player", "track"), "Int64"),
    **dict.fromkeys(("time", "team_confidence", "number_confidence", *OF_FRAME[-5:]), "float64"),
}
"""Of columns that are no text."""


def frame_table(
    view: fo.core.collections.SampleCollection,
    field: str = "players",
    progress: Callable[[int, int], Any] | None = None,
) -> pd.DataFrame:
    """A row a player and frame; see :func:`hoop_plugins.table`.

    ``progress`` is called with the numbers of frames read and of all frames of the videos.
    """
    view = videos_of(view)
    stores = stores_of(view, Fields(players=frame_field(view, field)))
    places = {store.sample_id: store for store in stores}
    games = games_of(dataset_of(view), list(places))
    total, done, tables = sum(store.frame_count for store in stores), 0, []
    for store in (places[sample_id] for game in games for sample_id in game):
        rows = []
        for number, people in _people(store):
            rows += people
            if progress:
                progress(done + number, total)
        done += store.frame_count
        about = (game_of(store) or None, store.name, store.sample_id)
        made = pd.DataFrame(rows, columns=OF_FRAME, dtype=object)
        for place, (name, value) in enumerate(zip(WHERE, about, strict=True)):
            made.insert(place, name, value)
        tables.append(made.astype({name: TYPES.get(name, "string") for name in made}))
    return pd.concat(tables, ignore_index=True)


def _people(store: SampleStore) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """The rows of each frame."""
    rate = store.video.frame_rate
    for number, found in store.read("players", masks=False, without=("kit", "appearance")):
        people = found.select(np.isin(found.data["class_name"], PEOPLE))
        columns = (
            [None if index < 0 else index for index in track_ids(people).tolist()],
            people.data["track"],
            people.data["class_name"],
            *(people.data[name] for name in IDENTITY_ATTRIBUTES),
            *people.xyxy.T.tolist(),
            np.full(len(people), np.nan) if people.confidence is None else people.confidence,
        )
        at = (number, (number - 1) / rate)
        yield number, [(*at, *row) for row in zip(*columns, strict=True)]


def player_table(frames: pd.DataFrame, linked: set[str]) -> pd.DataFrame:
    """A row a player of a table of frames; see :func:`hoop_plugins.table`.

    Args:
        frames: From :func:`frame_table`; rows without a player are left out.
        linked: Ids of the samples whose players have one id over all clips of their game.
    """
    known = frames[frames["player"].notna()]
    scope = known["game"].where(known["sample_id"].isin(linked)).fillna(known["sample_id"])
    groups = known.groupby([scope, known["player"]], sort=False)
    who = {name: groups[name].agg(_most_common) for name in WHO}
    ends = {
        f"{end}_{name}": getattr(groups[name], end)()
        for end in ("first", "last")
        for name in ("video", "frame", "time")
    }
    made = pd.DataFrame(
        {
            "game": groups["game"].agg(_most_common),
            **who,
            "videos": groups["sample_id"].nunique(),
            "frames": groups.size(),
            **ends,
        }
    )
    return made.reset_index("player").reset_index(drop=True)


def _most_common(values: Any) -> Any:
    found = values.mode()
    return found.iloc[0] if len(found) else None


def linked_samples(view: fo.core.collections.SampleCollection) -> set[str]:
    """The videos of a view whose players have one id over all clips of their game."""
    return {store.sample_id for store in stores_of(videos_of(view)) if store.tracklets}


def check_ending(path: str | Path) -> None:
    """Looks whether a table can be written to a file of a name.

    Raises:
        HoopError: If not.
    """
    if Path(path).suffix.lower() not in WRITERS:
        raise HoopError(
            f"{path} cannot be a table: give a file that ends in {' or '.join(WRITERS)}"
        )


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Writes a table to a new file, CSV or Parquet by its ending.

    Raises:
        HoopError: If there is something already, or the ending is another.
    """
    check_ending(path)
    with new_path(path) as place:
        WRITERS[Path(path).suffix.lower()](table, place)
