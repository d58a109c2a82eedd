"""Brings recordings of whole games into a dataset, in clips."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path

import fiftyone as fo

from hoop_plugins.data.cutting import write
from hoop_plugins.data.database import connect
from hoop_plugins.data.disk import check_free, existing
from hoop_plugins.data.fields import CLIP_FIELD, GAME_FIELD, START_FIELD, Schema, check_schema
from hoop_plugins.data.folders import files_in
from hoop_plugins.data.normalize import copy_path
from hoop_plugins.data.split import Piece, length_mark, mark_of, plan, seconds
from hoop_plugins.data.videos import composed, game_folder, import_videos, probed
from hoop_plugins.errors import HoopError

SCHEMA: Schema = {
    GAME_FIELD: fo.StringField,
    CLIP_FIELD: fo.StringField,
    START_FIELD: fo.FloatField,
}

LEAST = 200_000_000
"""Bytes that have to be free in any case."""

ENCODED = 2
"""How many times as large as in the recording a piece may be that is encoded again."""


def plan_games(
    paths: Sequence[str | Path], dataset_name: str, length: str | float, into: str | Path | None
) -> list[list[Piece]]:
    """Plans the clips of recordings, and looks at everything that can be wrong.

    Args:
        paths: The recordings.
        dataset_name: The dataset that shall have them, or has them.
        length: See :func:`~hoop_plugins.data.split.seconds`.
        into: The folder for the clips; by default one beside the normalized copies.

    Raises:
        HoopError: If it cannot be done; nothing is written then.
    """
    wanted = seconds(length)
    found = [info.path for info in probed(paths)]
    names = Counter(composed(Path(path).stem) for path in found)
    for name, count in names.items():
        if count > 1:
            raise HoopError(f"{count} recordings are called {name!r}: a game is called as its file")
    connect()
    dataset = fo.load_dataset(dataset_name) if fo.dataset_exists(dataset_name) else None
    if dataset is not None:
        check_schema(dataset, SCHEMA)
    games = []
    for path in found:
        known = None if dataset is None else _folder_there(dataset, path, wanted)
        if known and into and Path(os.path.abspath(into)) != known:
            raise HoopError(f"the clips of {path} are in {known} already: leave --into out")
        copy = copy_path(path)
        folder = Path(os.path.abspath(into or copy.with_name(f"{copy.stem}-{wanted:g}s")))
        games.append(plan(path, wanted, known or folder))
    _check_space(games)
    return games


def import_games(
    games: Sequence[Sequence[Piece]], dataset_name: str
) -> Generator[tuple[int, str], None, tuple[fo.Dataset, list[str]]]:
    """Makes the clips that are not there, and then adds all to a dataset.

    Args:
        games: From :func:`plan_games`.
        dataset_name: The dataset; made where it does not exist.

    Yields:
        How many clips are there, and what people should know of a game that is done.

    Returns:
        As :func:`~hoop_plugins.data.videos.import_videos`.
    """
    done = 0
    for game in games:
        reasons: Counter[str] = Counter()
        for place, why in enumerate(write(game), start=1):
            done += 1
            reasons[why] += bool(why)
            again, message = reasons.total(), ""
            if again and place == len(game):
                told = ", ".join(f"{why} ({count})" for why, count in reasons.items() if count)
                name = game[0].path.name
                message = f"{name}: {again} of {len(game)} clips were encoded again: {told}"
            yield done, message
    pieces = [piece for game in games for piece in game]
    values = [
        {
            GAME_FIELD: composed(piece.path.stem),
            CLIP_FIELD: piece.target.stem,
            START_FIELD: piece.start,
        }
        for piece in pieces
    ]
    return import_videos([piece.target for piece in pieces], dataset_name, values)


def _folder_there(dataset: fo.Dataset, path: str, length: float) -> Path | None:
    """Where a dataset's clips of a recording are, if it has some."""
    paths = {os.path.realpath(known) for known in dataset.values("filepath")}
    if {os.path.realpath(path), os.path.realpath(copy_path(path))} & paths:
        raise HoopError(f"{path} is in {dataset.name!r} already, whole: give another dataset")
    game = composed(Path(path).stem)
    folder = game_folder(dataset, path)
    if folder is None:
        if dataset.has_sample_field(GAME_FIELD) and game in dataset.distinct(GAME_FIELD):
            raise HoopError(
                f"{dataset.name!r} has another game {game!r}, or its clips are gone: rename "
                f"{path}, or say where they are with hoop dataset relocate"
            )
        return None
    begins = length_mark(path, length)
    if not any(mark_of(clip).startswith(begins) for clip in files_in(folder, "*.mp4")):
        raise HoopError(
            f"{path} is in {dataset.name!r} already, in clips of another length, in {folder}: "
            "give that length, or another dataset"
        )
    return folder


def _check_space(games: Sequence[Sequence[Piece]]) -> None:
    needed: Counter[Path] = Counter()
    for game in games:
        frames = sum(len(piece.beats) for piece in game)
        for piece in game:
            if not piece.done:
                size = piece.path.stat().st_size * len(piece.beats) / frames
                needed[existing(piece.target.parent)] += int(size * (ENCODED if piece.why else 1))
    for place, size in needed.items():
        free = shutil.disk_usage(place).free
        check_free(size + LEAST, free, place, "cutting", "give another folder with --into")
