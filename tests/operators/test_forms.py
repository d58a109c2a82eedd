"""While a form is filled in: nothing typed is lost, and a refusal stands beside its field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from fiftyone.operators import types
from fiftyone.operators.executor import ExecutionContext

from hoop_plugins.data.options import Option
from hoop_plugins.data.store import SampleStore
from hoop_plugins.operators.base import PLUGIN
from hoop_plugins.operators.inputs import choose_option


def form(operator: str, dataset: fo.Dataset, **params: Any) -> dict[str, Any]:
    ctx = ExecutionContext(
        request_params={"dataset_name": dataset.name, "params": params},
        operator_uri=f"{PLUGIN}/{operator}",
    )
    found = foo.get_operator(f"{PLUGIN}/{operator}").resolve_input(ctx)
    properties: dict[str, Any] = found.type.properties
    return properties


@pytest.mark.parametrize("operator", ["detect", "recognize_players", "embed_crops", "read_numbers"])
def test_a_half_typed_profile_leaves_the_form(operator: str, clip: SampleStore) -> None:
    known = form(operator, clip.dataset, profile="pretrained")
    typed = form(operator, clip.dataset, profile="pretr")
    assert set(typed) >= set(known) - {"refusal"}
    assert typed["profile"].invalid
    assert "unknown profile 'pretr'" in typed["profile"].error_message
    assert "refusal" not in typed


@pytest.mark.parametrize("operator", ["train_reader", "train_detector"])
def test_a_half_typed_model_leaves_the_form(operator: str, clip: SampleStore) -> None:
    known = form(operator, clip.dataset)
    typed = form(operator, clip.dataset, model="smol", minutes=3)
    assert set(typed) >= set(known) - {"refusal"}
    assert "'smol'" in typed["refusal"].error_message


@pytest.mark.parametrize("value", [5, -0.1, float("nan")])
def test_a_number_out_of_range_is_refused_beside_its_field(value: float, clip: SampleStore) -> None:
    confidence = form("detect", clip.dataset, confidence=value, profile="sample")["confidence"]
    assert confidence.invalid
    assert "detect.confidence is" in confidence.error_message
    assert "at least 0 and at most 1" in confidence.error_message
    assert (confidence.type.min, confidence.type.max) == (0, 1)


@pytest.mark.parametrize("below", [{"read": {"batch": 0}}, {"more": {"read": {"batch": 0}}}])
def test_of_a_whole_job_it_is_the_stage_s_own_field(below: dict, clip: SampleStore) -> None:
    shown = form("recognize_players", clip.dataset, profile="sample", **below)
    stages = shown["more"].type.properties
    assert stages["read"].type.properties["batch"].invalid
    assert not stages["teams"].type.properties["batch"].invalid


def test_of_a_whole_job_what_differs_from_game_to_game_is_on_top(clip: SampleStore) -> None:
    shown = form("recognize_players", clip.dataset, profile="sample")
    assert set(shown) - {"view_target"} == {"profile", "device", "roster", "court", "more"}
    groups = [shown["more"], *shown["more"].type.properties.values()]
    assert all(
        each.view.to_json().get("collapsible")
        for each in groups
        if isinstance(each.type, types.Object)
    )


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("roster", "nobody.csv", "nobody.csv"),
        ("court", "0,7 1,1 1,0", "outside the picture"),
        ("detect", {"model": "rf"}, "unknown detector 'rf'"),
    ],
)
def test_of_a_whole_job_a_refusal_stands_beside_its_field(
    name: str, value: Any, told: str, clip: SampleStore
) -> None:
    shown = form("recognize_players", clip.dataset, profile="sample", **{name: value})
    assert "refusal" not in shown
    group = shown["more"].type.properties
    about = group["detect"].type.properties["model"] if name == "detect" else shown[name]
    assert about.invalid
    assert told in about.error_message


def test_a_device_that_is_not_there_is_refused_beside_its_field(clip: SampleStore) -> None:
    shown = form("detect", clip.dataset, profile="sample", device="cuda:99")
    assert "'cuda:99'" in shown["device"].error_message


def test_a_half_typed_number_leaves_the_form(clip: SampleStore) -> None:
    shown = form("embed_crops", clip.dataset, profile="sample", interval="1e")
    assert "interval is '1e': give a number" in shown["interval"].error_message
    assert shown["device"]


def test_no_folder_is_searched_while_its_path_is_typed(clip: SampleStore, tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text("no labels\n")
    assert "refusal" not in form("import_labels", clip.dataset, path=str(tmp_path))
    assert "refusal" not in form("import_labels", clip.dataset, path="/")
    (tmp_path / "clip.txt").write_text("no labels\n")
    shown = form("import_labels", clip.dataset, path=str(tmp_path / "clip.txt"))
    assert "line 1" in shown["refusal"].error_message


def test_the_form_says_which_weights_will_be_downloaded(
    clip: SampleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RF_HOME", str(tmp_path))
    ctx = ExecutionContext(
        request_params={
            "dataset_name": clip.dataset.name,
            "params": {"profile": "pretrained", "device": "cpu"},
        },
        operator_uri=f"{PLUGIN}/detect",
    )
    operator = foo.get_operator(f"{PLUGIN}/detect")
    absent = "Weights to download: rfdetr-medium (about 386 MB, Apache-2.0)."
    assert operator.about(ctx).endswith(absent)
    (tmp_path / "rf-detr-medium.pth").touch()
    assert operator.about(ctx).endswith("Weights here: rfdetr-medium.")


def test_nothing_is_chosen_by_an_empty_input() -> None:
    inputs = types.Object()
    choose_option(inputs, Option("pace", "str", None, "How fast.", ("slow", "fast", None)))
    assert inputs.properties["pace"].type.values == ["slow", "fast"]
