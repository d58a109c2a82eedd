"""Counts as plain values and back."""

from __future__ import annotations

import json

from planted import Game, evaluate_clips

from hoop_plugins.evaluation.counts import ClipCounts, pack, unpack
from hoop_plugins.evaluation.report import EvaluationReport


def test_counts_come_back_as_they_were() -> None:
    clips = []
    for index in range(5):
        game = Game(12)
        game.remove("players", 11, range(1, index + 2))
        game.change("numbers", 12, [3], text="7")
        clips.append(game.clip(f"clip{index}"))
    report = evaluate_clips(clips)
    packed = json.loads(json.dumps({name: pack(counts) for name, counts in report.clips.items()}))
    again = EvaluationReport({name: unpack(ClipCounts, counts) for name, counts in packed.items()})
    assert again.to_json() == report.to_json()


def test_counts_of_an_earlier_version_say_nothing_of_verdicts() -> None:
    counts = evaluate_clips([Game(12).clip("clip")]).clips["clip"]
    packed = json.loads(json.dumps(pack(counts)))
    del packed["numbers"]["verdicts"]
    figures = EvaluationReport({"clip": unpack(ClipCounts, packed)}).to_json()["numbers"]
    assert figures["verdicts"] == {"verdicts": 0, "calibration_error": None, "reliability": []}
