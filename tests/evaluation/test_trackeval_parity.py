"""Tracking metrics equal those of TrackEval and of Roboflow's trackers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hoop_plugins.evaluation.counts import pool
from hoop_plugins.evaluation.matching import Overlaps, box_iou, renumber
from hoop_plugins.evaluation.tracking import SequenceCounts, measure_sequence

NAMES = ("hota", "deta", "assa", "loca", "mota", "motp", "idf1", "idp", "idr")
WHOLE = ("id_switches", "fragmentations", "mostly_tracked", "partly_tracked", "mostly_lost")
THEIR_NAMES = (
    *("HOTA", "DetA", "AssA", "LocA", "MOTA", "MOTP", "IDF1", "IDP", "IDR"),
    *("IDSW", "Frag", "MT", "PT", "ML"),
)

# By TrackEval 1.3.0: NAMES, then WHOLE, of random_sequence(seed); the last of all three combined.
REFERENCE = {
    "1": [
        0.2303225184,
        0.4981693591,
        0.1074484861,
        0.7841095366,
        0.524691358,
        0.7483314908,
        0.2887029289,
        0.2936170213,
        0.2839506173,
        45,
        95,
        2,
        5,
        0,
    ],
    "2": [
        0.2879227419,
        0.495850806,
        0.1680102933,
        0.7876853025,
        0.547920434,
        0.7518578185,
        0.3701657459,
        0.3771106942,
        0.3634719711,
        30,
        106,
        3,
        5,
        0,
    ],
    "3": [
        0.3240421792,
        0.5002559667,
        0.2108811775,
        0.7810780994,
        0.5665584416,
        0.7431504538,
        0.4307944308,
        0.4347107438,
        0.4269480519,
        32,
        115,
        6,
        3,
        0,
    ],
    "combined": [
        0.2871105236,
        0.498126114,
        0.1663703818,
        0.7841377855,
        0.5480362538,
        0.7475478513,
        0.3689855961,
        0.3743781095,
        0.3637462236,
        107,
        316,
        11,
        13,
        0,
    ],
}


def random_sequence(seed: int) -> list[Overlaps]:
    """People who wander, with tracks that slip, break off, swap, and follow nobody."""
    random = np.random.default_rng(seed)
    people, frames = 6 + seed, 80
    place = random.uniform(0, 300, (people, 2))
    size = random.uniform((40, 80), (90, 200), (people, 2))
    track_of = np.arange(people) * 3 + 7
    sequence = []
    for frame in range(frames):
        place += random.normal(0, 6, place.shape)
        boxes = np.concatenate([place, place + size], axis=1)
        if random.random() < 0.15:
            first, second = random.choice(people, 2, replace=False)
            track_of[[first, second]] = track_of[[second, first]]
        if random.random() < 0.1:
            track_of[random.integers(people)] = 100 + frame
        present, found = random.random(people) < 0.9, random.random(people) < 0.85
        predicted = boxes[found] + random.normal(0, 8, (int(found.sum()), 4))
        tracks = track_of[found]
        if random.random() < 0.3:
            predicted = np.concatenate([predicted, random.uniform(0, 200, (1, 4)).cumsum(axis=1)])
            tracks = np.append(tracks, 500)
        if frame % 20 == 11:
            present[:] = False
        if frame % 20 == 15:
            predicted, tracks = predicted[:0], tracks[:0]
        truth = np.flatnonzero(present) * 2 + 1
        sequence.append(Overlaps(truth, tracks, box_iou(boxes[present], predicted)))
    return sequence


def measure(sequence: list[Overlaps]) -> SequenceCounts:
    return measure_sequence(renumber(sequence))


def trackeval_reference(sequences: list[list[Overlaps]]) -> list[float]:
    metrics = pytest.importorskip("trackeval.metrics")
    by_metric = []
    for metric in (
        metrics.HOTA(),
        metrics.CLEAR({"PRINT_CONFIG": False}),
        metrics.Identity({"PRINT_CONFIG": False}),
    ):
        results = {}
        for number, sequence in enumerate(sequences):
            frames = renumber(sequence)
            truth = np.concatenate([frame.truth for frame in frames])
            tracks = np.concatenate([frame.tracks for frame in frames])
            results[str(number)] = metric.eval_sequence(
                {
                    "num_timesteps": len(frames),
                    "gt_ids": [frame.truth for frame in frames],
                    "tracker_ids": [frame.tracks for frame in frames],
                    "similarity_scores": [frame.similarity for frame in frames],
                    "num_gt_dets": len(truth),
                    "num_tracker_dets": len(tracks),
                    "num_gt_ids": len(np.unique(truth)),
                    "num_tracker_ids": len(np.unique(tracks)),
                }
            )
        by_metric.append(metric.combine_sequences(results))
    theirs = {name: float(np.mean(value)) for result in by_metric for name, value in result.items()}
    return [theirs[name] for name in THEIR_NAMES]


def trackers_reference(sequences: list[list[Overlaps]]) -> list[float]:
    """By Roboflow's trackers; of several sequences it combines the counts, as TrackEval does."""
    metrics = pytest.importorskip("trackers.eval")
    theirs: dict[str, float] = {}
    for name in ("hota", "clear", "identity"):
        compute = getattr(metrics, f"compute_{name}_metrics")
        each = []
        for sequence in sequences:
            frames = renumber(sequence)
            each.append(
                compute(
                    [frame.truth for frame in frames],
                    [frame.tracks for frame in frames],
                    [frame.similarity for frame in frames],
                )
            )
        theirs |= getattr(metrics, f"aggregate_{name}_metrics")(each)
    return [theirs[name] for name in THEIR_NAMES]


def ours(sequences: list[list[Overlaps]]) -> list[float]:
    figures = pool([measure(sequence) for sequence in sequences]).figures()
    return [figures[name] for name in (*NAMES, *WHOLE)]


SETS = {"1": [1], "2": [2], "3": [3], "combined": [1, 2, 3]}


@pytest.mark.parametrize("name", SETS)
def test_equals_reference_values(name):
    assert ours([random_sequence(seed) for seed in SETS[name]]) == pytest.approx(
        REFERENCE[name], abs=1e-6
    )


@pytest.mark.parametrize("seeds", [*([seed] for seed in range(8)), list(range(8))])
def test_equals_trackeval(seeds):
    sequences = [random_sequence(seed) for seed in seeds]
    assert ours(sequences) == pytest.approx(trackeval_reference(sequences), abs=1e-6)


@pytest.mark.parametrize("seeds", [*([seed] for seed in range(4)), list(range(4))])
def test_equals_trackers(seeds):
    sequences = [random_sequence(seed) for seed in seeds]
    assert ours(sequences) == pytest.approx(trackers_reference(sequences), abs=1e-6)


def test_equals_trackeval_where_there_are_no_tracks():
    sequence = [replace_tracks(frame) for frame in random_sequence(1)]
    assert ours([sequence]) == pytest.approx(trackeval_reference([sequence]), abs=1e-6)


def replace_tracks(frame: Overlaps) -> Overlaps:
    return replace(frame, tracks=frame.tracks[:0], similarity=frame.similarity[:, :0])


# The examples of TrackEval's own tests (github.com/JonathonLuiten/TrackEval, tests/test_metrics.py,
# MIT License, Copyright (c) 2020 Jonathon Luiten), with the values expected there: in which of the
# five frames each person and each track is there, and in which they overlap wholly.
Present = dict[int, str]
PUBLISHED: dict[str, tuple[Present, Present, dict[tuple[int, int], str], dict[str, float]]] = {
    "no confusion": (
        {0: "11111", 1: "11100"},
        {0: "11110", 1: "11111"},
        {(0, 1): "00011", (1, 0): "11000"},
        {"mota": 1 - 9 / 8, "id_switches": 0, "idr": 4 / 8, "idp": 4 / 9, "idf1": 8 / 17},
    ),
    "with confusion": (
        {0: "11111", 1: "11100"},
        {0: "11110", 1: "11111"},
        {(0, 1): "00011", (1, 0): "11000", (0, 0): "00100", (1, 1): "01000"},
        {"mota": 1 - 8 / 8, "id_switches": 1, "idr": 4 / 8, "idp": 4 / 9, "idf1": 8 / 17},
    ),
    "split tracks": (
        {0: "11011", 1: "11111"},
        {0: "11000", 1: "00111", 2: "00001", 3: "00111", 4: "11000"},
        {(0, 0): "11000", (0, 3): "00011", (1, 1): "00110", (1, 2): "00001", (1, 4): "11000"},
        {"mota": 1 - 5 / 9, "id_switches": 3, "idr": 4 / 9, "idp": 4 / 11, "idf1": 8 / 20},
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_equals_the_published_examples_of_trackeval(name):
    people, tracks, overlaps, expected = PUBLISHED[name]
    sequence = []
    for frame in range(5):
        here, there = (
            [index for index, frames in present.items() if frames[frame] == "1"]
            for present in (people, tracks)
        )
        whole = {pair for pair, frames in overlaps.items() if frames[frame] == "1"}
        similarity = [[float((person, track) in whole) for track in there] for person in here]
        sequence.append(Overlaps(np.array(here), np.array(there), np.array(similarity)))
    figures = measure(sequence).figures()
    assert {name: figures[name] for name in expected} == pytest.approx(expected)
