"""The package of docs/plugins.md: installed with pip, found by FiftyOne and ``hoop``, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import distributions
import fiftyone as fo
import fiftyone.operators as foo
import numpy as np
import pytest
from fiftyone.operators.executor import ExecutionContext
from fiftyone.operators.registry import OperatorRegistry

import hoop_plugins
from hoop_plugins import HoopError, Role, hookspecs, plugins
from hoop_plugins.data.video import write_video
from hoop_plugins.formats.exporting import export_labels
from hoop_plugins.profiles import load_profile
from hoop_plugins.training import registry

FRAMES = 12
STAGES = ("detect", "track", "heads")


def frame(number: int) -> np.ndarray:
    """Two people in white, one in gray, who walk to the right."""
    image = np.full((180, 320, 3), 20, np.uint8)
    for left, shade in ((20, 255), (120, 255), (220, 150)):
        image[60:140, left + 2 * number : left + 2 * number + 30] = shade
    return image


@pytest.fixture
def walk(dataset: fo.Dataset, tmp_path: Path) -> fo.Dataset:
    """A dataset with one video of them."""
    write_video(tmp_path / "walk.mp4", map(frame, range(FRAMES)), 25)
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "walk.mp4")))
    return dataset


@pytest.fixture
def recognized(courtside: Path, walk: fo.Dataset) -> Iterator[fo.Dataset]:
    """The same after a run of the example's profile."""
    hoop_plugins.recognize(walk, "courtside", stages=STAGES, device="cpu")
    return walk


def form(operator: str, dataset: fo.Dataset, **params: Any) -> dict[str, Any]:
    uri = f"@hoop/hoop_plugins/{operator}"
    request = {"dataset_name": dataset.name, "params": params}
    context = ExecutionContext(request_params=request, operator_uri=uri)
    return foo.get_operator(uri).resolve_input(context).type.properties


