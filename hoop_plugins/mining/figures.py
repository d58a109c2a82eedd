"""From a figure to the view behind it."""

from __future__ import annotations

import fiftyone as fo
from fiftyone import ViewExpression
from fiftyone import ViewField as F

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.doubts import PLAYER
from hoop_plugins.mining.kinds import KINDS
from hoop_plugins.mining.patches import patches_view

LOOSE = 0.75
"""A player whose box overlaps the true one less than this is shown for the overlap figures."""

KIND_BEHIND = {
    "detection.player.recall": "missed players",
    "tracking.idp": "false players",
    "tracking.assa": "identity switches",
    "tracking.idf1": "identity switches",
    "tracking.id_switches": "identity switches",
    "tracking.fragmentations": "identity switches",
    "tracking": "missed players",
    "teams": "wrong team",
    "numbers.pairing": "wrong owner",
    "numbers.reading": "wrong reads",
    "numbers.validated.precision": "wrong number",
    "numbers.tentative.precision": "wrong number",
    "numbers": "unread though readable",
}
"""By figure, or the beginning of its name: the kind of error that lowers it most directly."""

LOOSELY_PLACED = PLAYER & F("eval_iou").exists() & (F("eval_iou") < LOOSE)

LABELS_BEHIND: dict[str, tuple[str, ViewExpression]] = {
    "tracking.loca": ("players", LOOSELY_PLACED),
    "tracking.mask_iou": ("players", LOOSELY_PLACED),
    "teams.referees": ("players", F("label") == "referee"),
    "identity": ("ground_truth", PLAYER & (F("identity_correct") == False)),  # noqa: E712
}
"""Likewise, of figures that no kind of error stands for: role of a frame field, and its labels."""


def view_behind(
    dataset: fo.Dataset, figure: str, names: Fields | None = None
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
    names = names or Fields()
    beginning = figure
    while beginning:
        if beginning in LABELS_BEHIND:
            return _labels(dataset, figure, names, *LABELS_BEHIND[beginning])
        if beginning in KIND_BEHIND:
            return _saved(dataset, KIND_BEHIND[beginning])
        beginning = beginning.rpartition(".")[0]
    topic, _, rest = figure.partition(".")
    label, _, which = rest.rpartition(".")
    if topic != "detection" or not label:
        raise HoopError(f"no labels stand behind {figure!r}: choose another figure")
    of_class = PLAYER if label == "player" else F("label") == label
    if which == "recall":
        return _labels(dataset, figure, names, "ground_truth", of_class & (F("eval") == "fn"))
    return _labels(dataset, figure, names, "detections", of_class & (F("eval") == "fp"))


def misread_view(
    dataset: fo.Dataset, truth: str, text: str, names: Fields | None = None
) -> fo.core.patches.PatchesView:
    """The crops of one number that were read as a certain number.

    Args:
        dataset: A dataset that was evaluated.
        truth: What stands on the jersey.
        text: What was read; "" where no number was found.
        names: The names of the label fields.

    Returns:
        A patch a crop.

    Raises:
        HoopError: If there is none.
    """
    names = names or Fields()
    read = (F("text") == text) & (F("eval") == "tp")
    corrected = (F("text") == text) & (F("corrected") == truth)
    chosen: dict[str, set[int]] = {}
    ids: set[str] = set()
    for sample_id in dataset.values("id"):
        store = SampleStore(dataset, sample_id, names)
        if not store.is_labeled("ground_truth"):
            if frames := {frame for frame, _ in store.find("numbers", corrected)}:
                chosen[sample_id] = frames
            continue
        true = {
            str(box["_id"])
            for _, boxes in store.find("ground_truth", F("text") == truth, ("_id",))
            for box in boxes
        }
        for frame, boxes in store.find("numbers", read, ("eval_id",)):
            if matched := {box["eval_id"] for box in boxes} & true:
                chosen.setdefault(sample_id, set()).add(frame)
                ids |= matched
    if not chosen:
        raise HoopError(f"no crop of {truth!r} is marked as read {text!r}: evaluate again")
    wanted = corrected | (read & F("eval_id").is_in(sorted(ids)))
    return patches_view(dataset, chosen, "numbers", wanted, names)


def sure_reads_view(
    dataset: fo.Dataset, least: float, most: float, names: Fields | None = None
) -> fo.core.patches.PatchesView:
    """The wrong reads of a certain confidence.

    Args:
        dataset: A dataset that was evaluated.
        least: From this confidence on; 0 to 1.
        most: Up to this one.
        names: The names of the label fields.

    Returns:
        A patch a crop.

    Raises:
        HoopError: If there is none.
    """
    names = names or Fields()
    sure = (F("text_confidence") >= least) & (F("text_confidence") < most)
    wrong = sure & (F("number_correct") == False)  # noqa: E712
    chosen = {}
    for sample_id in dataset.values("id"):
        found = {
            frame for frame, _ in SampleStore(dataset, sample_id, names).find("numbers", wrong)
        }
        if found:
            chosen[sample_id] = found
    if not chosen:
        raise HoopError(f"no read with a confidence of {least:.1f} to {most:.1f} is wrong")
    return patches_view(dataset, chosen, "numbers", wrong, names)


def _saved(dataset: fo.Dataset, name: str) -> fo.core.view.DatasetView:
    kind = next(kind for kind in KINDS if kind.name == name)
    if not dataset.has_saved_view(kind.title):
        raise HoopError(f"there is no view “{kind.title}” yet: run “Hoop: find errors”")
    view = dataset.load_saved_view(kind.title)
    if not len(view):
        raise HoopError(f"nothing to show: “{kind.title}” is empty")
    return view


def _labels(
    dataset: fo.Dataset, figure: str, names: Fields, role: str, wrong: ViewExpression
) -> fo.core.view.DatasetView:
    field = getattr(names, role)
    if not dataset.has_frame_field(field):
        raise HoopError(f"{dataset.name!r} has no frame field {field!r}")
    view = dataset.filter_labels(f"frames.{field}", wrong)
    if not len(view):
        raise HoopError(f"nothing to show: no label lowers {figure}")
    return view
