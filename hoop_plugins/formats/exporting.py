"""What leaves a dataset: label files of any format that can be written, and annotated videos."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import supervision as sv

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.appearance import OTHER_COLOR, TEAM_COLORS
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.image import Image
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.video import write_video
from hoop_plugins.data.views import all_videos, videos_of
from hoop_plugins.data.vocabulary import listed
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import LabelledVideo
from hoop_plugins.formats.fields import frame_field

LETTERS = 0.025
"""Height of the tags' letters, as a share of the frame's shorter side."""

_TEAMS = list(TEAM_COLORS)
_PALETTE = sv.ColorPalette.from_hex([*TEAM_COLORS.values(), OTHER_COLOR])


def export_choices() -> dict[str, str]:
    """The formats that can be written: descriptions by name."""
    return {spec.name: spec.description for spec in plugins.formats() if spec.write}


def export_labels(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str,
    field: str = "ground_truth",
    progress: Callable[[int, int], Any] | None = None,
) -> list[str]:
    """See :func:`hoop_plugins.api.export_labels`.

    ``progress`` is called with the numbers of frames written and of all frames of the videos.
    """
    spec = plugins.find_format(kind)
    if spec.write is None:
        raise HoopError(f"{kind} cannot be written: use {', '.join(export_choices())}")
    view = videos_of(view)
    stores = stores_of(view, Fields(ground_truth=frame_field(view, field)))
    stems = Counter(Path(store.name).stem.casefold() for store in stores)
    if (twice := stems.most_common(1)) and twice[0][1] > 1:
        raise HoopError(
            f"{twice[0][1]} videos are called {twice[0][0]}: choose a view with one of them"
        )
    stores = [store for store in stores if store.is_labeled("ground_truth")]
    if not stores:
        name = field.removeprefix("frames.")
        raise HoopError(f"no video of the view has labels in frames.{name}")
    total, done = sum(store.video.frame_count for store in stores), 0

    def labeled(store: SampleStore) -> LabelledVideo:
        def read(masks: bool = False) -> Iterator[tuple[int, sv.Detections]]:
            nonlocal done
            for number, found in store.read("ground_truth", masks=masks):
                done += 1
                if progress:
                    progress(done, total)
                yield number, found.select(found.data["class_name"] != "")

        return LabelledVideo(Path(store.name).stem, store.video, read)

    with new_path(path) as place:
        notes = spec.write(place, [labeled(store) for store in stores])
    videos = listed([store.name for store in stores])
    return [f"{done} frames of {videos} written to {path}", *(notes or ())]


def tag(number: str | None, status: str | None, index: int, name: str | None = None) -> str:
    """What is beside a player: "23", "Ana 23", "23?" where tentative, "#4" (the track) unread."""
    known = (number if status == "validated" else f"{number}?") if number else f"#{index}"
    return f"{name} {known}" if name else known


class PeopleAnnotator:
    """Draws tracked people into frames with supervision's annotators.

    Args:
        size: ``(width, height)`` of the frames in pixels; lines and letters follow it.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        by_class = sv.ColorLookup.CLASS
        thickness = sv.calculate_optimal_line_thickness(size)
        letters = max(10, round(LETTERS * min(size)))
        self._annotators = (
            sv.MaskAnnotator(_PALETTE, opacity=0.4, color_lookup=by_class),
            sv.PolygonAnnotator(_PALETTE, thickness, color_lookup=by_class),
            sv.BoxCornerAnnotator(
                _PALETTE, thickness, corner_length=letters // 2, color_lookup=by_class
            ),
        )
        self._tags = sv.RichLabelAnnotator(
            _PALETTE,
            font_size=letters,
            text_padding=letters // 3,
            text_position=sv.Position.TOP_CENTER,
            border_radius=letters // 4,
            smart_position=True,
            color_lookup=by_class,
        )

    def draw(self, image: Image, people: sv.Detections) -> Image:
        """Draws people, as the store has them, into a copy of a frame: RGB uint8 ``(H, W, 3)``."""
        scene = np.ascontiguousarray(image[..., ::-1])
        if len(people):
            # Whoever stands nearer covers those behind.
            people = people.select(np.argsort(people.xyxy[:, 3]))
            columns = ("class_name", "team", "number", "number_status", "name")
            rows = list(
                zip(*(people.data[name] for name in columns), track_ids(people), strict=True)
            )
            people.class_id = np.array([_color(team, label) for label, team, *_ in rows])
            tags = [
                "ref" if label == "referee" else tag(number, status, index, name)
                for label, _, number, status, name, index in rows
            ]
            for annotator in self._annotators:
                scene = annotator.annotate(scene, people)
            scene = self._tags.annotate(scene, people, tags)
        return np.ascontiguousarray(scene[..., ::-1])


def _color(team: str | None, label: str) -> int:
    """The team's place in the palette; referees and the undecided have the last one."""
    return _TEAMS.index(team) if team in _TEAMS and label != "referee" else len(_TEAMS)


def annotate_videos(
    view: fo.core.collections.SampleCollection, out: Path, names: Fields | None = None
) -> Iterator[Path]:
    """See :func:`hoop_plugins.api.render`; yields each file when it is complete."""
    names = names or Fields()
    view = videos_of(view, whole=())
    dataset = dataset_of(view)
    if not view.has_frame_field(names.players):
        raise HoopError(
            f"{dataset.name!r} has no frame field {names.players!r}: run hoop run first"
        )
    stems = _stems(dataset)
    for store in stores_of(view, names):
        annotator = PeopleAnnotator(store.size)
        frames = (annotator.draw(image, people) for _, image, people in store.watch("players"))
        path = out / f"{stems[store.sample_id]}-annotated.mp4"
        write_video(path, frames, store.video.frame_rate)
        yield path


def _stems(dataset: fo.Dataset) -> dict[str, str]:
    """What files of each sample are called: no two alike, and the same in every view."""
    stems: dict[str, str] = {}
    taken = set()  # without case: many disks know none
    for sample_id, path in zip(*all_videos(dataset).values(["id", "filepath"]), strict=True):
        stem = name = Path(path).stem
        for count in itertools.count(2):
            if name.casefold() not in taken:
                break
            name = f"{stem}-{count}"
        stems[sample_id] = name
        taken.add(name.casefold())
    return stems
