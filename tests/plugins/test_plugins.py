"""Plugins that fail, misspell a hook, or bring what somebody else brings already.

They are left out and named, and the rest goes on.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import fiftyone.operators as foo
import pytest
from distributions import lay_out
from fiftyone.operators.registry import OperatorRegistry

from hoop_plugins import plugins
from hoop_plugins.errors import HoopError, PluginError, UnknownModelError
from hoop_plugins.specs import Role

DETECTOR = """
import hoop_plugins

class Nothing:
    def detect(self, frames):
        return []

@hoop_plugins.hookimpl
def register_models(register):
    load = lambda source, device: {model}
    register(hoop_plugins.ModelSpec("{name}", hoop_plugins.Role.DETECTOR, load))
"""


def bring(site, package, name, model="Nothing()"):
    """Installs a package with one detector."""
    lay_out(site, package, DETECTOR.format(name=name, model=model))


def detectors():
    return [spec.name for spec in plugins.models(Role.DETECTOR)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise OSError('its library is gone')", "OSError: its library is gone"),
        (
            """
            import hoop_plugins

            @hoop_plugins.hookimpl
            def register_models(register):
                raise OSError('its library is gone')
            """,
            "OSError: its library is gone",
        ),
        (
            """
            import hoop_plugins

            @hoop_plugins.hookimpl
            def register_model(register):
                raise AssertionError('called')
            """,
            "PluginError: there is no hook 'register_model': did you mean register_models?",
        ),
    ],
    ids=["on import", "in a hook", "a misspelt hook"],
)
def test_a_broken_plugin_is_named_in_one_line_and_the_rest_goes_on(site, caplog, code, reason):
    lay_out(site, "broken", code)
    bring(site, "working", "blank")
    with caplog.at_level(logging.WARNING):
        assert {"blank", "rfdetr-medium"} <= set(detectors())
        assert {"blank", "rfdetr-medium"} <= set(detectors())
    lines = [record.getMessage() for record in caplog.records if "broken" in record.getMessage()]
    assert lines == [f"plugin 'broken' is left out: {reason}"]
    assert plugins.failures() == {"broken": reason}


def test_a_plugin_that_fails_in_one_hook_keeps_what_it_brings_through_others(site):
    code = DETECTOR.format(name="blank", model="Nothing()")
    lay_out(
        site,
        "half",
        f"""{code}
@hoop_plugins.hookimpl
def register_commands(register):
    raise OSError("its library is gone")
""",
    )
    assert "evaluate" in [spec.name for spec in plugins.commands()]
    assert "blank" in detectors()
    assert plugins.failures() == {"half": "OSError: its library is gone"}


def test_two_packages_with_a_model_of_one_name_are_both_named_and_neither_runs(site):
    bring(site, "first", "blank")
    bring(site, "second", "blank")
    with pytest.raises(PluginError, match=r"'(first|second)': .*blank.*'(first|second)'"):
        plugins.load_model("detector", "blank")
    assert "blank" not in detectors()
    assert "rfdetr-medium" in detectors()


def test_a_model_with_the_name_of_ours_is_left_out_loudly(site, caplog):
    bring(site, "second", "rfdetr-medium")
    with caplog.at_level(logging.WARNING):
        spec = plugins.find_model(Role.DETECTOR, "rfdetr-medium")
    assert spec.load.__module__ == "hoop_plugins.models"
    assert "plugin 'second' is left out: its model 'detector rfdetr-medium'" in caplog.text


def test_a_model_without_a_method_of_its_role_is_refused_by_name(site):
    bring(site, "hollow", "hollow", model="object()")
    with pytest.raises(
        PluginError, match=r"detector 'hollow' lacks detect: .*hoop_plugins\.Detector"
    ):
        plugins.load_model("detector", "hollow")


def test_an_option_that_a_model_does_not_have_is_refused_by_name(site):
    bring(site, "working", "blank")
    with pytest.raises(HoopError, match="detector 'blank' has no option 'batch'; it has none"):
        plugins.load_model("detector", "blank", batch=3)


def test_a_family_that_came_later_is_asked_first_about_a_path(site):
    lay_out(
        site,
        "narrow",
        """
        import hoop_plugins

        def load(source, device="auto"):
            raise NotImplementedError

        @hoop_plugins.hookimpl
        def register_models(register):
            role = hoop_plugins.Role.DETECTOR
            accepts = lambda source: source.endswith("-narrow.pth")
            register(hoop_plugins.ModelSpec("zz", role, load, accepts=accepts))
        """,
    )
    assert plugins.find_model(Role.DETECTOR, "my-narrow.pth").name == "zz"
    assert plugins.find_model(Role.DETECTOR, "my.pth").name == "rfdetr"


def test_an_operator_without_a_name_is_left_out_and_the_others_run(site, dataset, caplog):
    lay_out(
        site,
        "unfinished",
        """
        import fiftyone.operators as foo
        import hoop_plugins

        class Unfinished(foo.Operator):
            @property
            def config(self):
                raise KeyError("no name yet")

        class CountSamples(foo.Operator):
            @property
            def config(self):
                return foo.OperatorConfig(name="count_samples", label="Count samples")

            def execute(self, ctx):
                return {"count": len(ctx.dataset)}

        @hoop_plugins.hookimpl
        def register_operators(register):
            register(Unfinished)
            register(CountSamples)
        """,
    )
    with caplog.at_level(logging.WARNING, "hoop_plugins"):
        result = foo.execute_operator("@hoop/hoop_plugins/count_samples", dataset=dataset)
    assert result.result == {"count": 0}
    assert "plugin 'unfinished' is left out: Unfinished has no name: KeyError" in caplog.text


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
