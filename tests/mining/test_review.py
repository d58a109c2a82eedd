"""The review queue's order, by hand-made evidence, and what it reads of labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest
from fiftyone import ViewField as F

import hoop_plugins
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.job import Evaluation
from hoop_plugins.mining.review import (
    Evidence,
    Kind,
    NumberRead,
    Sight,
    choose_stills,
    expected,
    rank,
    reasons_of,
)
from hoop_plugins.mining.review_queue import read_queue, review_stores
from hoop_plugins.mining.review_stills import draw_stills

SURE = Track(1, 1, 10, "player", "dark", 0.9, "23", "validated", 0.9)
ROSTER = {("dark", "23"): "Ana Lima", ("dark", "4"): None}


def evidence(track: Track = SURE, reads: str = "23 23 23", **more: Any) -> Evidence:
    sights = [Sight(frame, [0.1, 0.1, 0.1, 0.1 + frame / 100]) for frame in range(1, 11)]
    read = [NumberRead(i, text, 0.9) for i, text in enumerate(reads.split(), start=1)]
    return Evidence(track, sights, read, **more)


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        (evidence(reads="23 28 23"), Kind.READS, "reads disagree: 2 times 23, 1 times 28"),
        (evidence(reads="28 28"), Kind.READS, "most reads say 28, the track 23"),
        (evidence(replace(SURE, team_confidence=0.1)), Kind.MARGINS, "team dark is in doubt: 10%"),
        (evidence(replace(SURE, number_confidence=0.3)), Kind.MARGINS, "23 is in doubt: 30%"),
        (evidence(replace(SURE, number_status="tentative")), Kind.MARGINS, "23 is tentative"),
        (evidence(link=0.5), Kind.MARGINS, "hardly likelier than anybody else (margin 0.5)"),
        (
            evidence(link=-10.5),
            Kind.MARGINS,
            "else is likelier, but placed elsewhere (margin -10.5)",
        ),
        (evidence(replace(SURE, number="9"), reads="9"), Kind.ROSTER, "roster of dark has no 9"),
        (evidence(twins=1), Kind.ROSTER, "a teammate has number 23 too, in 1 frame"),
        (evidence(wrong=3), Kind.TRUTH, "wrong by the ground truth in 3 frames"),
        (evidence(replace(SURE, number=None), reads=""), Kind.UNREAD, "no number yet"),
    ],
)
def test_each_doubt_is_a_reason(given: Evidence, kind: Kind, text: str) -> None:
    (reason,) = reasons_of(given, ROSTER)
    assert reason.kind is kind
    assert text in reason.text


@pytest.mark.parametrize(
    "given",
    [
        evidence(),
        evidence(reads=" ".join(["23"] * 9 + ["28"])),
        evidence(Track(5, 1, 9, "referee")),
        evidence(replace(SURE, team="guests", number="9"), reads="9"),
        evidence(link=9.0),
    ],
)
def test_nobody_asks_where_all_seems_well(given: Evidence) -> None:
    assert reasons_of(given, ROSTER) == []


def test_the_worst_reason_comes_first_and_orders_tracks() -> None:
    both = reasons_of(evidence(reads="23 28 23", twins=5), {})
    assert [reason.kind for reason in both] == [Kind.READS, Kind.ROSTER]
    worse = reasons_of(evidence(reads="23 28 23 28 4"), {})
    unread = reasons_of(evidence(replace(SURE, number=None), reads=""), {})
    assert sorted([rank(unread, 9), rank(both, 9), rank(worse, 9)]) == [
        rank(worse, 9),
        rank(both, 9),
        rank(unread, 9),
    ]


def test_what_is_expected_is_the_truth_or_else_the_roster() -> None:
    true: Counter[Any] = Counter({("light", "16"): 8, None: 2})
    assert expected(evidence(true=true), ROSTER) == "light 16 (ground truth)"
    assert expected(evidence(true=Counter({None: 2})), {}) == "nobody (ground truth)"
    assert expected(evidence(), ROSTER) == "Ana Lima (roster)"
    nine = evidence(replace(SURE, number="9"))
    assert expected(nine, ROSTER) == "one of 4, 23 (roster of dark)"
    assert expected(nine, {}) == ""


def test_stills_show_each_number_and_are_spread_over_time() -> None:
    stills = choose_stills(evidence(reads="23 28 23"))
    assert {sight.frame: caption for sight, caption in stills} == {
        2: "read 28 90%",
        3: "read 23 90%",
        5: "",
        10: "",
    }
    assert [sight.frame for sight, _ in choose_stills(evidence(reads=""), most=2)] == [5, 10]


@pytest.fixture
def decided(clip: SampleStore) -> SampleStore:
    people.decide(clip)
    return clip


def queue(clip: SampleStore) -> list[int]:
    (store,) = review_stores(clip.dataset)
    return [item.index for item in read_queue(store).items]


def change(clip: SampleStore, index: int, **values: Any) -> None:
    tracks = clip.read_tracks()
    tracks[index] = replace(tracks[index], **values)
    clip.assign("players", [(index, None, values)])
    clip.write_tracks(tracks.values())


def test_who_was_answered_for_is_not_asked_again(decided: SampleStore) -> None:
    assert queue(decided) == []
    change(decided, 2, number=None)
    change(decided, 3, team_confidence=0.2)
    assert queue(decided) == [3, 2]
    hoop_plugins.correct(decided.dataset, 3, confirm=True)
    found = read_queue(decided)
    assert ([item.index for item in found.items], found.looked) == ([2], 1)
    hoop_plugins.correct(decided.dataset, 2, not_a_person=True)
    assert read_queue(decided).looked == 2


def test_errors_against_truth_say_what_is_expected(decided: SampleStore) -> None:
    people.label(decided)
    truth = {frame: people.tracked(frame) for frame in range(1, 31)}
    for found in truth.values():
        found.data["number"] = np.array([one.number for one in people.PEOPLE], object)
        found.data["team"] = np.array([one.team for one in people.PEOPLE], object)
    decided.write("ground_truth", truth)
    change(decided, 1, number="28")
    list(Evaluation(decided.dataset).run())
    (item,) = read_queue(decided).items
    assert item.reasons == ["wrong by the ground truth in 30 frames"]
    assert (item.title, item.expected) == ("dark 28", "dark 23 (ground truth)")


def test_teammates_of_one_number_are_both_asked_about(decided: SampleStore) -> None:
    change(decided, 1, number="7")
    assert sorted(queue(decided)) == [1, 2]


def test_a_view_of_some_tracks_asks_for_these_alone(decided: SampleStore) -> None:
    for index in (2, 3):
        change(decided, index, number=None)
    view = decided.dataset.filter_labels("frames.players", F("index") == 3)
    (store,) = review_stores(view)
    assert [item.index for item in read_queue(store).items] == [3]
    patches = decided.dataset.to_frames(sample_frames="dynamic").to_patches("players")
    assert len(review_stores(patches)) == 1


def test_labels_that_nobody_of_ours_made(dataset: fo.Dataset, make_video: Any) -> None:
    sample = fo.Sample(filepath=str(make_video(frames=4)))
    for frame in range(1, 5):
        boxes = [
            fo.Detection(label="person", bounding_box=[0.2 * i, 0.2, 0.1, 0.5], index=i)
            for i in (1, 2)
        ]
        plain = fo.Detections(detections=[fo.Detection(label="x", bounding_box=[0, 0, 1, 1])])
        sample.frames[frame] = fo.Frame(boxes=plain, athletes=fo.Detections(detections=boxes))
    dataset.add_sample(sample)
    (store,) = review_stores(dataset)
    assert store.names.players == "athletes"
    found = read_queue(store)
    assert [item.reasons for item in found.items] == [["no number yet"]] * 2
    assert not dataset.has_sample_field("tracks")


def test_pictures_are_jpegs_that_a_browser_shows(decided: SampleStore) -> None:
    change(decided, 2, number=None)
    (item,) = read_queue(decided).items
    (drawn,) = draw_stills(decided, [item.stills])
    assert len(drawn.crops) == len(item.stills) == 4
    assert all(one.startswith("data:image/jpeg;base64,/9j/") for one in [*drawn.crops, drawn.frame])


def test_without_videos_it_says_so(dataset: fo.Dataset) -> None:
    with pytest.raises(HoopError, match="nothing yet, no videos"):
        review_stores(dataset)
