"""Whatever fails in the App, is one line: through FiftyOne's executor, as its server calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from fiftyone.operators.delegated import DelegatedOperationService
from fiftyone.operators.executor import (
    ExecutionContext,
    ExecutionError,
    execute_or_delegate_operator,
)

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.data.store import SampleStore
from hoop_plugins.operators.base import PLUGIN


def said(operator: str, dataset: fo.Dataset | None, **params: Any) -> list[str]:
    """What an operator that fails tells people: in its form, or else when it is executed."""
    request = {"dataset_name": dataset and dataset.name, "params": params}
    uri = f"{PLUGIN}/{operator}"
    try:
        result = asyncio.run(execute_or_delegate_operator(uri, request))
    except ExecutionError:
        ctx = ExecutionContext(request_params=request, operator_uri=uri)
        return invalid(foo.get_operator(uri).resolve_input(ctx))
    if not result.is_generator:
        assert result.error
        return notified(result.executor.to_json()["requests"])
    messages = []
    with pytest.raises(Exception, match=r"\w"):  # the operator's own
        messages.extend(message.to_json() for message in result.result)
    return notified(message["body"] for message in messages)


def notified(requests: Any) -> list[str]:
    return [r["params"]["message"] for r in requests if r["operator_uri"] == "notify"]


def invalid(inputs: Any) -> list[str]:
    properties = inputs.type.properties.values()
    return [prop.error_message for prop in properties if prop.invalid]


@pytest.fixture
def bare(dataset: fo.Dataset, make_video: Any) -> fo.Dataset:
    """One video, and nothing else."""
    dataset.add_sample(fo.Sample(str(make_video(frames=3))))
    return dataset


def test_embedding_without_players(bare):
    (line,) = said("embed_crops", bare, profile="sample")
    assert "no frame field 'players'; run the stage" in line


def test_training_on_one_clip(clip: SampleStore):
    import people

    people.label(clip)
    (line,) = said("train_reader", clip.dataset, name="one", profile="sample")
    assert "everything is of one game" in line


def test_a_reader_that_cannot_be_loaded(clip: SampleStore, tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    (line,) = said("prelabel_numbers", clip.dataset, reader=str(tmp_path))
    assert str(tmp_path) in line
    assert "\n" not in line


def test_correcting_without_tracks(bare):
    (line,) = said("correct_track", bare, index=1, number="23")
    assert "has no track 1; its tracks: none" in line


@pytest.mark.parametrize(
    ("operator", "params", "part"),
    [
        ("undo_correction", {"corrections": ["x"]}, "no correction 'x'"),
        ("label_crops", {"number": "7"}, "no crops are selected"),
        ("import_labels", {"path": "/nowhere"}, "/nowhere does not exist"),
        ("export_labels", {"path": "/nowhere/a", "kind": "mot"}, "no frame field 'ground_truth'"),
        ("evaluate_recognition", {}, "nothing to compare with"),
        ("validate_numbers", {}, "run stage 'pair' first"),
        ("recognize_players", {"profile": "wnba"}, "unknown profile 'wnba'"),
        ("train_detector", {"name": "a", "profile": "sample"}, "no field 'ground_truth'"),
        ("load_sample_game", {"dataset_name": "!!"}, "'!!' is no name"),
    ],
)
def test_a_failure_is_one_line(operator, params, part, bare):
    (line,) = said(operator, bare, **params)
    assert part in line
    assert "\n" not in line


@pytest.mark.parametrize("operator", ["detect", "embed_crops", "correct_track", "train_reader"])
def test_without_a_dataset(operator):
    assert said(operator, None) == ["no dataset is open: open one first"]


class Breaks(foo.Operator):
    """A third party's operator that fails in a way that nobody expected."""

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne."""
        return foo.OperatorConfig(
            name="breaks", allow_immediate_execution=True, allow_delegated_execution=True
        )

    def execute(self, ctx: Any) -> Any:
        """Breaks."""
        return {}["what"]


class BreaksLater(Breaks):
    """The same, after some progress."""

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne."""
        return foo.OperatorConfig(name="breaks_later", execute_as_generator=True)

    def execute(self, ctx: Any) -> Any:
        """Breaks."""
        yield ctx.ops.set_progress(progress=0.5)
        raise RuntimeError("out of memory\nat line 3")


class Guest:
    """A third party's plugin."""

    @hoop_plugins.hookimpl
    def register_operators(self, register: Any) -> None:
        """See the hook."""
        register(Breaks)
        register(BreaksLater)


@pytest.fixture
def guest() -> Iterator[None]:
    plugin = Guest()
    plugins.manager().register(plugin)
    yield
    plugins.manager().unregister(plugin)


@pytest.mark.usefixtures("guest")
def test_another_package_s_operators_tell_too(bare):
    (line,) = said("breaks", bare)
    assert line == "KeyError: 'what'; the terminal that runs the App says where"
    (line,) = said("breaks_later", bare)
    assert line.startswith("RuntimeError: out of memory; the terminal")


@pytest.mark.parametrize("operator", ["embed_crops", "breaks"])
@pytest.mark.usefixtures("guest")
def test_a_delegated_failure_is_kept_with_its_run(operator, bare):
    uri = f"{PLUGIN}/{operator}"
    request = {"params": {"profile": "sample"}, "request_delegation": True}
    result = foo.execute_operator(uri, {**request, "dataset": bare})
    service = DelegatedOperationService()
    service.execute_queued_operations()
    operation = service.get(result.result["id"])
    assert operation.run_state == "failed"
    assert ("'players'" if operator == "embed_crops" else "KeyError") in operation.result.error
