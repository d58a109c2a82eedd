"""The figures that people ask for first. Imports nothing, so that the App can list them."""

from __future__ import annotations

HEADLINES = (
    "tracking.hota",
    "tracking.mota",
    "tracking.idf1",
    "tracking.mask_iou",
    "teams.track_accuracy",
    "teams.frame_accuracy",
    "numbers.pairing.precision",
    "numbers.pairing.recall",
    "numbers.reading.accuracy",
    "numbers.validated.precision",
    "numbers.validated.coverage",
    "numbers.tentative.precision",
    "numbers.tentative.coverage",
    "identity.frame_accuracy",
    "identity.readable",
)
"""The figures that get an interval, besides every label's ``ap50``."""


def metric_name(figure: str) -> str:
    """The name of the operator that gives a figure to FiftyOne's evaluations."""
    return "metric_" + figure.replace(".", "_")
