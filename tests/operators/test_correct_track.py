"""Whatever is selected in whatever view: the right track is corrected, and can be put back."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import ExecutionContext, ExecutionError, Executor

from hoop_plugins.corrections import listed
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.evaluation.job import Evaluation


@pytest.fixture
def game(clip: SampleStore) -> SampleStore:
    """The clip with everybody identified."""
    people.decide(clip)
    return clip


def context(operator: str, view: Any, params: dict[str, Any], **selection: Any) -> ExecutionContext:
    request = {
        "dataset_name": view._root_dataset.name,
        "view": view._serialize(),
        "params": params,
        **selection,
    }
    return ExecutionContext(
        request_params=request,
        executor=Executor(),
        operator_uri=f"@hoop/hoop_plugins/{operator}",
    )


def run(operator: str, view: Any, params: dict[str, Any], **selection: Any) -> Any:
    ctx = context(operator, view, params, **selection)
    return foo.get_operator(f"@hoop/hoop_plugins/{operator}").execute(ctx)


def form(operator: str, view: Any, params: dict[str, Any], **selection: Any) -> Any:
    ctx = context(operator, view, params, **selection)
    operator = foo.get_operator(f"@hoop/hoop_plugins/{operator}")
    return operator.resolve_input(ctx).type.properties


def label(sample_id: str, field: str, label_id: str) -> dict[str, Any]:
    return {"sample_id": sample_id, "field": field, "label_id": label_id}


def test_labels_selected_in_a_video(game: SampleStore) -> None:
    frame = game.dataset.first().frames[7]
    chosen = [
        label(game.sample_id, "frames.players", player.id)
        for player in frame.players.detections
        if player.index in (2, 3)
    ]
    shown = form("correct_track", game.dataset.view(), {}, selected_labels=chosen)
    titles = {prop.view.label for prop in shown.values()}
    assert "Track 2 of clip.mp4: dark 7" in titles
    run("correct_track", game.dataset.view(), {"team": "light"}, selected_labels=chosen)
    assert {i: track.team for i, track in game.read_tracks().items()} == {
        1: "dark",
        2: "light",
        3: "light",
        4: "light",
        5: None,
    }
    assert {one.frame for one in listed(game)} == {7}


@pytest.mark.parametrize("kind", ["frames", "patches", "clips"])
def test_labels_selected_in_other_views(game: SampleStore, kind: str) -> None:
    frames = game.dataset.to_frames(sample_frames="dynamic")
    if kind == "clips":
        view = game.dataset.to_clips("tracks")
        field, sample = "frames.players", view.skip(3).first()
        player = next(one for one in sample.frames[9].players.detections if one.index == 4)
    elif kind == "frames":
        view, field, sample = frames, "players", frames.skip(8).first()
        player = next(one for one in sample.players.detections if one.index == 4)
    else:
        view, field = frames.to_patches("players"), "players"
        sample = next(one for one in view.skip(40) if one.players.index == 4)
        player = sample.players
    chosen = [label(sample.id, field, player.id)]
    run("correct_track", view, {"number": "12"}, selected_labels=chosen)
    assert game.read_tracks()[4].number == "12"
    assert [one.frame for one in listed(game)] == [9]


def test_patches_and_clips_of_tracks_themselves(game: SampleStore) -> None:
    patches = game.dataset.to_frames(sample_frames="dynamic").to_patches("players")
    chosen = next(one for one in patches if one.players.index == 1)
    run("correct_track", patches, {"number": "5"}, selected=[chosen.id])
    clips = game.dataset.to_clips("tracks")
    chosen = next(one for one in clips if one.tracks.index == 2)
    run("correct_track", clips, {"number": "6"}, selected=[chosen.id])
    tracks = game.read_tracks()
    assert (tracks[1].number, tracks[2].number) == ("5", "6")


def test_a_named_track_of_the_only_video_and_back_again(game: SampleStore) -> None:
    view = game.dataset.view()
    result = foo.execute_operator(
        "@hoop/hoop_plugins/correct_track",
        dataset=game.dataset,
        params={"index": 1, "number": "99", "role": "player"},
    ).result
    assert result == {"tracks": [1], "problems": []}
    assert game.read_tracks()[1].number == "99"
    keys = [
        choice.value for choice in form("undo_correction", view, {})["corrections"].view.choices
    ]
    assert run("undo_correction", view, {"corrections": keys})["undone"] == 2
    assert game.read_tracks()[1].number == "23"
    assert "nothing to undo" in form("undo_correction", view, {})["none"].view.label


def test_what_cannot_be_is_refused(game: SampleStore) -> None:
    with pytest.raises(ExecutionError, match="Validation"):
        foo.execute_operator(
            "@hoop/hoop_plugins/correct_track",
            dataset=game.dataset,
            params={"index": 1, "number": "7B"},
        )
    box = game.dataset.first().frames[1].detections.detections[0]
    chosen = [label(game.sample_id, "frames.detections", box.id)]
    refusal = form("correct_track", game.dataset.view(), {}, selected_labels=chosen)["refusal"]
    assert "a label of frames.detections belongs to no track" in refusal.error_message
    assert listed(game) == []


def test_labels_of_the_fields_that_were_evaluated_last(game: SampleStore) -> None:
    other = SampleStore(game.dataset, game.sample_id, Fields(players="again", tracks="tracklets"))
    people.label(game)
    people.write(other)
    people.decide(other)
    list(Evaluation(game.dataset, other.names).run())
    player = game.dataset.first().frames[7].again.detections[1]
    chosen = [label(game.sample_id, "frames.again", player.id)]
    run("correct_track", game.dataset.view(), {"number": "8"}, selected_labels=chosen)
    assert other.read_tracks()[player.index].number == "8"
    assert game.read_tracks()[player.index].number == "7"
