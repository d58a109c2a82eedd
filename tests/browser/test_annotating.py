"""FiftyOne's own editor, the tab Annotate, in Chromium: what is changed there is what was meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import people
import pytest
from driving import PATIENCE, open_dataset, open_sample
from playwright.sync_api import Page

from hoop_plugins import corrections
from hoop_plugins.data.appearance import show_teams
from hoop_plugins.data.editing import offer_editing
from hoop_plugins.data.label_codec import identity_values
from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser


@pytest.fixture
def edited(clip: SampleStore, app: str, page: Page) -> SampleStore:
    """A clip that is open in the editor: 1 and 2 have boxes alone, all others have masks."""
    people.decide(clip)
    kits = [(5, frame, {"kit": np.full(6, frame, np.float32)}) for frame in range(1, 31)]
    clip.assign("players", [*kits, *((2, *rest) for _, *rest in kits)])
    masked = [{"one.index": {"$in": [1, 2]}}]
    mask = {"$unset": {"players.detections.$[one].mask": ""}}
    clip._frames.update_many(clip._mine, mask, array_filters=masked)
    show_teams(clip.dataset)
    offer_editing(clip.dataset)
    with corrections.lifted([clip]):
        pass
    open_dataset(page, app, clip.dataset.name)
    open_sample(page)
    page.locator("[data-cy=annotate]").click()
    return clip


def choose(page: Page, clip: SampleStore, index: int) -> None:
    """Selects a track in the editor's list."""
    back = page.locator("[data-cy=annotate-edit-back]")
    if back.count():
        back.click()
    instance = identity_values(clip.sample_id, index)["instance"]["_id"]
    page.locator(f"[data-cy=annotate-label-{instance}]").click()
    page.locator("[data-cy=root_number_container]").wait_for()


def saved(page: Page, act: Callable[[], Any]) -> None:
    """Does something, and waits until the editor has stored it."""
    with page.expect_response(lambda got: got.request.method == "PATCH", timeout=PATIENCE) as told:
        act()
    assert told.value.ok, told.value.text()


def labels(clip: SampleStore, index: int) -> list[dict[str, Any]]:
    """All labels of a track, as the database has them."""
    found = clip._frames.find(clip._mine).sort("frame_number", 1)
    every = [label for frame in found for label in frame["players"]["detections"]]
    return [label for label in every if label.get("index") == index]


def edit_number(page: Page, number: str) -> None:
    field = page.locator("[data-cy=root_number_container] input")
    field.click()
    field.fill(number)
    saved(page, lambda: page.get_by_role("option", name=number, exact=True).click())


def test_a_number_is_stored_and_nothing_else_changes(edited, page, tmp_path):
    before = labels(edited, 2)
    choose(page, edited, 2)
    edit_number(page, "44")
    page.screenshot(path=tmp_path / "number.png")
    assert labels(edited, 2) == [{**label, "number": "44"} for label in before]
    assert corrections.take_over(edited) == []
    assert [str(one) for one in corrections.listed(edited)] == ["number 44"]


def test_a_key_frame_of_somebody_with_a_mask_moves_nobody(edited, page):
    before = labels(edited, 3)
    choose(page, edited, 3)
    saved(page, lambda: page.keyboard.press("k"))
    after = labels(edited, 3)
    assert [label["bounding_box"] for label in after] == [one["bounding_box"] for one in before]
    assert corrections.take_over(edited) == []
    assert corrections.listed(edited) == []
