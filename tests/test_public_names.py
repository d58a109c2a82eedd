"""What people and packages import from ``hoop_plugins`` itself."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest

import hoop_plugins
from hoop_plugins.api.use_case import UseCase


@pytest.mark.parametrize("name", hoop_plugins.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(hoop_plugins, name) is not None


def test_what_is_not_public_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="no attribute 'recognise'"):
        hoop_plugins.recognise  # noqa: B018


def test_importing_the_package_imports_no_library() -> None:
    program = (
        "import json, sys; import hoop_plugins.api; "
        "known = {*sys.stdlib_module_names, 'hoop_plugins', 'pluggy'}; "
        "print(json.dumps([name for name in sys.modules if name.partition('.')[0] not in known]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    strangers = {name for name in json.loads(done.stdout) if not name.startswith("_")}
    assert strangers <= {"sitecustomize", "distutils-precedence"}


def test_use_cases_say_what_they_take() -> None:
    for name in hoop_plugins.__all__:
        use_case = getattr(hoop_plugins, name)
        if isinstance(use_case, UseCase):
            parameters = inspect.signature(use_case).parameters
            assert parameters["progress"].default is None, name
            for parameter in parameters:
                assert f"{parameter}: " in use_case.__doc__, (name, parameter)
