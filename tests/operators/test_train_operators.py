"""Fine-tuning from forms, without the App: on clips with ground truth, for some seconds each."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import ExecutionContext, Executor

from hoop_plugins.data.store import SampleStore
from hoop_plugins.operators.run_card import SHOW_RUN
from hoop_plugins.training import registry

SHORT = {"model": "sample", "minutes": 0.05, "batch_size": 2, "device": "cpu"}


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    """A folder of models of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return registry.models_folder()


@pytest.fixture
def clips(clip, make_video) -> fo.Dataset:
    """Two clips with ground truth: one to learn from, one to validate on."""
    sample = fo.Sample(filepath=str(make_video("valid.mp4")))
    clip.dataset.add_sample(sample)
    for split, store in (("train", clip), ("valid", SampleStore(clip.dataset, sample.id))):
        people.label(store)
        clip.dataset.select(store.sample_id).tag_samples(split)
    return clip.dataset


def context(operator, dataset, **params):
    return ExecutionContext(
        request_params={"dataset_name": dataset.name, "params": params},
        operator_uri=f"@hoop/hoop_plugins/{operator}",
        executor=Executor(),
    )


def form(operator, dataset, **params):
    uri = f"@hoop/hoop_plugins/{operator}"
    ctx = context(operator, dataset, **params)
    return foo.get_operator(uri).resolve_input(ctx).type.properties


def run(operator, dataset, **params):
    uri = f"@hoop/hoop_plugins/{operator}"
    result = foo.execute_operator(uri, dataset=dataset, params={**SHORT, **params})
    return result.executor.to_json()["requests"]


def choices(operator, dataset, **params):
    return [choice.value for choice in form(operator, dataset, **params)["model"].view.choices]


def test_train_reader_ends_with_a_model_that_the_forms_offer(clips):
    assert "street-1" not in choices("read_numbers", clips)
    requests = run("train_reader", clips, name="street-1")
    told = [r["params"].get("text", "") for r in requests if r["operator_uri"] == SHOW_RUN]
    assert any("training data" in text for text in told)
    assert any("loss" in text and "exact match" in text for text in told)
    assert "street-1: trained" in requests[-1]["params"]["message"]

    assert "street-1" in choices("read_numbers", clips)
    assert "street-1" in choices("train_reader", clips)
    model = registry.find("street-1")
    assert model.parent == "sample"
    assert model.data["dataset"] == clips.name
    assert not (model.folder / "data").exists()
    said = form("train_reader", clips, name="street-1")["refusal"].error_message
    assert "'street-1' exists already" in said


def test_a_stopped_training_goes_on_from_the_same_form(clips, models):
    operator = foo.get_operator("@hoop/hoop_plugins/train_reader")
    params = {**SHORT, "name": "street-1", "minutes": 60}
    steps = operator.execute(context("train_reader", clips, **params))
    for request in steps:
        if "step" in request.body.params["text"]:
            break
    steps.close()
    assert (models / "street-1" / "training_state.pt").is_file()
    assert "street-1" not in choices("read_numbers", clips)
    assert "refusal" not in form("train_reader", clips, **params)
    run("train_reader", clips, name="street-1")
    assert "street-1" in choices("read_numbers", clips)


def test_train_detector_ends_with_a_model_that_the_forms_offer(clips):
    run("train_detector", clips, name="street-d", data={"stride": 15})
    assert "street-d" in choices("detect", clips)
    assert registry.find("street-d").scores["ap50_before"] >= 0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"name": "street 1"}, "'street 1' is no name"),
        ({"name": "sample"}, "'sample' exists already"),
        ({"model": "ocr"}, "unknown reader 'ocr'"),
    ],
)
def test_the_form_refuses_what_cannot_be_trained(clip, params, message):
    refusal = form("train_reader", clip.dataset, **params)["refusal"]
    assert refusal.invalid
    assert message in refusal.error_message


def test_a_device_that_is_not_there_is_refused_beside_its_input(clip):
    params = {"more": {"device": "cuda:7"}}
    device = form("train_reader", clip.dataset, **params)["more"].type.properties["device"]
    assert device.invalid
    assert "is not there" in device.error_message


def test_an_empty_view_is_refused(dataset):
    dataset.media_type = "video"
    refusal = form("train_reader", dataset)["refusal"]
    assert "the view is empty" in refusal.error_message
