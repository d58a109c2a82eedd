"""Numbers read on torsos: what is compared with the ground truth, and what is not."""

from __future__ import annotations

import numpy as np
import people
import pytest
from fiftyone import ViewField as F

import hoop_plugins
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.evaluation.clips import clip_of
from hoop_plugins.evaluation.job import compare_clip
from hoop_plugins.stages.pair import PairNumbers, PairSettings
from hoop_plugins.stages.read import reading
from hoop_plugins.stages.validate import ValidateSettings, validate
from hoop_plugins.training.crop_labels import SOURCES


@pytest.fixture
def torsos(clip: SampleStore) -> SampleStore:
    """The numbers of all players looked for on torsos; 23 is read right, 7 as 1, others not."""
    people.decide(clip)
    people.label(clip)
    list(PairNumbers(PairSettings(source="torso")).run([clip]))
    for index, text in ((1, "23"), (2, "1"), (3, "")):
        row = np.zeros(len(NUMBERS) + 1, np.float32)
        row[NUMBERS.index(text) if text else -1] = 1
        clip.assign("numbers", [(index, frame, reading(row)) for frame in (5, 10)])
    return clip


def labeled_numbers(clip: SampleStore) -> None:
    """Gives the players of the ground truth their numbers."""
    numbered = [(p.index, None, {"number": p.number}) for p in people.PEOPLE if p.number]
    clip.assign("ground_truth", numbered)


def test_reads_are_compared_with_the_owners_number(torsos: SampleStore) -> None:
    labeled_numbers(torsos)
    figures = compare_clip(clip_of(torsos), mark=False).numbers.figures()
    assert (figures["reading"]["reads"], figures["reading"]["right"]) == (4, 2)
    assert figures["reading"]["confusion"] == [
        {"truth": "23", "read": "23", "count": 2},
        {"truth": "7", "read": "1", "count": 2},
    ]


def test_places_and_owners_are_not_scored(torsos: SampleStore) -> None:
    figures = compare_clip(clip_of(torsos), mark=False).numbers.figures()["pairing"]
    assert (figures["pairs"], figures["precision"], figures["boxes_paired"]) == (0, None, 0)


def test_the_marks_say_what_was_read_right_and_nothing_else(torsos: SampleStore) -> None:
    labeled_numbers(torsos)
    hoop_plugins.evaluate(torsos.dataset)
    wanted = ("index", "number_correct", "owner_correct", "eval")
    ((_, marks),) = [found for found in torsos.find("numbers", F("text").exists(), wanted)][:1]
    assert [tuple(mark[name] for name in wanted) for mark in marks] == [
        (1, True, None, None),
        (2, False, None, None),
        (3, None, None, None),
    ]


def test_a_corrected_player_teaches_only_where_something_was_read(torsos: SampleStore) -> None:
    torsos.assign("numbers", [(index, None, {"corrected": "7"}) for index in (2, 3)])
    found = list(SOURCES["corrections"](torsos))
    assert [(index, frame, answer) for index, frame, _, answer, _ in found] == [
        (2, 5, "7"),
        (2, 10, "7"),
    ]


@pytest.mark.parametrize(
    ("torso", "status"),
    [
        ([False] * 3, "validated"),
        ([True] * 3, "tentative"),
        ([True] * 4, "validated"),
        ([True, True, True, False], "validated"),
        ([True, True, False], "tentative"),
    ],
)
def test_torsos_must_agree_more_often(torso: list[bool], status: str) -> None:
    row = np.zeros(len(NUMBERS) + 1)
    row[NUMBERS.index("23")], row[-1] = 0.9, 0.1
    verdict = validate(np.array([row] * len(torso)), ValidateSettings(), torsos=torso)
    assert (verdict.number, verdict.number_status) == ("23", status)
