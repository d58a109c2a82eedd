"""Labels that people have, and what others can look at."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.use_case import UseCase

if TYPE_CHECKING:
    import fiftyone as fo
    import pandas as pd

    from hoop_plugins.data.fields import Fields
    from hoop_plugins.formats.importing import LabelImport
    from hoop_plugins.stages.stage import Progress

TABLES = {
    "players": "a row a player (.csv or .parquet)",
    "frames": "a row a player and frame (.csv or .parquet)",
}
"""By name: the tables that can be written."""


@UseCase
def import_labels(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str | None = None,
    *,
    field: str = "ground_truth",
    first_frame: int | None = None,
    video: str | None = None,
    classes: Mapping[str, str] | str | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, LabelImport]:
    """Imports labels for the videos of a view, as ground truth.

    Args:
        view: A video dataset or view that shows all frames and labels of the field.
        path: A file, a folder of files, or of ``kind`` "field" the name of a frame field. Files
            belong to the videos that they name.
        kind: A registered format, or "field"; by default found out by the files' names.
        field: The frame field to write.
        first_frame: The number of a video's first frame in the files, 0 or 1; by default found out.
        video: The name of the video, where one file does not tell it.
        classes: Our names for the files' classes, also as "athlete=player,crowd="; a class
            without one is left out.
        overwrite: Whether labels that are in the field already may be replaced.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        What was stored; its ``summary`` is for people.

    Raises:
        HoopError: In one line, with file and line where there is one; nothing is stored then.
    """
    from hoop_plugins.stages.stage import Progress

    about = {"video": video, "classes": classes, "overwrite": overwrite}
    found = read_labels(view, path, kind, field=field, first_frame=first_frame, **about)

    def steps() -> Generator[Progress, None, LabelImport]:
        for done in found.write():
            yield Progress("import", "", done, found.frames)
        return found

    return steps()


def read_labels(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str | None = None,
    *,
    field: str = "ground_truth",
    first_frame: int | None = None,
    classes: Any = None,
    **options: Any,
) -> LabelImport:
    """Looks at everything that :func:`import_labels` would import; stores nothing."""
    from hoop_plugins.data.vocabulary import read_classes
    from hoop_plugins.formats import importing

    names = read_classes(classes)
    return importing.read_labels(
        view, path, kind, into=field, numbered_from=first_frame, classes=names, **options
    )


def export_labels(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str,
    field: str = "ground_truth",
    *,
    progress: Callable[[Progress], Any] | None = None,
) -> list[str]:
    """Writes the labels of a frame field, of ground truth as of what was recognized.

    Args:
        view: A video dataset or view: what it shows is written.
        path: The file or folder to write; it must not be there yet.
        kind: A registered format that can be written.
        field: The frame field, with or without ``frames.``.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Lines for people: what was written, and what the format has no place for.

    Raises:
        HoopError: In one line; nothing is written then.
    """
    from hoop_plugins.formats import exporting
    from hoop_plugins.stages.stage import Progress

    def show(done: int, total: int) -> None:
        if progress is not None:
            progress(Progress("export", "", done, total))

    return [*_taken_over(view, field), *exporting.export_labels(view, path, kind, field, show)]


def table(
    view: fo.core.collections.SampleCollection,
    rows: str = "players",
    *,
    field: str = "players",
    progress: Callable[[Progress], Any] | None = None,
) -> pd.DataFrame:
    """Who was recognized, as a table.

    Args:
        view: A video dataset or view: what it shows is counted.
        rows: "players", a row a player of a video, or of a game whose clips were linked; or
            "frames", a row a player and frame.
        field: The frame field, with or without ``frames.``.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Of "frames": ``game``, ``video``, ``sample_id``, ``frame`` (from 1), ``time`` (seconds from
        the video's beginning), ``player`` (his ``index``; empty where he has none), ``track``,
        ``role``, ``team``, ``number`` (a text: "0" is not "00"), ``number_status``, ``name``,
        ``team_confidence``, ``number_confidence``, ``x1``, ``y1``, ``x2``, ``y2`` in pixels, and
        ``confidence``. Of "players": who they are, in how many videos and frames they are seen,
        and where first and last. Referees are there, too, by ``role``.

    Raises:
        HoopError: If there is no such field, or no such table.
    """
    from hoop_plugins.errors import HoopError
    from hoop_plugins.formats import tables
    from hoop_plugins.stages.stage import Progress

    if rows not in TABLES:
        raise HoopError(f"there is no table of {rows!r}: give {' or '.join(TABLES)}")

    def show(done: int, total: int) -> None:
        if progress is not None:
            progress(Progress("export", "", done, total))

    _taken_over(view, field)
    found = tables.frame_table(view, field, show)
    return found if rows == "frames" else tables.player_table(found, tables.linked_samples(view))


def export(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str = "players",
    *,
    field: str = "players",
    progress: Callable[[Progress], Any] | None = None,
) -> list[str]:
    """Writes what was recognized to files that others read.

    Args:
        view: A video dataset or view: what it shows is written.
        path: What to write; it must not be there yet. Of a table a file that ends in .csv or
            .parquet, of annotated videos a folder, of labels what their format is.
        kind: "players", a table with a row a player; "frames", one with a row a player and frame;
            "mp4", annotated videos; or a format that labels can be written in, as "mot".
        field: The frame field, with or without ``frames.``.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Lines for people: what was written, and what the format has no place for.

    Raises:
        HoopError: In one line; nothing is written then.
    """
    if kind in TABLES:
        from hoop_plugins.formats import tables

        tables.check_ending(path)
        rows = table(view, kind, field=field, progress=progress)
        tables.write_table(rows, path)
        return [f"{len(rows)} rows written to {path}"]
    if kind == "mp4":
        from hoop_plugins.data.fields import Fields

        names = Fields(players=field.removeprefix("frames."))
        return [f"wrote {made}" for made in render(view, path, fields=names, progress=progress)]
    return export_labels(view, path, kind, field, progress=progress)


def _taken_over(view: fo.core.collections.SampleCollection, field: str) -> list[str]:
    """Takes over what people changed of our players in FiftyOne's own editor, if these are asked
    for.
    """
    from hoop_plugins.api.corrections import take_over_edits
    from hoop_plugins.data.fields import Fields

    ours = field.removeprefix("frames.") == Fields.players
    return take_over_edits(view) if ours else []


def export_kinds() -> dict[str, str]:
    """What :func:`export` can write: descriptions by name."""
    from hoop_plugins.formats.exporting import export_choices

    return {**TABLES, **export_choices(), "mp4": "annotated videos"}


@UseCase
def render(
    view: fo.core.collections.SampleCollection,
    out: str | Path,
    *,
    fields: Fields | None = None,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, list[Path]]:
    """Writes an annotated MP4 for every video of a view: masks in team colors and number tags.

    Args:
        view: Videos with ``frames.players``, whose labels are drawn as far as they are shown.
        out: The folder; made where it does not exist.
        fields: The names of the label fields.
        progress: Called with a :class:`~hoop_plugins.stages.stage.Progress` after every video.

    Returns:
        The files.

    Raises:
        HoopError: If nobody was tracked, or the view shows some frames only.
    """
    from hoop_plugins.formats.exporting import annotate_videos
    from hoop_plugins.stages.stage import Progress

    def steps() -> Generator[Progress, None, list[Path]]:
        written: list[Path] = []
        for path in annotate_videos(view, Path(out), fields):
            written.append(path)
            yield Progress("render", path.name, len(written), len(view), unit="video")
        return written

    return steps()
