"""The operator that finds errors: its form, its run, and how a kind of error is opened."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import ExecutionContext

from hoop_plugins.data.fields import Fields
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.job import Evaluation
from hoop_plugins.mining.views import load_errors
from hoop_plugins.operators.run_card import SHOW_RUN

URI = "@hoop/hoop_plugins/find_errors"


def form(dataset):
    ctx = ExecutionContext(
        request_params={"dataset_name": dataset.name, "params": {}}, operator_uri=URI
    )
    return foo.get_operator(URI).resolve_input(ctx).type.properties


def test_it_finds_errors_and_its_form_opens_their_views(clip):
    people.decide(clip)
    clip.assign("players", [(2, None, {"number": "23"})])
    assert not form(clip.dataset)

    result = foo.get_operator(URI)(clip.dataset)
    requests = {one["operator_uri"]: one["params"] for one in result.executor.to_json()["requests"]}
    # Not the view, nor a dialog.
    assert set(requests) == {SHOW_RUN, "@hoop/hoop_plugins/show_changes", "notify"}
    listed = requests[SHOW_RUN]

    clip.dataset.reload()
    button = form(clip.dataset)["duplicate_numbers"].view
    assert button.label == "duplicate numbers: 60 labels in 1 clip"
    assert listed["lines"][0] == requests["notify"]["message"] == "Errors of 1 kind were found"
    assert listed["actions"] == [
        {"label": button.label, "operator": URI, "params": button.params, "prompt": False}
    ]
    clicked = foo.execute_operator(button.operator, dataset=clip.dataset, params=button.params)
    opened, drawn = clicked.executor.to_json()["requests"]
    assert opened["operator_uri"] == "set_view"
    assert drawn["operator_uri"] == "set_active_fields"
    assert drawn["params"]["fields"] == ["frames.players"]
    saved = clip.dataset.load_saved_view("hoop: duplicate numbers")
    assert [stage["_cls"] for stage in opened["params"]["view"]] == [
        stage["_cls"] for stage in saved._serialize()
    ]
    others = form(clip.dataset)["others"].view.label
    assert "too many on court, low-margin teams, never identified" in others
    assert "needs frames.ground_truth: missed players" in others


def test_it_looks_at_the_label_fields_that_were_evaluated_last(clip):
    people.decide(clip)
    people.label(clip)
    clip.assign("players", [(2, None, {"number": "23"})])
    clip.dataset.rename_frame_field("players", "rival")
    names = Fields(players="rival", errors="faults")
    list(Evaluation(clip.dataset, names).run())
    assert not form(clip.dataset)
    foo.get_operator(URI)(clip.dataset)
    clip.dataset.reload()
    assert not clip.dataset.has_sample_field("errors")
    assert set(clip.dataset.distinct("faults.detections.label")) == {"duplicate numbers"}
    assert "duplicate_numbers" in form(clip.dataset)


def test_clips_of_errors_that_are_gone_go_and_other_views_stay(clip):
    people.decide(clip)
    clip.assign("players", [(2, None, {"number": "23"})])
    foo.get_operator(URI)(clip.dataset)
    clip.dataset.reload()
    stale = load_errors(clip.dataset, "duplicate numbers")
    assert len(stale) == 1
    clip.assign("players", [(2, None, {"number": "7"})])
    result = foo.execute_operator(URI, view=stale)
    opened = result.executor.to_json()["requests"][-3]
    assert opened["operator_uri"] == "set_view"
    shown = fo.DatasetView._build(clip.dataset, opened["params"]["view"])
    assert len(shown) == 0

    filtered = clip.dataset.filter_labels("frames.players", fo.ViewField("number") == "7")
    told = foo.execute_operator(URI, view=filtered).executor.to_json()["requests"]
    assert not {"set_view", "clear_view"} & {one["operator_uri"] for one in told}


def test_it_can_be_delegated(clip):
    foo.get_operator(URI)(clip.dataset, delegate=True)
    assert not clip.dataset.has_sample_field("errors")
    from fiftyone.operators.delegated import DelegatedOperationService

    DelegatedOperationService().execute_queued_operations()
    clip.dataset.reload()
    assert clip.dataset.has_saved_view("hoop: never identified")


def test_a_kind_that_was_not_found_is_refused_with_the_known_ones(clip):
    foo.get_operator(URI)(clip.dataset)
    clip.dataset.reload()
    with pytest.raises(HoopError, match=r"no view of 'wrong shoe' here.*low-margin teams"):
        load_errors(clip.dataset, "wrong shoe")


def test_an_image_dataset_is_refused(dataset, tmp_path):
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "photo.jpg")))
    refusal = form(dataset)["refusal"]
    assert refusal.invalid
    assert "no videos" in refusal.error_message
