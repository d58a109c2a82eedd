"""Who tracks again from what was put right makes no score better by that alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import fiftyone as fo
import people
import pytest
from bson import ObjectId
from corrected_game import PROFILE, read, run
from editor_edits import draw, edit
from fiftyone import ViewField as F
from straying import FOUND, FRAMES, LOST, film, places, put_right, right

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.data.detections import objects
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages import again
from hoop_plugins.stages.pipeline import build_stages, run_stages

STRETCH = range(LOST + 3, FOUND + 4)
LEFT_OUT = {LOST + 2, *STRETCH}


def truth(clip: SampleStore) -> None:
    """Writes the ground truth, with teams and numbers."""
    people.label(clip)
    labels = dict(clip.read("ground_truth"))
    for found in labels.values():
        who = [people.PEOPLE[index - 1] for index in found.tracker_id.tolist()]
        found.data["team"] = objects([person.team for person in who])
        found.data["number"] = objects([person.number for person in who])
    clip.write("ground_truth", labels)


def work(*clips: SampleStore) -> None:
    """Does what is built on tracks; teams and reads are given by hand."""
    run(clips[0], "pair")
    for clip in clips:
        tracks = clip.read_tracks()
        for person in people.PEOPLE:
            tracks[person.index].team = person.team
        clip.assign("players", [(p.index, None, {"team": p.team}) for p in people.PEOPLE])
        clip.write_tracks(tracks.values())
        read(clip)
    run(clips[0], "link", "validate")


def figures(view: fo.core.collections.SampleCollection, **how: Any) -> dict[str, Any]:
    """All of an evaluation, but for what says how far people helped."""
    found = hoop_plugins.evaluate(view, **how).to_json()
    for one in (found, *found["clips"].values()):
        del one["corrections"]["tracked_frames"], one["corrections"]["before"]
    return {name: value for name, value in found.items() if name != "notes"}


def as_labels(clip: SampleStore) -> dict[str, Any]:
    """What would be measured of the labels as they are."""
    copy = clip.dataset.clone()
    copy.set_values("corrected", [None] * len(copy))
    found = figures(copy, mark=False)
    copy.delete()
    return found


def marked(clip: SampleStore) -> dict[int, set[int]]:
    """The frames in which labels of each track have a mark."""
    found: dict[int, set[int]] = {}
    for frame, labels in clip.find("players", F("eval").exists()):
        for one in labels:
            found.setdefault(one["index"], set()).add(frame)
    return found


def test_figures_are_the_same_though_tracks_are_right_now(walk: SampleStore) -> None:
    truth(walk)
    work(walk)
    put_right(walk)
    before = figures(walk.dataset)
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert figures(walk.dataset) == before
    work(walk)
    assert figures(walk.dataset) == before
    assert as_labels(walk)["tracking"]["hota"] > before["tracking"]["hota"]
    copy = walk.dataset.clone()
    assert figures(copy) == before
    copy.delete()


def test_notes_say_what_is_measured_until_it_is_tracked_anew(walk: SampleStore) -> None:
    truth(walk)
    put_right(walk)
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    report = hoop_plugins.evaluate(walk.dataset)
    assert report.to_json()["corrections"]["tracked_frames"] == len(STRETCH)
    assert report.notes == [
        "11 frames were tracked from boxes and masks that people put right: measured is what was "
        "predicted before that; hoop run --fresh predicts anew, without it"
    ]
    run(walk, "track", tracker="Obedient")
    assert walk._frames.count_documents({"players.former": {"$exists": True}}) == 0
    assert not walk.value("corrected").get("before")
    report = hoop_plugins.evaluate(walk.dataset)
    assert (report.notes, report.to_json()["corrections"]["tracked_frames"]) == ([], 0)


def test_tracked_again_twice_measured_is_what_was_before_either(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "MEETS", 99)
    truth(walk)
    work(walk)
    put_right(walk)
    draw(walk, 25, 25, [0.9, 0.1, 0.05, 0.2], label="player", number="12")
    before = figures(walk.dataset)
    hoop_plugins.track_again(walk.dataset, 25)
    assert figures(walk.dataset) == before
    work(walk)
    made = hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert made.last == FRAMES
    work(walk)
    assert figures(walk.dataset) == before
    assert as_labels(walk)["tracking"]["hota"] > before["tracking"]["hota"]


def test_only_labels_that_were_measured_are_marked(walk: SampleStore) -> None:
    truth(walk)
    work(walk)
    put_right(walk)
    figures(walk.dataset)
    everywhere = set(range(1, FRAMES + 1))
    assert marked(walk) == dict.fromkeys(range(1, 5), everywhere)
    read_wrong = {n for n, _ in walk.find("numbers", F("number_correct") == False)}  # noqa: E712
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    work(walk)
    figures(walk.dataset, per_label=True, key="mine")
    lost = set(range(LOST, FOUND))
    assert marked(walk) == dict.fromkeys((1, 3, 4), everywhere) | {
        2: everywhere - (lost & LEFT_OUT)
    }
    still = {n for n, _ in walk.find("numbers", F("number_correct") == False)}  # noqa: E712
    assert still == read_wrong
    own = walk.dataset.load_evaluation_results("eval")
    assert len(own.ytrue) == (FRAMES - len(LEFT_OUT)) * 4 + 2
    theirs = {n for n, _ in walk.find("players", F("mine").exists())}
    assert theirs == everywhere - LEFT_OUT


def test_a_view_is_measured_as_before_too(walk: SampleStore) -> None:
    truth(walk)
    work(walk)
    put_right(walk)
    views = [
        walk.dataset.match_frames(F("frame_number") > 14),
        walk.dataset.filter_labels("frames.players", F("index") == 2),
    ]
    before = [figures(view) for view in views]
    assert before[0] != before[1]
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    work(walk)
    assert [figures(view) for view in views] == before


def test_without_ground_truth_the_numbers_that_were_found_before_count(walk: SampleStore) -> None:
    work(walk)
    draw(walk, LOST + 2, LOST + 2, [0.9, 0.1, 0.05, 0.2], label="player", number="12")
    hoop_plugins.correct(walk.dataset, 1, number="23")
    hoop_plugins.correct(walk.dataset, 4, number="11")
    put_right(walk)
    before = figures(walk.dataset)
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    work(walk)
    after = figures(walk.dataset)
    assert after["numbers"]["validated"]["precision"] == before["numbers"]["validated"]["precision"]
    assert after["identity"] == before["identity"]


def test_nor_does_it_help_another_clip_of_the_game(
    walk: SampleStore, dataset: fo.Dataset, tmp_path: Path
) -> None:
    other = film(dataset, tmp_path / "later.mp4")
    for start, clip in enumerate((walk, other)):
        clip.set_value("game", "one")
        clip.set_value("start_time", float(start))
    run(other, "track", tracker="Obedient")
    truth(walk)
    truth(other)
    work(walk, other)
    put_right(walk)
    before = figures(dataset)
    hoop_plugins.track_again(dataset, LOST + 2, sample="walk.mp4")
    work(walk, other)
    tracks = other.read_tracks()
    tracks[1] = replace(tracks[1], number="99")  # as if it had been found out now
    other.write_tracks(tracks.values())
    assert figures(dataset) == before
    report = hoop_plugins.evaluate(dataset.select(other.sample_id))
    assert report.notes == [
        "frames of other clips of the game were tracked from what people put right: measured is "
        "what was predicted before that; hoop run --fresh predicts anew, without it"
    ]
    run(walk, "track", tracker="Obedient")
    assert corrections.read_before(other) is None


def test_of_another_tracker_and_labels_of_others(walk: SampleStore) -> None:
    truth(walk)
    theirs = {"_id": ObjectId(), "_cls": "Detection", "label": "player", "index": 40}
    put_right(walk)
    edit(walk, 3, 18, bounding_box=right(18, 3))
    walk._frames.update_many(
        {**walk._mine, "frame_number": {"$gt": 14}},
        {"$push": {"players.detections": {**theirs, "bounding_box": right(1)}}},
    )
    before = figures(walk.dataset)
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert len(places(walk, 40)) == FRAMES - 14
    assert figures(walk.dataset) == before


def test_who_was_drawn_stays_missed(walk: SampleStore) -> None:
    work(walk)
    draw(walk, 14, 14, [0.9, 0.1, 0.05, 0.2], label="player", number="12")
    for index, track in walk.read_tracks().items():
        if track.number:
            hoop_plugins.correct(walk.dataset, index, number=track.number)
    put_right(walk)
    before = figures(walk.dataset)["numbers"]["validated"]
    assert before["recall"] == 0.8
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert figures(walk.dataset)["numbers"]["validated"] == before


def test_people_in_another_field_are_measured_as_they_are(walk: SampleStore) -> None:
    truth(walk)
    work(walk)
    put_right(walk)
    others = Fields(players="players2", tracks="tracks2", tracklets="tracklets2")
    theirs = SampleStore(walk.dataset, walk.sample_id, others)
    labels = dict(walk.read("players"))
    for found in labels.values():
        found.tracker_id, found.data["track"] = found.tracker_id + 100, found.data["track"] + 100
    theirs.write("players", labels)
    tracks = walk.read_tracks().values()
    theirs.write_tracks(replace(track, index=track.index + 100) for track in tracks)
    before = hoop_plugins.evaluate(walk.dataset, fields=others, mark=False).to_json()
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert hoop_plugins.evaluate(walk.dataset, fields=others, mark=False).to_json() == before
    stages = build_stages(PROFILE.with_models(tracker="Obedient"), ("track",))
    list(run_stages(walk.dataset, stages, names=others, overwrite=True))
    assert corrections.frames_tracked(walk)


def test_stretches_of_an_older_version_are_told(walk: SampleStore) -> None:
    truth(walk)
    put_right(walk)
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    corrections.unaided.keep(walk, before=None)
    walk._frames.update_many(walk._mine, {"$unset": {"players.former": ""}})
    (note,) = hoop_plugins.evaluate(walk.dataset, mark=False).notes
    assert "measured so" in note
