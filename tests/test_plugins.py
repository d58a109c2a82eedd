"""Plugins of third parties, installed as any distribution is.

Their detector goes by rule and has no network: what is tested is how a stranger's code is found,
chosen and run, not what it sees.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import textwrap

import fiftyone.operators as foo
import numpy as np
import pytest
from fiftyone.operators.registry import OperatorRegistry

from hoop_plugins import plugins
from hoop_plugins.errors import UnknownModelError
from hoop_plugins.specs import Role

PACKAGE = '''
import fiftyone.operators as foo
import numpy as np
import supervision as sv

import hoop_plugins
from hoop_plugins.models.roles import Role
from hoop_plugins.plugins import ModelSpec


class BrightSpots:
    """Finds one ball: the brightest pixel."""

    def detect(self, frames):
        found = []
        for frame in frames:
            y, x = np.unravel_index(frame.sum(axis=2).argmax(), frame.shape[:2])
            found.append(
                sv.Detections(
                    xyxy=np.array([[x, y, x + 1, y + 1]], dtype=np.float32),
                    confidence=np.array([0.9], dtype=np.float32),
                    data={"class_name": np.array(["ball"], dtype=object)},
                )
            )
        return found


class CountSamples(foo.Operator):
    @property
    def config(self):
        return foo.OperatorConfig(name="count_samples", label="Count samples")

    def execute(self, ctx):
        return {"count": len(ctx.dataset)}


class Unfinished(foo.Operator):
    @property
    def config(self):
        raise KeyError("no name yet")


@hoop_plugins.hookimpl
def register_models(register):
    register(ModelSpec("bright-spots", Role.DETECTOR, lambda source, device: BrightSpots()))


@hoop_plugins.hookimpl
def register_operators(register):
    register(Unfinished)
    register(CountSamples)
'''


def install(folder, name, code):
    """Lays a distribution out as pip does, with its entry point."""
    (folder / f"{name}.py").write_text(textwrap.dedent(code))
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[hoop_plugins]\n{name} = {name}\n")


def fresh():
    plugins.manager.cache_clear()
    plugins.failures.cache_clear()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that distributions can be installed into."""
    monkeypatch.syspath_prepend(str(tmp_path))
    fresh()
    yield tmp_path
    monkeypatch.undo()
    fresh()


def test_a_third_party_detector_can_be_chosen_by_name(site):
    install(site, "spots", PACKAGE)
    assert "bright-spots" in [spec.name for spec in plugins.models(Role.DETECTOR)]
    frame = np.zeros((40, 60, 3), np.uint8)
    frame[12, 34] = 255
    found = plugins.load_model("detector", "bright-spots").detect([frame])[0]
    assert found.xyxy.tolist() == [[34, 12, 35, 13]]


def test_a_third_party_operator_runs_although_our_yml_does_not_list_it(site, dataset, caplog):
    install(site, "spots", PACKAGE)
    with caplog.at_level(logging.WARNING, "hoop_plugins"):
        result = foo.execute_operator("@hoop/hoop_plugins/count_samples", dataset=dataset)
    assert result.result == {"count": 0}
    assert "plugin 'spots' is left out: Unfinished has no name: KeyError" in caplog.text


def test_a_detector_runs_as_a_stage_under_its_name(site, clip):
    install(site, "spots", PACKAGE)
    foo.execute_operator(
        "@hoop/hoop_plugins/detect",
        dataset=clip.dataset,
        params={"model": "bright-spots", "fresh": True},
    )
    assert clip.dataset.distinct("frames.detections.detections.label") == ["ball"]


@pytest.mark.parametrize(
    "code",
    [
        "raise OSError('its library is gone')",
        """
        import hoop_plugins

        @hoop_plugins.hookimpl
        def register_models(register):
            raise OSError('its library is gone')
        """,
    ],
    ids=["on import", "in a hook"],
)
def test_a_broken_plugin_is_named_in_one_line_and_the_rest_goes_on(site, caplog, code):
    install(site, "broken", code)
    install(site, "spots", PACKAGE)
    with caplog.at_level(logging.WARNING):
        names = [spec.name for spec in plugins.models(Role.DETECTOR)]
    assert {"bright-spots", "rfdetr-medium"} <= set(names)
    lines = [record.getMessage() for record in caplog.records if "broken" in record.getMessage()]
    assert lines == ["plugin 'broken' is left out: OSError: its library is gone"]
    assert plugins.failures() == {"broken": "OSError: its library is gone"}


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownModelError, match=r"unknown reader 'ocr': .*SmolVLM2-500M"):
        plugins.load_model("reader", "ocr")


def test_fiftyone_loads_our_plugin_without_errors():
    registry = OperatorRegistry()
    assert registry.list_errors() == []
    ours = [o for o in registry.list_operators() if o.plugin_name == "@hoop/hoop_plugins"]
    assert len(ours) >= 8


def test_listing_operators_imports_no_network_library():
    code = (
        "import json, sys; from hoop_plugins import plugins; plugins.operators(); "
        "plugins.models(); print(json.dumps([m for m in ('torch', 'transformers', 'rfdetr', "
        "'sam2', 'umap') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []
