"""Tracking again where labels, corrections or pictures are not as one expects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import fiftyone as fo
import numpy as np
import pytest
import supervision as sv
from corrected_game import run
from editor_edits import changed, draw, remove
from straying import (
    FOUND,
    FRAMES,
    LOST,
    Obedient,
    Straying,
    frames,
    places,
    put_right,
    right,
)

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.stages import again
from hoop_plugins.stages.relink import as_before


def test_labels_of_others_stay_and_so_do_tags(walk: SampleStore) -> None:
    put_right(walk)
    sample = walk.dataset.first()
    for frame in (LOST + 2, LOST + 5, FOUND + 1):
        theirs = fo.Detection(label="mascot", bounding_box=right(frame), mood="merry")
        sample.frames[frame].players.detections.append(theirs)
    sample.frames[LOST + 5].players.detections[1].tags = ["seen"]
    sample.save()
    assert hoop_plugins.track_again(walk.dataset, LOST + 2).last == FOUND + 3
    walk.dataset.reload()
    for number, frame in walk.dataset.first().frames.items():
        shown = frame.players.detections
        theirs = [one.mood for one in shown if one.label == "mascot"]
        assert theirs == ["merry"] * (number in (LOST + 2, LOST + 5, FOUND + 1)), number
        assert [one.index for one in shown if one.label != "mascot"] == [1, 2, 3, 4, 5]
        tagged = [(one.index, one.tags) for one in shown if one.tags]
        assert tagged == [(2, ["seen"])] * (number == LOST + 5), number


def test_unmarked_labels_of_earlier_versions_are_replaced(walk: SampleStore) -> None:
    put_right(walk)
    walk._frames.update_many({}, {"$unset": {"players.detections.$[].made_by": ""}})
    walk.runs._update({"$unset": {"recognition.track.video": ""}})
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert [len(found) for _, found in walk.read("players")] == [5] * FRAMES


def test_it_tracks_with_the_options_that_were_settings_once(walk: SampleStore) -> None:
    entry = walk.progress("track")
    walk.runs.record("track", **entry | {"settings": {"model": "Obedient", "check_every": 3}})
    assert as_before(walk, "track").settings.options == {"check_every": 3}


def test_a_false_track_that_is_removed_does_not_come_back(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Straying.step

    def known(*given: Any) -> sv.Detections:
        found = step(*given)
        return found.select(found.tracker_id < 90)

    monkeypatch.setattr(Obedient, "step", known)
    remove(walk, 3, 12, 12)
    made = hoop_plugins.track_again(walk.dataset, 12)
    assert (made.first, made.last, made.why) == (13, FRAMES, "the clip ends there")
    assert list(places(walk, 3)) == list(range(1, 12))
    assert walk.read_tracks()[3].last == 11


def test_of_whom_no_label_is_left_nobody_is_gone(walk: SampleStore) -> None:
    remove(walk, 3, 12, 12)
    corrections.take_over(walk)
    remove(walk, 3, 1, FRAMES)
    assert corrections.people_told(walk, 12).gone == frozenset()


def test_a_tracker_may_lose_everybody(walk: SampleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    put_right(walk)
    monkeypatch.setattr(Obedient, "step", lambda *_: sv.Detections.empty())
    assert hoop_plugins.track_again(walk.dataset, LOST + 2).last == FRAMES
    assert {i: track.last for i, track in walk.read_tracks().items()} == dict.fromkeys(
        range(1, 6), LOST + 2
    )


@pytest.mark.parametrize("answer", [None, sv.Detections(np.ones((1, 4)), np.ones((1, 9, 9), bool))])
def test_what_a_tracker_answers_when_told_is_not_stored(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch, answer: sv.Detections | None
) -> None:
    put_right(walk)
    before = frames(walk)[LOST + 2]
    prompt = Obedient.prompt
    monkeypatch.setattr(Obedient, "prompt", lambda *given: prompt(*given) and answer)
    assert hoop_plugins.track_again(walk.dataset, LOST + 2).last == FOUND + 3
    assert frames(walk)[LOST + 2] == before


def test_others_boxes_are_not_what_was_put_right(walk: SampleStore) -> None:
    draw(walk, 5, 5, right(5), label="mascot")
    with pytest.raises(HoopError, match="nobody was put right in frame 5"):
        corrections.people_told(walk, 5)


def test_where_pictures_end_before_the_clip_it_says_so(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "MEETS", 99)
    put_right(walk)
    path = Path(walk.dataset.first().filepath)
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    for position, size in packets[25:]:
        content[position : position + size] = b"\xff" * size
    path.write_bytes(content)
    made = hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert 20 <= made.last < walk.frame_count
    assert made.why == "no picture can be read after that"


@pytest.mark.parametrize("track", [None, 9])
def test_what_is_refused_overtakes_nobody(walk: SampleStore, track: int | None) -> None:
    walk.runs.begin()
    with pytest.raises(HoopError, match="in frame 5"):
        hoop_plugins.track_again(walk.dataset, 5, track=track)
    assert not walk.runs.overtaken


def test_it_ends_before_somebody_is_drawn_again(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Straying.step
    without = lambda *given: (found := step(*given)).select(found.tracker_id != 4)  # noqa: E731
    monkeypatch.setattr(Obedient, "step", without)
    run(walk, "track", tracker="Obedient")
    draw(walk, 8, 12, right(10, 4), label="player")
    unlabeled = {"$pull": {"players.detections": {"index": None}}}
    changed(walk, {"$in": [10, 11]}, unlabeled)
    monkeypatch.setattr(Obedient, "step", step)
    made = hoop_plugins.track_again(walk.dataset, 8)
    assert (made.first, made.last, made.why) == (9, 11, "frame 12 was put right, too")
    shown = next(found for _, found in walk.read("players", 12, 12))
    assert "drawn" in shown.data["edited"].tolist()
