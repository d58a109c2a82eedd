"""Every stage has an operator, other packages' stages included, with the options of its model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from fiftyone.operators.executor import ExecutionContext, ExecutionError

import hoop_plugins
from hoop_plugins import FieldSpec, ModelSpec, Progress, Role, SampleStore, Stage, Weights, plugins


@dataclass(frozen=True)
class ShoeSettings:
    """Settings of the shoes.

    Attributes:
        model: Which shoes are looked for, in words.
        pairs: How many there are.
    """

    model: str = "sneakers"
    pairs: int = 2


class Shoes(Stage):
    """Writes which shoes there are, into ``shoes``."""

    name = "shoes"
    order = 70
    Settings = ShoeSettings
    reads = ("players",)
    writes = ("shoes",)
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        FieldSpec("shoes", {"index": fo.IntField}, "sample"),
    )

    def run(self, clips: Sequence[SampleStore]) -> Iterator[Progress]:
        """Says what was asked for."""
        for clip in clips:
            label = f"{self.settings.pairs} {self.settings.model}"
            made = fo.TemporalDetections(
                detections=[fo.TemporalDetection(label=label, support=[1, 2], index=1)]
            )
            clip.set_value(clip.names.shoes, made)
            yield Progress(self.name, clip.name, 1, 1)
            clip.record(self.name, self.configuration(), 1, complete=True)


def load_eyes(
    source: str,
    device: str,
    *,
    sharpness: float = 0.5,
    lids: Literal["open", "shut", "blinking"] = "blinking",
    steps: int = 3,
) -> Any:
    """Loads eyes.

    Args:
        source: Its name.
        device: Where it runs.
        sharpness: How sharp they are, from 0 to 1.
        lids: What they do.
        steps: How often they blink.
    """
    raise AssertionError("nothing is loaded for a form")


def eye_weights(source: str, device: str, lids: str = "blinking") -> list[Weights]:
    return [] if lids == "shut" else [Weights("retina", megabytes=3)]


class Stranger:
    """A third party's plugin."""

    @hoop_plugins.hookimpl
    def register_stages(self, register):
        register(Shoes)

    @hoop_plugins.hookimpl
    def register_models(self, register):
        blinking = {"steps": {"lids": ("blinking",)}}
        register(ModelSpec("eyes", Role.DETECTOR, load_eyes, needs=eye_weights, counts_if=blinking))


@pytest.fixture(autouse=True)
def stranger() -> Iterator[None]:
    plugin = Stranger()
    plugins.manager().register(plugin)
    yield
    plugins.manager().unregister(plugin)


def form(operator: str, dataset: fo.Dataset, **params: Any) -> dict[str, Any]:
    uri = f"@hoop/hoop_plugins/{operator}"
    request = {"dataset_name": dataset.name, "params": params}
    ctx = ExecutionContext(request_params=request, operator_uri=uri)
    properties: dict[str, Any] = foo.get_operator(uri).resolve_input(ctx).type.properties
    return properties


def run(operator: str, dataset: fo.Dataset, **params: Any) -> Any:
    return foo.execute_operator(f"@hoop/hoop_plugins/{operator}", dataset=dataset, params=params)


def test_a_stage_of_another_package_has_an_operator_with_its_own_fields(clip):
    shown = form("shoes", clip.dataset)
    assert "Which shoes are looked for" in shown["model"].view.description
    assert isinstance(shown["pairs"].type, foo.types.Number)
    assert set(shown["fields"].type.properties) == {"players", "shoes"}
    assert "refusal" not in shown
    assert foo.get_operator("@hoop/hoop_plugins/shoes").config.description.startswith(
        "Writes which"
    )

    run("shoes", clip.dataset, model="boots", fields={"shoes": "feet"})
    clip.dataset.reload()
    assert clip.dataset.values("feet.detections.label") == [["2 boots"]]


def test_the_whole_job_runs_another_package_s_stage_only_where_it_is_chosen(clip):
    shown = form("recognize_players", clip.dataset)
    shown = shown["more"].type.properties
    assert "shoes" in [choice.value for choice in shown["stages"].view.choices]
    assert "shoes" not in shown["stages"].default
    assert "shoes" not in shown
    chosen = {"stages": ["pair", "shoes"], "shoes": {"pairs": 3}}
    shown = form("recognize_players", clip.dataset, **chosen)
    assert {"pair", "shoes"} <= set(shown["more"].type.properties)
    run("recognize_players", clip.dataset, more=chosen)
    clip.dataset.reload()
    assert clip.dataset.values("shoes.detections.label") == [["3 sneakers"]]
    assert clip.progress("pair")["complete"]
    assert not clip.progress("validate")


