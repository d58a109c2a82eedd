"""Brings rendered clips and their ground truth into FiftyOne."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import supervision as sv

from hoop_plugins import Fields, HoopError, SampleStore, import_videos
from hoop_plugins.data import masks
from hoop_plugins.data.folders import files_in
from hoop_plugins.sample.export import load_truth
from hoop_plugins.sample.ground_truth import FrameTruth
from hoop_plugins.sample.weights import sample_data

CHUNK = 50


def truth_detections(truth: FrameTruth, shape: tuple[int, int]) -> sv.Detections:
    """A frame's ground truth in the currency of the stages.

    Args:
        truth: The frame.
        shape: ``(H, W)`` of the frame.

    Returns:
        People (with masks), number boxes, ball and rim.
    """
    rows: list[dict[str, Any]] = []
    crops: list[np.ndarray] = []
    for person in truth.people:
        rows.append(
            {
                "class_name": person.label,
                "tracker_id": person.track_id,
                "xyxy": person.box,
                "team": person.team,
                "number": person.number,
                "action": person.action if person.label == "player" else None,
                "visible": person.visible,
                "turn": person.turn,
            }
        )
        crops.append(person.mask)
    for number in truth.numbers:
        rows.append(
            {
                "class_name": "number",
                "tracker_id": number.track_id,
                "xyxy": number.box,
                "text": number.text,
                "visible": number.visible,
            }
        )
    if truth.ball:
        rows.append({"class_name": truth.ball.label, "xyxy": truth.ball.box})
    if truth.rim:
        rows.append({"class_name": "rim", "xyxy": truth.rim})
    if not rows:
        return sv.Detections.empty()
    crops += [masks.NONE] * (len(rows) - len(crops))
    corners = [_corner(row["xyxy"], shape) for row in rows]
    attributes = ("class_name", "team", "number", "action", "visible", "turn", "text")
    return sv.Detections(
        xyxy=np.array([row["xyxy"] for row in rows], dtype=np.float32),
        mask=masks.from_crops(crops, corners, shape),
        tracker_id=np.array([row.get("tracker_id", -1) for row in rows], dtype=int),
        data={name: _column([row.get(name) for row in rows]) for name in attributes},
    )


def _column(values: Sequence[Any]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _corner(box: Sequence[float], shape: tuple[int, int]) -> tuple[int, int]:
    return min(round(box[0]), shape[1] - 1), min(round(box[1]), shape[0] - 1)


def load_rendered(
    folder: str | Path,
    dataset_name: str,
    progress: Callable[[int, int], Any] | None = None,
    fields: Fields | None = None,
) -> fo.Dataset:
    """Imports rendered clips and their ground truth; clips that are there already are left alone.

    A clip is there also where it was imported from another folder: it has its new path then.

    Args:
        folder: What ``hoop sample render`` wrote: ``clips`` and ``ground_truth``.
        dataset_name: The dataset to import into; made where it does not exist.
        progress: Called with (clips done, clips in all).
        fields: The names of the label fields.

    Returns:
        The dataset.

    Raises:
        HoopError: If the folder holds no clips.
    """
    clips = files_in(Path(folder), "clips/*.mp4")
    if not clips:
        raise HoopError(f"{folder} holds no rendered clips: make some with hoop sample render")
    names = fields or Fields()
    dataset, _ = import_videos([], dataset_name)
    _follow(dataset, clips)
    dataset, ids = import_videos(clips, dataset_name)
    for done, (clip, sample_id) in enumerate(zip(clips, ids, strict=True), start=1):
        store = SampleStore(dataset, sample_id, names)
        if not store.has("ground_truth") or next(store.read("ground_truth"), None) is None:
            _import_truth(Path(folder) / "ground_truth" / f"{clip.stem}.json.gz", store)
        if progress is not None:
            progress(done, len(clips))
    dataset.reload()
    return dataset


def _follow(dataset: fo.Dataset, clips: Sequence[Path]) -> None:
    """Gives clips that lie in another folder now, as in a new clone, their new paths."""
    if not dataset.has_sample_field("metadata.size_bytes"):
        return
    found = dict(zip(*dataset.values(["filepath", "id"]), strict=True))
    sizes = dict(zip(*dataset.values(["filepath", "metadata.size_bytes"]), strict=True))
    moved = {}
    for clip in (clip for clip in clips if str(clip.absolute()) not in found):
        for path, sample_id in found.items():
            if Path(path).name == clip.name and sizes[path] == clip.stat().st_size:
                moved[sample_id] = str(clip.absolute())
                break
    dataset.set_values("filepath", moved, key_field="id")


def _import_truth(path: Path, store: SampleStore) -> None:
    shape = (store.video.height, store.video.width)
    chunk: dict[int, sv.Detections] = {}
    for truth in load_truth(path):
        chunk[truth.frame_number] = truth_detections(truth, shape)
        if len(chunk) == CHUNK:
            store.write("ground_truth", chunk)
            chunk = {}
    store.write("ground_truth", chunk)


def load_sample(dataset_name: str = "hoop-sample") -> fo.Dataset:
    """Opens the sample game that ships with this package.

    Args:
        dataset_name: The dataset to open, or to make.

    Returns:
        The dataset, with ground truth.
    """
    dataset = load_rendered(sample_data(), dataset_name)
    dataset.info["profile"] = "sample"
    dataset.save()
    return dataset
