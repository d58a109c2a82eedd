"""Whatever is selected in whatever view: the right track is corrected, and can be put back."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import ExecutionContext, ExecutionError, Executor

from hoop_plugins.corrections import listed
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.job import Evaluation
from hoop_plugins.mining.crops import crops_name, embed_crops
from hoop_plugins.profiles import load_profile


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


def selected(game: SampleStore, *tracks: int) -> list[dict[str, Any]]:
    """The labels of some tracks in one frame, as the App gives them."""
    players = game.dataset.first().frames[7].players.detections
    ids = [player.id for player in players if player.index in tracks]
    return [label(game.sample_id, "frames.players", label_id) for label_id in ids]


def test_labels_selected_in_a_video(game: SampleStore) -> None:
    chosen = selected(game, 2, 3)
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


def test_the_form_is_filled_in_with_who_is_selected(game: SampleStore) -> None:
    view = game.dataset.view()
    chosen = selected(game, 2)
    shown = form("correct_track", view, {}, selected_labels=chosen)
    filled = {name: shown[name].default for name in ("number", "team", "role")}
    assert filled == {"number": "7", "team": "dark", "role": "player"}
    assert shown["other_from"].view.description.endswith("Selected in frame 7.")
    pictures = [each.default for name, each in shown.items() if name.startswith("picture_2_")]
    assert pictures
    assert all(each.startswith("data:image/jpeg;base64,") for each in pictures)

    with pytest.raises(HoopError, match="nothing is changed"):
        run("correct_track", view, filled, selected_labels=chosen)
    run("correct_track", view, {**filled, "number": "8"}, selected_labels=chosen)
    assert [(one.attribute, one.value) for one in listed(game)] == [("number", "8")]
    run("confirm_track", view, {}, selected_labels=chosen)
    assert {one.attribute for one in listed(game)} == {"number", "team", "role"}


def test_of_several_the_form_is_filled_in_with_what_they_share(game: SampleStore) -> None:
    chosen = selected(game, 1, 2)
    shown = form("correct_track", game.dataset.view(), {}, selected_labels=chosen)
    assert (shown["number"].default, shown["team"].default) == (None, "dark")


def test_selected_crops_are_corrected_in_their_videos(game: SampleStore) -> None:
    list(embed_crops(game.dataset, profile=load_profile("sample"), interval=0.2, device="cpu"))
    crops = fo.load_dataset(crops_name(game.dataset))
    try:
        of_two = crops.match(fo.ViewField("track") == 2).values("id")
        shown = form("correct_track", crops.view(), {}, selected=of_two[:1])
        assert shown["team"].default == "dark"
        ordered = {"fiftyone.core.stages.SortBy": {"field_or_expr": "frame"}}
        assert "index" in form("correct_track", crops.view(), {}, extended=ordered)
        lasso = {"fiftyone.core.stages.Select": {"sample_ids": of_two, "ordered": False}}
        run("correct_track", crops.view(), {"team": "light"}, extended=lasso)
        assert game.read_tracks()[2].team == "light"
        assert set(crops.select(of_two).values("team")) == {"light"}
        assert [one.value for one in listed(game)] == ["light"]
        keys = [listed(game)[0].key]
        run("undo_correction", crops.view(), {"corrections": keys})
        assert set(crops.select(of_two).values("team")) == {"dark"}

        people.write(game)  # as when the stage track runs anew
        with pytest.raises(HoopError, match="embed crops again"):
            run("correct_track", crops.view(), {"team": "light"}, selected=of_two)
    finally:
        crops.delete()


def test_tracks_that_another_tool_tracked(dataset: fo.Dataset, make_video: Any) -> None:
    sample = fo.Sample(filepath=str(make_video()))
    for number in (1, 2, 3):
        box = fo.Detection(label="person", bounding_box=[0.1, 0.1, 0.2, 0.5], index=4)
        sample.frames[number] = fo.Frame(theirs=fo.Detections(detections=[box]))
    dataset.add_sample(sample)
    chosen = [label(sample.id, "frames.theirs", sample.frames[2].theirs.detections[0].id)]
    run("correct_track", dataset.view(), {"number": "12"}, selected_labels=chosen)
    theirs = SampleStore(dataset, sample.id, Fields(players="theirs"))
    assert [(one.value, one.frame) for one in listed(theirs)] == [("12", 2)]


def test_images_of_no_track(dataset: fo.Dataset) -> None:
    dataset.add_sample(fo.Sample(filepath="crop.png"))
    refusal = form("correct_track", dataset.view(), {}, selected=dataset.values("id"))["refusal"]
    assert "nobody is tracked there" in refusal.error_message
    operator = foo.get_operator("@hoop/hoop_plugins/correct_track")
    assert operator.resolve_placement(context("correct_track", dataset.view(), {})) is None


def test_buttons_where_players_were_recognized(game: SampleStore) -> None:
    def places(dataset: fo.Dataset, **opened: Any) -> list[str | None]:
        placed = [
            foo.get_operator(f"@hoop/hoop_plugins/{name}").resolve_placement(
                context(name, dataset.view(), {}, **opened)
            )
            for name in ("correct_track", "confirm_track", "undo_correction")
        ]
        return [place and place.to_json()["place"] for place in placed]

    assert places(game.dataset) == ["samples-grid-secondary-actions"] * 3
    assert places(game.dataset, current_sample=game.sample_id) == ["samples-viewer-actions"] * 3
    game.dataset.delete_frame_field("players")
    assert places(game.dataset) == [None] * 3


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
