"""Annotated videos: masks and boxes in team colors, number tags."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import supervision as sv

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.appearance import OTHER_COLOR, TEAM_COLORS
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import HoopError

LETTERS = 0.025
"""Height of the tags' letters, as a share of the frame's shorter side."""

_TEAMS = list(TEAM_COLORS)
_PALETTE = sv.ColorPalette.from_hex([*TEAM_COLORS.values(), OTHER_COLOR])


def tag(number: str | None, status: str | None, index: int) -> str:
    """What is beside a player: "23", "23?" where tentative, "#4" (the track) where unread."""
    if not number:
        return f"#{index}"
    return number if status == "validated" else f"{number}?"


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
            columns = ("class_name", "team", "number", "number_status")
            rows = list(
                zip(*(people.data[name] for name in columns), track_ids(people), strict=True)
            )
            people.class_id = np.array([_color(team, label) for label, team, *_ in rows])
            tags = [
                "ref" if label == "referee" else tag(number, status, index)
                for label, _, number, status, index in rows
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
    if not dataset_of(view).has_frame_field(names.players):
        raise HoopError(
            f"{dataset_of(view).name!r} has no frame field {names.players!r}: run hoop run first"
        )
    for sample_id in view.values("id"):
        store = SampleStore(dataset_of(view), sample_id, names)
        annotator = PeopleAnnotator(store.size)
        frames = (annotator.draw(image, people) for _, image, people in store.watch("players"))
        path = out / f"{Path(store.name).stem}-annotated.mp4"
        write_video(path, frames, store.video.frame_rate)
        yield path
