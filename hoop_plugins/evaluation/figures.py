"""The figures of an evaluation as people read them: which there are, and what each is counted of.

Imports nothing, so that the App can list them.
"""

from __future__ import annotations

from typing import Any

Row = tuple[str, "float | int | None", str]

TOPICS = ("detection", "tracking", "teams", "numbers", "identity")

BOXES = "{predicted} boxes, {truth} true"

COUNTED = {
    "tracking.hota": BOXES,
    "tracking.deta": BOXES,
    "tracking.assa": BOXES,
    "tracking.loca": BOXES,
    "tracking.mota": BOXES,
    "tracking.idf1": BOXES,
    "tracking.idp": BOXES,
    "tracking.idr": BOXES,
    "tracking.mask_iou": "{mask_pairs} masks",
    "tracking.id_switches": "",
    "tracking.fragmentations": "",
    "tracking.mostly_tracked": "",
    "tracking.mostly_lost": "",
    "tracking.masks.hota": BOXES,
    "tracking.masks.mota": BOXES,
    "tracking.masks.idf1": BOXES,
    "teams.track_accuracy": "{tracks_right} of {tracks} tracks",
    "teams.frame_accuracy": "{frames_right} of {frames} frames",
    "teams.referees.precision": "{right} of {predicted} predicted",
    "teams.referees.recall": "{right} of {frames} frames",
    "numbers.pairing.precision": "{pairs_right} of {pairs} pairs",
    "numbers.pairing.recall": "{boxes_paired} of {boxes} boxes",
    "numbers.reading.accuracy": "{right} of {reads} reads",
    "numbers.reading.calibration_error": "{reads} reads",
    "numbers.verdicts.calibration_error": "{verdicts} tracks with a number",
    "numbers.validated.precision": "{right} of {tracks} tracks",
    "numbers.validated.coverage": "{covered} of {readable} readable players",
    "numbers.validated.frames_to_first_right": "median of {players_right} players",
    "numbers.tentative.precision": "{right} of {tracks} tracks",
    "numbers.tentative.coverage": "{covered} of {readable} readable players",
    "numbers.tentative.frames_to_first_right": "median of {players_right} players",
    "identity.frame_accuracy": "{frames_right} of {frames} frames",
    "identity.readable": "{readable_frames_right} of {readable_frames} readable frames",
    "identity.over_game": "{game_frames} frames",
    "identity.gs_hota_without_position": "role, team and number too",
}
"""By dotted name, in the order in which they are shown: the counts behind a figure in words. Before
them come ``ap50``, ``ap``, ``precision`` and ``recall`` of every label that is detected."""

HEADLINES = (
    *("tracking.hota", "tracking.mota", "tracking.idf1", "tracking.mask_iou"),
    *("teams.track_accuracy", "teams.frame_accuracy"),
    *("numbers.pairing.precision", "numbers.pairing.recall", "numbers.reading.accuracy"),
    *("numbers.validated.precision", "numbers.validated.coverage"),
    *("numbers.tentative.precision", "numbers.tentative.coverage"),
    *("identity.frame_accuracy", "identity.readable"),
)
"""The figures that people ask for first, which get an interval, besides every label's ``ap50``."""


def metric_name(figure: str) -> str:
    """The name of the operator that gives a figure to FiftyOne's evaluations."""
    return "metric_" + figure.replace(".", "_")


def sections(figures: dict[str, Any]) -> dict[str, list[Row]]:
    """Arranges figures for reading.

    Args:
        figures: Of :meth:`ClipCounts.figures`.

    Returns:
        By topic, rows: dotted name, value, and the counts behind it in words. What was not compared
        has none.
    """
    tracking = figures["tracking"]
    missing = [] if tracking["truth"] or tracking["predicted"] else ["tracking"]
    missing += [] if "masks" in tracking else ["tracking.masks"]
    rows: dict[str, list[Row]] = {topic: [] for topic in TOPICS}
    rows["detection"] = [
        (f"detection.{label}.{name}", boxes[name], BOXES.format(**boxes))
        for label, boxes in figures["detection"].items()
        for name in ("ap50", "ap", "precision", "recall")
    ]
    for path, counted in COUNTED.items():
        parent, _, name = path.rpartition(".")
        topic = path.partition(".")[0]
        if topic not in missing and parent not in missing:
            found = lookup(figures, parent)
            rows[topic].append((path, found[name], counted.format_map({**figures[topic], **found})))
    return rows


def values(figures: dict[str, Any]) -> dict[str, float | int | None]:
    """The figures of :func:`sections` by dotted name."""
    return {path: value for rows in sections(figures).values() for path, value, _ in rows}


def lookup(figures: dict[str, Any], path: str) -> Any:
    """The figure at a dotted name such as ``numbers.validated.precision``."""
    value: Any = figures
    for key in path.split("."):
        value = value[key]
    return value


def shown(value: float | None, sign: str = "") -> str:
    """A figure in words: a count as it is, a fraction with three places, "-" if undefined."""
    if value is None:
        return "-"
    return f"{value:{sign}d}" if isinstance(value, int) else f"{value:{sign}.3f}"
