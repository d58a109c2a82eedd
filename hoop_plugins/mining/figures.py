"""From a figure to the view behind it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import fiftyone as fo
from bson import ObjectId
from fiftyone import ViewExpression
from fiftyone import ViewField as F

from hoop_plugins.data.classes import labeled, remembered
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.frame_images import frames_view, write_images
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.views import all_videos
from hoop_plugins.data.vocabulary import CLASSES
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.views import load_errors

MOST_FRAMES = 500
"""Frames of a video that are shown at most, the first ones: each is an image on disk."""

LOOSE = 0.75
"""A player whose box overlaps the true one less than this is shown for the overlap figures."""

LOOSELY_PLACED = "players", F("eval_iou").exists() & (F("eval_iou") < LOOSE)

BEHIND: dict[str, str | tuple[str, ViewExpression]] = {
    "detection.player.recall": "missed players",
    "tracking.idp": "false players",
    "tracking.assa": "identity switches",
    "tracking.idf1": "identity switches",
    "tracking.id_switches": "identity switches",
    "tracking.fragmentations": "identity switches",
    "tracking.loca": LOOSELY_PLACED,
    "tracking.mask_iou": LOOSELY_PLACED,
    "tracking": "missed players",
    "teams.referees": ("players", labeled("referee", {})),
    "teams": "wrong team",
    "numbers.pairing": "wrong owner",
    "numbers.reading": "wrong reads",
    "numbers.validated.precision": "wrong number",
    "numbers.tentative.precision": "wrong number",
    "numbers": "unread though readable",
    "identity": ("ground_truth", F("identity_correct") == False),  # noqa: E712
}
"""By figure, or the beginning of its name: the kind of error that lowers it most directly, or where
no kind stands for it, the role of a frame field, and its labels."""


def view_behind(
    dataset: fo.Dataset, figure: str, names: Fields = Fields()
) -> fo.core.view.DatasetView:
    """The labels that lower a figure.

    Args:
        dataset: A dataset that was evaluated, and in which errors were found.
        figure: The figure's dotted name, as "numbers.reading.accuracy".
        names: The names of the label fields.

    Returns:
        A saved view of errors, or the videos with nothing but these labels in the field.

    Raises:
        HoopError: If there is nothing to show.
    """
    beginning = figure
    while beginning and beginning not in BEHIND:
        beginning = beginning.rpartition(".")[0]
    if beginning:
        behind = BEHIND[beginning]
        if isinstance(behind, str):
            view = load_errors(dataset, behind)
            if not len(view):
                raise HoopError(f"nothing to show: “{view.name}” is empty")
            return view
        return _labels(dataset, figure, names, *behind)
    topic, _, rest = figure.partition(".")
    label, _, which = rest.rpartition(".")
    if topic != "detection" or not label:
        raise HoopError(f"no labels stand behind {figure!r}: choose another figure")
    classes = {**remembered(dataset), **names.classes}
    of_class = labeled(label, classes) if label in CLASSES else F("label") == label
    role, mark = ("ground_truth", "fn") if which == "recall" else ("detections", "fp")
    return _labels(dataset, figure, names, role, (F("eval") == mark) & of_class)


def misread_view(
    dataset: fo.Dataset, truth: str, text: str, names: Fields = Fields()
) -> fo.core.patches.PatchesView:
    """The crops of one number that were read as a certain number, or as none ("").

    Raises:
        HoopError: If there is none.
    """
    read = (F("text") == text) & (F("eval") == "tp")
    corrected = (F("text") == text) & (F("corrected") == truth)
    chosen: dict[str, set[int]] = {}
    ids: set[str] = set()
    for store in stores_of(all_videos(dataset), names):
        sample_id = store.sample_id
        if not store.is_labeled("ground_truth"):
            chosen[sample_id] = _frames(store, corrected)
            continue
        true = {
            str(box["_id"])
            for _, boxes in store.find("ground_truth", F("text") == truth, ("_id",))
            for box in boxes
        }
        found = {
            frame: true & {box["eval_id"] for box in boxes}
            for frame, boxes in store.find("numbers", read, ("eval_id",))
        }
        chosen[sample_id] = {frame for frame, matched in found.items() if matched}
        ids.update(*found.values())
    wanted = corrected | (read & F("eval_id").is_in(sorted(ids)))
    refusal = f"no crop of {truth!r} is marked as read {text!r}: evaluate again"
    return number_patches(dataset, chosen, wanted, names, refusal)


def sure_reads_view(
    dataset: fo.Dataset, least: float, most: float, names: Fields = Fields()
) -> fo.core.patches.PatchesView:
    """The crops that were read wrong with a confidence from ``least`` (0 to 1) up to ``most``.

    Raises:
        HoopError: If there is none.
    """
    sure = (F("text_confidence") >= least) & (F("text_confidence") < most)
    wrong = sure & (F("number_correct") == False)  # noqa: E712
    chosen = {
        store.sample_id: _frames(store, wrong) for store in stores_of(all_videos(dataset), names)
    }
    refusal = f"no read with a confidence of {least:.1f} to {most:.1f} is wrong"
    return number_patches(dataset, chosen, wrong, names, refusal)


def sure_tracks_view(
    dataset: fo.Dataset, least: float, most: float, names: Fields = Fields()
) -> fo.core.clips.ClipsView:
    """The tracks whose number is wrong with a confidence from ``least`` (0 to 1) up to ``most``.

    Raises:
        HoopError: If there is none.
    """
    sure = (F("number_confidence") >= least) & (F("number_confidence") < most)
    wrong = sure & (F("number_correct") == False)  # noqa: E712
    ids = []
    for store in stores_of(all_videos(dataset), names):
        found = {label["index"] for _, labels in store.find("players", wrong) for label in labels}
        tracks = store.value(names.tracks) if found else None
        ids += [ObjectId(t.id) for t in (tracks.detections if tracks else ()) if t.index in found]
    if not ids:
        raise HoopError(f"no number with a confidence of {least:.1f} to {most:.1f} is wrong")
    view = all_videos(dataset).filter_labels(names.tracks, F("_id").is_in(ids))
    return view.to_clips(names.tracks)


def number_patches(
    dataset: fo.Dataset,
    frames: Mapping[str, Collection[int]],
    wanted: ViewExpression,
    names: Fields,
    refusal: str,
) -> fo.core.patches.PatchesView:
    """Number boxes of some frames, each cut out; the frames are written as images first.

    Args:
        dataset: A video dataset.
        frames: The frames, counted from 1, by the id of their sample.
        wanted: What must hold for a label, as in FiftyOne's ``filter_labels``.
        names: The names of the label fields.
        refusal: The message of the HoopError where there are no such frames.
    """
    frames = {sample_id: numbers for sample_id, numbers in frames.items() if numbers}
    if not frames:
        raise HoopError(refusal)
    shown = {sample_id: sorted(numbers)[:MOST_FRAMES] for sample_id, numbers in frames.items()}
    for sample_id, chosen in shown.items():
        write_images(SampleStore(dataset, sample_id), chosen)
    view = frames_view(dataset, shown)
    return view.filter_labels(names.numbers, wanted).to_patches(names.numbers)


def _frames(store: SampleStore, wanted: ViewExpression) -> set[int]:
    return {frame for frame, _ in store.find("numbers", wanted)}


def _labels(
    dataset: fo.Dataset, figure: str, names: Fields, role: str, wrong: ViewExpression
) -> fo.core.view.DatasetView:
    field = getattr(names, role)
    if not dataset.has_frame_field(field):
        raise HoopError(f"{dataset.name!r} has no frame field {field!r}")
    view = all_videos(dataset).filter_labels(f"frames.{field}", wrong)
    if not len(view):
        raise HoopError(f"nothing to show: no label lowers {figure}")
    return view
