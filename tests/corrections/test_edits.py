"""What people change in FiftyOne's own editor is not lost, and not taken for a prediction.

The editor's edits are made as it makes them: by what was measured of FiftyOne 1.22.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import people
import pytest
from bson import ObjectId
from corrected_game import everything, run, shown, split
from fiftyone import ViewField as F

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.data.label_codec import identity_values
from hoop_plugins.data.store import SampleStore

NEW = {"_cls": "Instance", "_id": ObjectId()}


def edit(clip: SampleStore, index: int, first: int = 1, **values: Any) -> None:
    """Sets attributes of a track's labels from a frame on, as the editor does: past our store."""
    clip._frames.update_many(
        {**clip._mine, "frame_number": {"$gte": first}},
        {"$set": {f"players.detections.$[one].{name}": value for name, value in values.items()}},
        array_filters=[{"one.index": index}],
    )


def delete(clip: SampleStore, index: int) -> None:
    clip._frames.update_many(clip._mine, {"$pull": {"players.detections": {"index": index}}})


def said(clip: SampleStore) -> list[tuple[str, str]]:
    return [(one.attribute, one.value) for one in corrections.listed(clip)]


def test_nothing_is_taken_over_where_nobody_edited(left):
    before = everything(left)
    assert corrections.take_over(left) == []
    assert (said(left), everything(left)) == ([], before)


@pytest.mark.parametrize(
    ("attribute", "value", "correction"),
    [
        ("number", "44", ("number", "44")),
        ("team", "light", ("team", "light")),
        ("label", "referee", ("role", "referee")),
        ("label", "not a person", ("not_a_person", "true")),
    ],
)
def test_an_edited_value_becomes_a_correction_that_outlives_runs(
    attribute, value, correction, left
):
    before = everything(left)
    edit(left, 1, **{attribute: value})
    assert corrections.take_over(left) == []
    assert said(left) == [correction]
    assert shown(left, "class_name" if attribute == "label" else attribute)[1] == {value}
    run(left, "validate")
    assert said(left) == [correction]
    assert shown(left, "class_name" if attribute == "label" else attribute)[1] == {value}
    corrections.undo(left, [one.key for one in corrections.listed(left)])
    assert everything(left) == before


def test_a_run_takes_edits_over_by_itself(left):
    edit(left, 1, number="44")
    run(left, "validate")
    assert said(left) == [("number", "44")]
    assert left.read_tracks()[1].number == "44"
    (truth,) = corrections.as_truth(left)
    assert [track.number for track in truth.predicted] == ["7"]


def test_tables_and_files_know_edits_at_once(left, tmp_path):
    edit(left, 1, number="44")
    edit(left, 2, first=16, instance=NEW)
    early = left.dataset.match_frames(F("frame_number") <= 4)
    assert hoop_plugins.table(early).number.tolist()[:2] == ["44", "23"]
    assert ("number", "44") in said(left)
    whole = hoop_plugins.table(left.dataset)
    assert (len(whole), set(whole[whole.player == 1].number_status)) == (5, {"corrected"})
    delete(left, 3)
    hoop_plugins.export(left.dataset, tmp_path / "out", "mot", field="frames.players")
    assert ("not_a_person", "true") in said(left)


def test_an_edit_goes_before_what_was_corrected_earlier(left):
    corrections.correct(left, 1, number="55")
    edit(left, 1, number="44")
    corrections.correct(left, 2, team="light")
    assert sorted(said(left)) == [("number", "44"), ("team", "light")]


def test_a_merge_makes_one_person_of_two_tracks(left):
    split(left, 1, 9, at=16)
    with corrections.lifted([left]):
        pass
    edit(left, 9, **{"instance": identity_values(left.sample_id, 1)["instance"]})
    assert corrections.take_over(left) == []
    assert said(left) == [("same_as", "1")]
    assert set(left.read_tracks()) == {1, 2, 3, 4, 5}
    assert (left.read_tracks()[1].first, left.read_tracks()[1].last) == (1, 30)


def test_a_split_is_told_as_somebody_else(left):
    edit(left, 1, first=16, instance=NEW)
    (line,) = corrections.take_over(left)
    assert "somebody else from frame 16 on" in line
    assert "link" in line
    assert said(left) == [("other_from", "16")]
    (one,) = corrections.listed(left)
    assert (one.frame, one.other_frame) == (16, 15)


def test_a_deleted_track_is_not_a_person(left):
    delete(left, 3)
    assert corrections.take_over(left) == []
    assert said(left) == [("not_a_person", "true")]
    assert 3 not in left.read_tracks()
    assert corrections.take_over(left) == []


@pytest.mark.parametrize("value", ["abc", None, "100"])
def test_what_is_no_number_stays_and_is_told(value, left):
    edit(left, 1, number=value)
    (line,) = corrections.take_over(left)
    assert line.startswith(f"{left.name}, track 1: ")
    assert "0 to 99" in line
    assert said(left) == []
    assert shown(left, "number")[1] == {value}


def test_what_was_edited_in_some_frames_alone_stays_and_is_told(left):
    edit(left, 1, first=10, number="44")
    (line,) = corrections.take_over(left)
    assert "in some frames alone, 44 and 7" in line
    assert shown(left, "number")[1] == {"7", "44"}


def test_labels_of_others_are_left_alone(clip):
    edit(clip, 1, number="44")
    assert corrections.take_over(clip) == []
    assert said(clip) == []
    assert shown(clip, "number")[1] == {"44"}


def test_what_our_stages_write_is_no_edit(left):
    left.assign("players", [(1, None, {"number": "44"})])
    assert corrections.take_over(left) == []
    left.assign("players", [(1, None, identity_values(left.sample_id, 9))])
    assert corrections.take_over(left) == []


def test_an_evaluation_that_writes_nothing_says_that_edits_are_measured(left):
    truth = {frame: people.tracked(frame) for frame in range(1, 31)}
    for found in truth.values():
        for name in ("team", "number"):
            found.data[name] = np.array([getattr(person, name) for person in people.PEOPLE], object)
    left.write("ground_truth", truth)
    before = hoop_plugins.evaluate(left.dataset, mark=False)
    edit(left, 2, number="7")
    edited = everything(left)
    report = hoop_plugins.evaluate(left.dataset, mark=False)
    assert (everything(left), said(left)) == (edited, [])
    assert report.to_json()["numbers"] != before.to_json()["numbers"]
    told = "what was changed in FiftyOne's own editor in clip.mp4 is no correction yet"
    (note,) = report.notes
    assert note.startswith(told)
    marked = hoop_plugins.evaluate(left.dataset)
    assert said(left) == [("number", "7")]
    assert marked.notes == before.notes == []
    assert marked.to_json()["numbers"] == before.to_json()["numbers"]
