"""*Track again from here*, filled in with the selected player, through FiftyOne's own executor."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
import numpy as np
import pytest
from editor_edits import draw
from fiftyone.operators.executor import ExecutionContext, ExecutionError, Executor
from typer.testing import CliRunner

from hoop_plugins import corrections, profiles
from hoop_plugins.cli import main as cli
from hoop_plugins.data.store import SampleStore
from hoop_plugins.operators import base
from hoop_plugins.stages.pipeline import build_stages, run_stages

URI = "@hoop/hoop_plugins/track_again"


@pytest.fixture
def tracked(clip: SampleStore) -> SampleStore:
    """The clip, tracked by its detections."""
    profile = profiles.load_profile("sample").with_models(tracker="tracking-by-detection")
    list(run_stages(clip.dataset, build_stages(profile, ["track", "pair"], "cpu"), fresh=True))
    return clip


def selected(clip: SampleStore, index: int, frame: int) -> list[dict[str, Any]]:
    players = clip.dataset.first().frames[frame].players.detections
    (label_id,) = [player.id for player in players if player.index == index]
    return [{"sample_id": clip.sample_id, "field": "frames.players", "label_id": label_id}]


def form(clip: SampleStore, params: dict[str, Any], **selection: Any) -> Any:
    request = {"dataset_name": clip.dataset.name, "params": params, **selection}
    ctx = ExecutionContext(request_params=request, executor=Executor(), operator_uri=URI)
    return foo.get_operator(URI).resolve_input(ctx).type.properties


def test_the_form_is_filled_in_with_the_selected_player_and_frame(tracked: SampleStore) -> None:
    shown = form(tracked, {}, selected_labels=selected(tracked, 2, 7))
    assert (shown["frame"].default, shown["track"].default) == (7, 2)
    assert not any(each.invalid for each in shown.values())
    empty = form(tracked, {})
    assert empty["frame"].error_message.startswith("which frame? select a player in it")


def test_who_was_drawn_can_be_selected_at_once(tracked: SampleStore) -> None:
    draw(tracked, 7, 7, [0.9, 0.1, 0.05, 0.2], label="player")
    drawn = tracked.dataset.first().frames[7].players.detections[-1]
    chosen = [{"sample_id": tracked.sample_id, "field": "frames.players", "label_id": drawn.id}]
    for _ in range(2):
        shown = form(tracked, {}, selected_labels=chosen)
        assert (shown["frame"].default, shown["track"].default) == (7, 6)
    assert [str(one) for one in corrections.listed(tracked)] == ["drawn in frame 7"]


def test_it_tracks_again_and_says_what_is_left(tracked: SampleStore) -> None:
    before = {n: found.xyxy for n, found in tracked.read("players")}
    assert tracked.progress("pair")["complete"]
    foo.execute_operator(URI, dataset=tracked.dataset, params={"frame": 7, "track": 2})
    assert not tracked.progress("pair")
    after = {n: found.xyxy for n, found in tracked.read("players")}
    assert all(np.array_equal(after[n], before[n]) for n in range(1, 8))
    with pytest.raises(ExecutionError, match=r"track 77 of clip.mp4 is not seen in frame 7"):
        foo.execute_operator(URI, dataset=tracked.dataset, params={"frame": 7, "track": 77})


def test_it_ends_with_a_card(tracked: SampleStore) -> None:
    request = {
        "dataset_name": tracked.dataset.name,
        "params": {},
        "selected_labels": selected(tracked, 2, 7),
    }
    ctx = ExecutionContext(request_params=request, executor=Executor(), operator_uri=URI)
    told = [message.body.params for message in foo.get_operator(URI).execute(ctx)]
    cards = [each for each in told if "lines" in each]
    assert cards[-1]["over"]
    assert cards[-1]["lines"][0].startswith("clip.mp4: frames 8 to ")
    assert cards[-1]["lines"][1] == "to be done again: pair"
    assert cards[-1]["actions"][0]["operator"] == "@hoop/hoop_plugins/recognize_players"


def test_stopped_it_says_that_nothing_has_changed(
    tracked: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "UPDATE_SECONDS", 0)
    request = {"dataset_name": tracked.dataset.name, "params": {"frame": 7, "track": 2}}
    ctx = ExecutionContext(request_params=request, executor=Executor(), operator_uri=URI)
    before = [found.xyxy.tolist() for _, found in tracked.read("players")]
    run = foo.get_operator(URI).execute(ctx)
    shown = [next(run).body.params for _ in range(4)][-1]
    foo.execute_operator("@hoop/hoop_plugins/stop_run", params={"run": shown["run"]})
    ending = next(run).body.params
    assert ending["lines"][0].startswith("Stopped: track: clip.mp4")
    assert ending["lines"][1] == "Nothing has changed."
    assert [each["label"] for each in ending["actions"]] == ["Again"]
    list(run)
    assert [found.xyxy.tolist() for _, found in tracked.read("players")] == before


def test_the_command_says_what_to_do_next(tracked: SampleStore) -> None:
    name = tracked.dataset.name
    done = CliRunner().invoke(cli.app, ["track-again", name, "7", "--track", "2"])
    assert done.exit_code == 0, done.output
    assert "clip.mp4: frames 8 to" in done.output
    assert f"next: hoop run --dataset {name}" in done.output