def test_the_options_of_the_chosen_model_are_in_the_form(clip):
    assert "options" not in form("detect", clip.dataset)
    options = form("detect", clip.dataset, model="eyes")["options"].type.properties
    assert set(options) == {"sharpness", "lids", "steps"}
    assert "How sharp they are" in options["sharpness"].view.description
    assert "Default: 0.5." in options["sharpness"].view.description
    assert options["steps"].type.int
    assert options["lids"].type.values == ["open", "shut", "blinking"]
    tracker = form("track", clip.dataset, model="sam2.1-hiera-small")["options"].type.properties
    assert set(tracker) == {"masks", "check_every", "drift_iou"}
    assert tracker["drift_iou"].view.label == "Drift IoU"
    assert tracker["masks"].type.values == ["every frame", "selective", "off"]


@pytest.mark.parametrize("operator", ["detect", "recognize_players"])
def test_a_value_that_an_option_does_not_take_is_refused_beside_it(clip, operator):
    chosen = {"model": "eyes", "options": {"lids": "half"}}
    params = chosen if operator == "detect" else {"more": {"detect": chosen}}
    shown = form(operator, clip.dataset, **params)
    if operator != "detect":
        shown = shown["more"].type.properties["detect"].type.properties
    lids = shown["options"].type.properties["lids"]
    assert lids.error_message == "detect.options.lids is 'half': give open or shut or blinking"


def test_an_option_that_another_makes_meaningless_is_told(clip):
    def about(**options: Any) -> str:
        request = {
            "dataset_name": clip.dataset.name,
            "params": {"model": "eyes", "options": options, "device": "cpu"},
        }
        uri = "@hoop/hoop_plugins/detect"
        told: str = foo.get_operator(uri).about(
            ExecutionContext(request_params=request, operator_uri=uri)
        )
        return told

    vain = "detect: steps 9 is of no effect: lids is 'open'."
    assert about(lids="open", steps=9).endswith(f"Weights to download: retina (about 3 MB). {vain}")
    assert "of no effect" not in about(lids="open", steps=3)
    assert about(steps=9).endswith("(about 3 MB).")
    assert "Weights" not in about(lids="shut")


def test_an_option_that_the_model_does_not_know_is_refused(clip):
    params = {"model": "eyes", "options": {"color": "blue"}}
    refusal = form("detect", clip.dataset, **params)["refusal"]
    assert refusal.error_message == (
        "detector 'eyes' has no option 'color'; known: sharpness, lids, steps"
    )
    with pytest.raises(ExecutionError, match="Validation"):
        run("detect", clip.dataset, **params)


def test_what_fails_on_the_way_is_told_in_the_app(clip):
    request = {"dataset_name": clip.dataset.name, "params": {"kind": "wrong shoe"}}
    ctx = ExecutionContext(
        request_params=request,
        operator_uri="@hoop/hoop_plugins/find_errors",
        executor=foo.executor.Executor(),
    )
    messages = foo.get_operator("@hoop/hoop_plugins/find_errors").execute(ctx)
    card = next(messages).body.params
    assert (card["over"], card["lines"]) == (True, [])
    told = next(messages).body.params
    assert told["variant"] == "error"
    assert told["message"].startswith("no view of 'wrong shoe' here")
    with pytest.raises(hoop_plugins.HoopError):
        next(messages)


def test_what_a_short_operator_cannot_do_is_told_in_the_app(clip):
    uri = "@hoop/hoop_plugins/undo_correction"
    executor = foo.executor.Executor()
    request = {"dataset_name": clip.dataset.name, "params": {"corrections": "x"}}
    ctx = ExecutionContext(request_params=request, operator_uri=uri, executor=executor)
    with pytest.raises(hoop_plugins.HoopError):
        foo.get_operator(uri).execute(ctx)
    (told,) = executor.to_json()["requests"]
    assert told["params"]["variant"] == "error"
    assert "has no correction 'x'" in told["params"]["message"]