def hoop(courtside: Path, *words: str) -> str:
    """Runs the command in a process of its own, where the package is installed."""
    environment = os.environ | {"PYTHONPATH": f"{courtside}:{Path.cwd()}", "COLUMNS": "200"}
    command = [sys.executable, "-c", "from hoop_plugins.cli.main import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.stdout + done.stderr


def test_everything_that_the_package_registers_is_listed(courtside: Path) -> None:
    assert "white-shirts" in [spec.name for spec in plugins.models(Role.DETECTOR)]
    assert "nearest" in [spec.name for spec in plugins.models(Role.TRACKER)]
    assert "heads" in [stage.name for stage in plugins.stages()]
    assert "boxes" in [spec.name for spec in plugins.formats()]
    assert "shirts" in [spec.name for spec in plugins.trainers(Role.DETECTOR)]
    assert "courtside" in [spec.name for spec in plugins.profiles()]
    assert "tracks" in [spec.name for spec in plugins.commands()]
    found = {kind.__name__ for kind in (*plugins.operators(), *plugins.panels())}
    assert {"CountTracks", "TrackCounter"} <= found
    assert plugins.failures() == {}


def test_a_run_writes_the_fields_of_the_stage(recognized: fo.Dataset) -> None:
    sample = recognized.first()
    owners = [[head.owner for head in sample.frames[n].heads.detections] for n in sample.frames]
    assert [sorted(found) for found in owners] == [[1, 2]] * FRAMES
    for number in sample.frames:
        players = sample.frames[number].players.detections
        assert [round(player.height) for player in players] == [80, 80]
        heads = {head.owner: head for head in sample.frames[number].heads.detections}
        for player in players:
            _, top, _, height = heads[player.index].bounding_box
            assert top == pytest.approx(player.bounding_box[1], abs=0.01)
            assert height == pytest.approx(0.2 * player.bounding_box[3], abs=0.01)
    schema = recognized.get_frame_field_schema(flat=True)
    assert "heads.detections.owner" in schema
    assert "players.detections.height" in schema


def test_the_settings_of_the_stage_are_its_own_even_one_called_model(
    recognized: fo.Dataset,
) -> None:
    profile = load_profile("courtside").with_settings("heads", model="wide", share=0.5)
    hoop_plugins.recognize(recognized, profile, stages=["heads"])
    *_, width, height = recognized.first().frames[1].heads.detections[0].bounding_box
    assert (width * 320, height * 180) == pytest.approx((30, 40), abs=3)


def test_options_of_the_detector_are_passed_and_unknown_ones_refused(
    courtside: Path, walk: fo.Dataset
) -> None:
    image = frame(0)
    assert len(hoop_plugins.load_model("detector", "white-shirts").detect([image])[0]) == 2
    sees_gray = hoop_plugins.load_model("detector", "white-shirts", threshold=100)
    assert len(sees_gray.detect([image])[0]) == 3
    profile = load_profile("courtside").with_settings("detect", options={"treshold": 3})
    with pytest.raises(HoopError, match="'white-shirts' has no option 'treshold'; known: thresh"):
        hoop_plugins.recognize(walk, profile, stages=["detect"])
    profile = load_profile("courtside").with_settings("track", options={"check_every": 3})
    with pytest.raises(HoopError, match="'nearest' has no option 'check_every'; it has none"):
        hoop_plugins.recognize(walk, profile, stages=["detect", "track"])
    assert not walk.has_frame_field("detections")


def test_the_stage_runs_where_a_profile_has_its_table_and_nowhere_else(courtside: Path) -> None:
    assert "heads" in load_profile("courtside").job
    assert "heads" not in load_profile("pretrained").job
    assert "heads" not in load_profile("sample").job


def test_a_missing_field_is_named_with_the_stage_that_writes_it(
    courtside: Path, walk: fo.Dataset
) -> None:
    with pytest.raises(HoopError, match=r"'heads' needs the frame field 'players'.* run stage 'tr"):
        hoop_plugins.recognize(walk, "courtside", stages=["heads"])


def test_a_run_that_was_stopped_goes_on_and_one_that_was_done_is_kept(
    recognized: fo.Dataset,
) -> None:
    told = []
    hoop_plugins.recognize(recognized, "courtside", stages=STAGES, progress=told.append)
    assert {step.message for step in told} == {"done before with these settings"}


def test_labels_are_written_and_read_in_the_format_of_the_package(
    recognized: fo.Dataset, tmp_path: Path
) -> None:
    told = export_labels(recognized, tmp_path / "out", "boxes", field="players")
    assert "masks, teams and numbers were left out" in told
    hoop_plugins.import_labels(recognized, tmp_path / "out" / "walk.boxes")
    for number, labels in recognized.first().frames.items():
        truth = {label.index: label for label in labels.ground_truth.detections}
        for player in labels.players.detections:
            assert truth[player.index].bounding_box == pytest.approx(player.bounding_box), number
    broken = tmp_path / "walk.boxes"
    broken.write_text("frame,id,label,x1,y1,x2,y2\n1,1,player,0,0,ten,10\n")
    with pytest.raises(HoopError, match=r"walk.boxes, line 2: .*'ten'"):
        hoop_plugins.import_labels(recognized, broken, overwrite=True)
    kinds = form("import_labels", recognized)["kind"].view.to_json()["choices"]
    assert "boxes" in [kind["value"] for kind in kinds]


def test_forms_offer_the_models_of_the_package(courtside: Path, walk: fo.Dataset) -> None:
    for operator, model in (("detect", "white-shirts"), ("track", "nearest")):
        choices = form(operator, walk)["model"].view.to_json()["choices"]
        assert model in [choice["value"] for choice in choices]


def test_the_stage_has_an_operator_with_its_settings_and_a_place_in_the_job(
    recognized: fo.Dataset,
) -> None:
    inputs = form("heads", recognized, profile="courtside")
    assert {"model", "share"} <= set(inputs)
    assert "refusal" not in inputs
    assert "options" not in inputs
    foo.execute_operator(
        "@hoop/hoop_plugins/heads",
        dataset=recognized,
        params={"profile": "courtside", "model": "wide", "share": 0.5},
    )
    *_, width, height = recognized.first().frames[1].heads.detections[0].bounding_box
    assert (width * 320, height * 180) == pytest.approx((30, 40), abs=3)
    ours, others = (
        form("recognize_players", recognized, profile=profile)["more"].type.properties
        for profile in ("courtside", "pretrained")
    )
    assert {"detect", "track", "heads"} <= set(ours)
    assert "heads" not in others


def test_the_options_of_the_chosen_model_are_in_the_form(courtside: Path, walk: fo.Dataset) -> None:
    detect = form("detect", walk, model="white-shirts")
    assert list(detect["options"].type.properties) == ["threshold"]
    assert "options" not in form("track", walk, model="nearest")


def test_the_settings_of_the_chosen_trainer_are_in_the_form(
    courtside: Path, walk: fo.Dataset
) -> None:
    shirts = form("train_detector", walk, model="white-shirts")
    assert "0 to 1. Default: 0.5." in shirts["share"].view.description
    assert not {"minutes", "new_classes"} & set(shirts)
    assert {"minutes", "new_classes"} <= set(form("train_detector", walk, model="rfdetr-small"))


def test_the_trainer_makes_a_model_that_can_be_chosen_by_name(
    courtside: Path, tmp_path: Path
) -> None:
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [20, 60, 30, 80]}
    for shade, split in ((230, "train"), (240, "valid")):
        image = np.where(frame(0) == 255, shade, frame(0)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"{split}.png"), image)
        images = [{"id": 1, "file_name": f"{split}.png"}]
        coco = {"images": images, "annotations": [box], "categories": [{"id": 1, "name": "player"}]}
        (tmp_path / f"{split}.json").write_text(json.dumps(coco))
    files = hoop_plugins.TrainingFiles(tmp_path / "train.json", tmp_path / "valid.json")
    told = []
    settings = {"model": "white-shirts", "share": 0.9, "progress": told.append}
    made = hoop_plugins.train("detector", "off-white", files, **settings)
    try:
        distributions.forget_plugins()
        assert "off-white" in [spec.name for spec in plugins.models(Role.DETECTOR)]
        assert hoop_plugins.load_model("detector", "off-white").threshold == 230
        assert told[-1].fraction == 1
        with pytest.raises(HoopError, match="trainer 'shirts' has no setting 'minutes'"):
            hoop_plugins.train("detector", "other", files, model="white-shirts", minutes=1)
    finally:
        registry.remove(made.name)


