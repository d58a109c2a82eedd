"""The reference pages say what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

import hoop_plugins
from hoop_plugins import reference

FOLDER = Path(hoop_plugins.__file__).resolve().parents[1] / "docs" / "reference"


def test_there_is_a_page_of_each_kind() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(reference.pages())


@pytest.mark.parametrize("name", reference.pages())
def test_a_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text() == reference.pages()[name], (
        "write it anew: python -m hoop_plugins.reference docs/reference"
    )


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("fields.md", "| `number_status` | StringField |"),
        ("hooks.md", "## `register_trainers`"),
        ("operators.md", "## `recognize_players`"),
        ("operators.md", "## `identity_timeline`"),
        ("profiles.md", "| `confidence` | `0.4` | Boxes below it are dropped; 0 to 1. |"),
    ],
)
def test_what_people_look_up_is_there(page: str, said: str) -> None:
    assert said in reference.pages()[page]
