"""The operator and the command that import labels."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from fiftyone.operators.executor import ExecutionContext
from typer.testing import CliRunner

from hoop_plugins.cli import main as cli
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.run_card import SHOW_RUN

URI = "@hoop/hoop_plugins/import_labels"


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "clip.txt"
    path.write_text("0,0,11,21,30,80,1,3,1\n1,0,13,21,30,80,1,1,1\n")
    return path


def form(dataset, **params):
    ctx = ExecutionContext(
        request_params={"dataset_name": dataset.name, "params": params}, operator_uri=URI
    )
    return foo.get_operator(URI).resolve_input(ctx).type.properties


def test_the_form_says_what_is_wrong_before_anything_runs(clip, labels):
    refusal = form(clip.dataset, path=str(labels))["refusal"]
    assert refusal.invalid
    assert f"{labels}, line 1: class 3 has no name" in refusal.error_message
    good = form(clip.dataset, path=str(labels), classes="3=referee")
    assert "refusal" not in good
    assert "frames are numbered from 0" in [one.view.label for one in good.values()]
    assert not clip.dataset.has_frame_field("ground_truth")


def test_it_imports_for_the_target_view_and_says_so(clip, labels, make_video):
    other = fo.Sample(filepath=str(make_video("other.mp4")))
    clip.dataset.add_sample(other)
    view = clip.dataset.select(clip.sample_id)
    result = foo.get_operator(URI)(view, str(labels), classes="3=referee", field="truth")
    requests = {one["operator_uri"]: one["params"] for one in result.executor.to_json()["requests"]}
    assert SHOW_RUN in requests
    assert requests["@hoop/hoop_plugins/show_changes"] == {"paths": ["frames.truth"]}
    assert requests["notify"]["message"].startswith("2 frames of clip.mp4 labeled; ")
    assert clip.dataset.count_values("frames.truth.detections.label") == {"referee": 1, "player": 1}


def test_the_command(clip, labels):
    words = ["import-labels", clip.dataset.name, str(labels), "--classes", "3=", "--field", "truth"]
    result = CliRunner().invoke(cli.app, words)
    assert result.exit_code == 0, result.output
    assert "1 frames of clip.mp4 labeled" in result.output
    clip.dataset.reload()
    assert clip.dataset.count("frames.truth.detections") == 1
    again = CliRunner().invoke(cli.app, words)
    assert isinstance(again.exception, HoopError)
    assert "--overwrite" in str(again.exception)