def test_the_operator_and_the_panel_run_in_fiftyone(recognized: fo.Dataset) -> None:
    registry = OperatorRegistry()
    assert registry.list_errors() == []
    ours = {o.name for o in registry.list_operators() if o.plugin_name == "@hoop/hoop_plugins"}
    assert {"count_tracks", "track_counter"} <= ours
    result = foo.execute_operator("@hoop/hoop_plugins/count_tracks", dataset=recognized)
    assert result.result == {"tracks": 2}
    event = {"panel_id": "p", "__method__": "on_load", "panel_state": {}}
    panel = foo.execute_operator(
        "@hoop/hoop_plugins/track_counter", dataset=recognized, params=event
    )
    requests = {r["operator_uri"]: r["params"] for r in panel.executor.to_json()["requests"]}
    assert requests["patch_panel_state"]["state"] == {"count": 2}


def test_hoop_lists_and_runs_what_the_package_brings(built: Path, recognized: fo.Dataset) -> None:
    assert "Count the tracks of a dataset." in hoop(built, "--help")
    assert hoop(built, "tracks", recognized.name).endswith("\n2 tracks\n")
    refusal = "hoop: no dataset 'nobody': see fiftyone datasets list\n"
    assert hoop(built, "tracks", "nobody").endswith(refusal)
    assert "courtside: Players in white, without a network." in hoop(built, "profile", "list")
    assert re.search(r"heads .*players.* courtside", hoop(built, "stages"))
    assert "white-shirts" in hoop(built, "models")


def test_listing_what_there_is_imports_nothing_heavy(built: Path) -> None:
    code = (
        "import json, sys; from hoop_plugins import plugins; plugins.commands(); "
        "plugins.profiles(); plugins.models(); heavy = ('torch', 'fiftyone', 'supervision', 'cv2');"
        "print(json.dumps([name for name in heavy if name in sys.modules]))"
    )
    environment = os.environ | {"PYTHONPATH": f"{built}:{Path.cwd()}"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert json.loads(done.stdout) == []


HOOKS = [name for name in vars(hookspecs) if name.startswith("register_")]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_an_example_that_registers_something(hook: str) -> None:
    plugin = distributions.examples()["courtside/hoop.py"]
    body = re.search(rf"^@hookimpl\ndef {hook}\(register\):\n((?: .*\n|\n)+)", plugin, re.MULTILINE)
    assert body, f"docs/plugins.md has no example of {hook}"
    assert "register(" in body[1]


def test_examples_use_public_names_and_documented_modules_only() -> None:
    for file, code in distributions.examples().items():
        for name in distributions.imports(code) if file.endswith(".py") else ():
            package, _, rest = name.partition(".")
            if package == "hoop_plugins" and rest not in hoop_plugins.__all__:
                assert rest.rpartition(".")[0] in distributions.documented_modules(), name
