"""Figures arranged for reading: topics, rows, and the counts behind each in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hoop_plugins.evaluation.clip import CorrectionCounts

Row = tuple[str, "float | int | None", str]


def sections(figures: dict[str, Any]) -> list[list[Row]]:
    """Arranges figures for reading.

    Args:
        figures: Of :meth:`ClipCounts.figures`.

    Returns:
        Sections of rows: dotted name, value, and the counts behind it in words. What was not
        compared has none.
    """
    tracking, teams, identity = figures["tracking"], figures["teams"], figures["identity"]
    numbers = figures["numbers"]
    pairing, reading = numbers["pairing"], numbers["reading"]
    return [
        [
            (f"detection.{label}.{figure}", one[figure], f"{one['predicted']} of {one['truth']}")
            for label, one in figures["detection"].items()
            for figure in ("ap50", "ap", "precision", "recall")
        ],
        _tracking_rows(tracking) if tracking["truth"] or tracking["predicted"] else [],
        [
            _row("teams.track_accuracy", teams, "tracks_right", "tracks"),
            _row("teams.frame_accuracy", teams, "frames_right", "frames"),
            _row("teams.referees.precision", teams["referees"], "right", "predicted"),
            _row("teams.referees.recall", teams["referees"], "right", "frames"),
        ],
        [
            _row("numbers.pairing.precision", pairing, "pairs_right", "pairs"),
            _row("numbers.pairing.recall", pairing, "boxes_paired", "boxes"),
            _row("numbers.reading.accuracy", reading, "right", "reads"),
            *_rows("numbers.reading", reading, ("calibration_error",), f"{reading['reads']} reads"),
            *(
                row
                for status in ("validated", "tentative")
                for row in _status_rows(numbers, status)
            ),
        ],
        [
            _row("identity.frame_accuracy", identity, "frames_right", "frames"),
            _row("identity.readable", identity, "readable_frames_right", "readable_frames"),
            *_rows(
                "identity", identity, ("gs_hota_without_position",), "role, team and number too"
            ),
        ],
    ]


def shown(value: float | None, sign: str = "") -> str:
    """A figure in words: a count as it is, a fraction with three places, "-" if undefined."""
    if value is None:
        return "-"
    return f"{value:{sign}d}" if isinstance(value, int) else f"{value:{sign}.3f}"


def corrections_note(clips: Sequence[str], counts: CorrectionCounts) -> str:
    """Says what figures mean that come from corrections.

    Args:
        clips: The names of the clips in which corrections stand for the ground truth.
        counts: What people said of them.

    Returns:
        Some sentences.
    """
    few = ", ".join(clips[:3]) + (f" and {len(clips) - 3} more" if len(clips) > 3 else "")
    have = "has" if len(clips) == 1 else "have"
    parts = {"the same person as another": counts.same_person, "nobody": counts.not_a_person}
    of_which = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
    return (
        f"{few} {have} no ground truth: {counts.tracks} corrected "
        f"track{'s' * (counts.tracks != 1)} stand{'s' * (counts.tracks == 1)} for it"
        f"{f' ({of_which})' if of_which else ''}. What was predicted of them is compared with what "
        "people said of role, team and number; detection, tracking and pairing cannot be. People "
        "correct what looks wrong: other tracks are likely better than these."
    )


def _tracking_rows(tracking: dict[str, Any]) -> list[Row]:
    boxes = f"{tracking['predicted']} boxes, {tracking['truth']} true"
    return [
        *_rows("tracking", tracking, ("hota", "deta", "assa", "loca", "mota"), boxes),
        *_rows("tracking", tracking, ("idf1", "idp", "idr"), boxes),
        *_rows("tracking", tracking, ("mask_iou",), f"{tracking['mask_pairs']} masks"),
        *_rows("tracking", tracking, ("id_switches", "fragmentations"), ""),
        *_rows("tracking", tracking, ("mostly_tracked", "mostly_lost"), ""),
        *_rows("tracking.masks", tracking.get("masks"), ("hota", "mota", "idf1"), boxes),
    ]


def _rows(
    topic: str, figures: dict[str, Any] | None, names: Sequence[str], counted: str
) -> list[Row]:
    return [(f"{topic}.{name}", figures[name], counted) for name in names] if figures else []


def _row(path: str, figures: dict[str, Any], part: str, whole: str) -> Row:
    name = path.rsplit(".", 1)[-1]
    return path, figures[name], f"{figures[part]} of {figures[whole]} {whole.replace('_', ' ')}"


def _status_rows(numbers: dict[str, Any], status: str) -> list[Row]:
    one = numbers[status]
    return [
        _row(f"numbers.{status}.precision", one, "right", "tracks"),
        (
            f"numbers.{status}.coverage",
            one["coverage"],
            f"{one['covered']} of {numbers['readable']} readable players",
        ),
        (
            f"numbers.{status}.frames_to_first_right",
            one["frames_to_first_right"],
            f"median of {one['players_right']} players",
        ),
    ]
