"""The operator that evaluates, without the App."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import ExecutionContext, ExecutionError

from hoop_plugins import corrections
from hoop_plugins.data.store import SampleStore
from hoop_plugins.evaluation import runs

URI = "@hoop/hoop_plugins/evaluate_recognition"


def form(store: SampleStore, **params: Any) -> dict[str, Any]:
    ctx = ExecutionContext(
        request_params={"dataset_name": store.dataset.name, "params": params}, operator_uri=URI
    )
    properties: dict[str, Any] = foo.get_operator(URI).resolve_input(ctx).type.properties
    return properties


def run(store: SampleStore, **params: Any) -> list[dict[str, Any]]:
    result = foo.execute_operator(URI, dataset=store.dataset, params=params)
    requests: list[dict[str, Any]] = result.executor.to_json()["requests"]
    return requests


@pytest.fixture
def store(clip: SampleStore) -> SampleStore:
    """A clip whose ground truth says what was decided."""
    people.decide(clip)
    clip.write("ground_truth", dict(clip.read("players")))
    return clip


def test_the_run_is_kept_and_the_main_figures_are_told(store: SampleStore) -> None:
    requests = run(store, key="first")
    *shown, changed, told = [one["operator_uri"].split("/")[-1] for one in requests]
    assert (set(shown), changed, told) == ({"show_run"}, "show_changes", "notify")
    assert [one["label"] for one in requests[-3]["params"]["actions"]] == [
        "Open the report",
        "Review errors",
    ]
    said = requests[-1]["params"]["message"]
    assert (
        said == "Evaluated 1 clip: HOTA 1.000, IDF1 1.000, team 1.000, number 1.000, identity 1.000"
    )
    assert runs.list_runs(store.dataset) == ["first"]
    assert store.dataset.count_values("frames.players.detections.eval")["tp"] == 4 * 30

    store.assign("players", [(1, None, {"number": "99"})])
    said = run(store, key="second", against="first")[-1]["params"]["message"]
    assert "identity 0.750 (-0.250)" in said
    assert "HOTA 1.000 (+0.000)" in said


def test_the_form_offers_fields_and_earlier_evaluations(store: SampleStore) -> None:
    assert "against" not in form(store)
    run(store, key="first")
    shown = form(store)
    assert [choice.value for choice in shown["against"].view.choices] == ["first"]
    players = shown["fields"].type.properties["players"]
    assert {choice.value for choice in players.view.choices} >= {"players", "detections"}
    assert players.default == "players"
    assert "refusal" not in shown


def test_what_cannot_work_is_refused_in_the_form(store: SampleStore) -> None:
    for params, message in (
        ({"fields": {"ground_truth": "truth"}}, "no frame field 'truth'"),
        ({"key": "7 days"}, "'7 days' is no key"),
        ({"key": "eval", "per_label": True}, "key of the marks"),
    ):
        refusal = form(store, **params)["refusal"]
        assert refusal.invalid
        assert message in refusal.error_message
        with pytest.raises(ExecutionError):
            run(store, **params)
    assert runs.list_runs(store.dataset) == []


def test_other_names_of_fields_and_a_view(store: SampleStore) -> None:
    store.dataset.rename_frame_field("ground_truth", "truth")
    operator = foo.get_operator(URI)
    operator(store.dataset.limit(1), fields={"ground_truth": "truth"})
    assert runs.run_fields(store.dataset, "evaluation").ground_truth == "truth"


def test_it_can_be_delegated(store: SampleStore) -> None:
    from fiftyone.operators.delegated import DelegatedOperationService

    foo.get_operator(URI)(store.dataset, delegate=True, key="later")
    assert runs.list_runs(store.dataset) == []
    DelegatedOperationService().execute_queued_operations()
    store.dataset.reload()
    assert runs.list_runs(store.dataset) == ["later"]


def test_what_stands_for_ground_truth_is_told(clip: SampleStore) -> None:
    people.decide(clip)
    corrections.correct(clip, 1, number="99")
    corrections.correct(clip, 2, number="7")
    said = [one["params"]["message"] for one in run(clip) if one["operator_uri"] == "notify"]
    assert said[0] == "Evaluated 1 clip: number 0.500"
    assert said[1].startswith("clip.mp4 has no ground truth: 2 corrected tracks stand for it.")
