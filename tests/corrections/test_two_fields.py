"""Two fields of players on one dataset: what lies over the one is not taken for the other's."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread
from typing import Any

import fiftyone as fo
import pytest
from bson import ObjectId
from corrected_game import strip
from editor_edits import draw, edit

from hoop_plugins import corrections
from hoop_plugins.corrections.unaided import keep, kept
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore

RIVAL = Fields(players="rival", numbers="rival_numbers", tracks="rival_tracks")
BOX = [0.06, 0.3, 0.11, 0.5]


def stored(clip: SampleStore) -> list[Any]:
    """What the database holds of one field's players, their numbers and tracks."""
    frames = clip._frames.find({"_sample_id": ObjectId(clip.sample_id)}).sort("frame_number", 1)
    fields = (clip.names.players, clip.names.numbers)
    labels = [[strip(frame[field]) for field in fields] for frame in frames]
    return [*labels, {index: vars(track) for index, track in clip.read_tracks().items()}]


def put_right(clip: SampleStore) -> None:
    edit(clip, 1, 8, bounding_box=BOX)
    draw(clip, 4, 5, [0.9, 0.1, 0.05, 0.2])
    corrections.correct(clip, 2, number="99")
    stretches = [corrections.Stretch(1, 1, 9, 2, None)]
    corrections.write_unaided(clip, corrections.Unaided(1, stretches, clip.read_tracks()))


def named_otherwise(clip: SampleStore) -> SampleStore:
    return SampleStore(clip.dataset, clip.sample_id, RIVAL)


def beside(left: SampleStore) -> SampleStore:
    """The same players again, in fields of other names."""
    for role in ("players", "numbers"):
        left.dataset.clone_frame_field(role, getattr(RIVAL, role))
    left.dataset.clone_sample_field("tracks", RIVAL.tracks)
    return named_otherwise(left)


def test_of_each_field_its_own_predictions_come_back(left: SampleStore) -> None:
    rival = beside(left)
    tracks = rival.read_tracks()
    rival.write_tracks([replace(tracks.pop(2), number="5"), *tracks.values()])
    rival.assign("players", [(2, None, {"number": "5"})])
    before, others = stored(left), stored(rival)
    put_right(left)
    assert corrections.read_unaided(rival) is None
    shown = stored(left)
    for _ in range(2):
        with corrections.lifted([rival]):
            assert (stored(left), stored(rival)) == (shown, others)
        assert stored(rival) != others
        with corrections.lifted([left]):
            assert stored(left) == before
        assert stored(left) == shown
    assert corrections.read_unaided(left).corrections == 1


@pytest.mark.parametrize("theirs", [False, True], ids=["alone", "beside others' players"])
def test_entries_that_do_not_say_of_which_field_they_are_still_open(
    left: SampleStore, theirs: bool
) -> None:
    before = stored(left)
    put_right(left)
    for role in ("players", "numbers"):
        left.dataset.rename_frame_field(role, getattr(RIVAL, role))
    left.dataset.rename_sample_field("tracks", RIVAL.tracks)
    if theirs:
        left.dataset.add_frame_field(
            "players", fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections
        )
        sample = left.dataset.first()
        detection = fo.Detection(label="player", bounding_box=BOX, index=1)
        sample.frames[1]["players"] = fo.Detections(detections=[detection])
        sample.save()
    rival = named_otherwise(left)
    shown = stored(rival)
    assert corrections.read_unaided(rival).corrections == 1
    with corrections.lifted([rival]):
        assert stored(rival) == before
    assert stored(rival) == shown
    assert all(name.endswith(" rival") for name in rival.value("corrected"))
    assert {"people", "tracks", "shapes", "drawn", "unaided"} <= kept(rival).keys()
    assert kept(SampleStore(left.dataset, left.sample_id)) == {}


def test_what_two_write_at_one_time_is_all_kept(left: SampleStore) -> None:
    def write(name: str) -> None:
        clip = SampleStore(left.dataset, left.sample_id)
        for value in range(25):
            keep(clip, **{f"{name}_{value}": value})

    threads = [Thread(target=write, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept(left)) == 2 * 25
    keep(left, one_0=None)
    assert "one_0" not in kept(left)


def test_entries_stay_with_their_field_when_the_other_one_goes(left: SampleStore) -> None:
    rival = beside(left)
    before = stored(rival)
    put_right(left)
    corrections.correct(rival, 3, number="77")
    left.dataset.delete_frame_field("players")
    assert corrections.read_unaided(rival) is None
    corrections.correct(rival, 1, number="7")
    with corrections.lifted([rival]):
        assert stored(rival) == before


def test_entries_stay_with_players_who_do_not_say_whose_they_are(left: SampleStore) -> None:
    rival = beside(left)
    left.assign("players", [(index, None, {"made_by": None}) for index in left.read_tracks()])
    before = stored(left)
    corrections.correct(left, 2, number="99")
    corrections.correct(rival, 2, number="77")
    with corrections.lifted([left]):
        assert stored(left) == before


def test_entries_follow_a_field_that_is_renamed(left: SampleStore) -> None:
    rival = beside(left)
    before = stored(rival)
    corrections.correct(rival, 2, number="77")
    left.dataset.rename_frame_field("rival", "renamed")
    renamed = SampleStore(left.dataset, left.sample_id, replace(RIVAL, players="renamed"))
    with corrections.lifted([renamed]):
        assert stored(renamed) == before
    assert all(name.endswith(" renamed") for name in renamed.value("corrected"))
