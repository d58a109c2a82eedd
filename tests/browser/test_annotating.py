"""FiftyOne's own editor, the tab Annotate, in Chromium: what is changed there is what was meant."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest
from driving import (
    PATIENCE,
    choose_track,
    expect_colors,
    move_box,
    open_dataset,
    open_sample,
    saved,
)
from playwright.sync_api import Page, expect

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.data.appearance import OTHER_COLOR, show_teams
from hoop_plugins.data.editing import offer_editing
from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser

RUN = "params => window.__foo__.executeOperator('@hoop/hoop_plugins/recognize_players', params)"


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


def labels(clip: SampleStore, index: int) -> list[dict[str, Any]]:
    """All labels of a track, as the database has them."""
    found = clip._frames.find(clip._mine).sort("frame_number", 1)
    every = [label for frame in found for label in frame["players"]["detections"]]
    return [label for label in every if label.get("index") == index]


def draw(page: Page) -> None:
    """Draws a box below everybody."""
    page.locator("[data-cy=detection-mode]").click()
    canvas = page.locator("[data-cy=lighter-sample-renderer-canvas]").bounding_box()
    assert canvas
    x, y = canvas["x"] + canvas["width"] * 0.2, canvas["y"] + canvas["height"] * 0.72
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 20)
    page.mouse.move(x + 60, y + 90)
    page.mouse.up()


def choose_number(page: Page, number: str) -> None:
    field = page.locator("[data-cy=root_number_container] input")
    field.click()
    field.fill(number)
    page.get_by_role("option", name=number, exact=True).click()


def edit_number(page: Page, number: str) -> None:
    saved(page, lambda: choose_number(page, number))


def test_a_number_is_stored_and_nothing_else_changes(edited, page, tmp_path):
    before = labels(edited, 2)
    choose_track(page, edited.sample_id, 2)
    edit_number(page, "44")
    page.screenshot(path=tmp_path / "number.png")
    assert labels(edited, 2) == [{**label, "number": "44"} for label in before]
    assert corrections.take_over(edited) == []
    assert [str(one) for one in corrections.listed(edited)] == ["number 44"]


def test_a_key_frame_of_somebody_with_a_mask_moves_nobody(edited, page):
    before = labels(edited, 3)
    choose_track(page, edited.sample_id, 3)
    saved(page, lambda: page.keyboard.press("k"))
    after = labels(edited, 3)
    assert [label["bounding_box"] for label in after] == [one["bounding_box"] for one in before]
    assert corrections.take_over(edited) == []
    assert corrections.listed(edited) == []


def test_a_moved_box_and_a_drawn_one_outlive_the_tracker(edited, page, tmp_path):
    before = labels(edited, 1)
    move_box(page, edited.sample_id, 1, 0.04)
    assert [label["bounding_box"] for label in labels(edited, 1)[1:]] == [
        label["bounding_box"] for label in before[1:]
    ]
    page.locator("[data-cy=annotate-edit-back]").click()
    saved(page, lambda: draw(page))
    page.screenshot(path=tmp_path / "edited.png")

    hoop_plugins.recognize(fo.load_dataset(edited.dataset.name), "sample", stages=["track"])
    told = [str(one) for one in corrections.listed(edited)]
    assert told == ["box in frame 1", "drawn in frames 1-30"]
    moved, *others = (label["bounding_box"][0] for label in labels(edited, 1))
    assert moved == 0.04
    assert min(others) > 0.06
    assert {label["edited"] for label in labels(edited, 6)} == {"drawn"}

    page.reload()
    page.locator("[data-cy=explore]").click()
    expect_colors(page.locator("[data-cy=modal-looker-container]"), [OTHER_COLOR])
    page.screenshot(path=tmp_path / "again.png")


def test_what_a_run_elsewhere_has_written_is_not_changed_by_old_positions(edited, page, tmp_path):
    choose_track(page, edited.sample_id, 3)
    edit_number(page, "55")
    choose_track(page, edited.sample_id, 2)
    hoop_plugins.recognize(fo.load_dataset(edited.dataset.name), "sample", stages=["track"])
    written = [labels(edited, index) for index in edited.read_tracks()]
    choose_number(page, "44")
    expect(page.get_by_text("your last change was not stored")).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "refused.png")
    expect(page.locator("[data-cy=video-annotation-top-bar]")).to_have_count(0)
    assert [labels(edited, index) for index in edited.read_tracks()] == written
    assert [str(one) for one in corrections.listed(edited)] == ["number 55"]

    page.locator("[data-cy=annotate]").click()
    choose_track(page, edited.sample_id, 2)
    edit_number(page, "44")
    assert corrections.take_over(edited) == []
    assert sorted(str(one) for one in corrections.listed(edited)) == ["number 44", "number 55"]


def test_what_is_changed_during_a_run_elsewhere_is_not_stored(edited, page, tmp_path):
    steps = hoop_plugins.recognize.steps(edited.dataset, "sample", stages=["pair"])
    while next(steps).stage != "pair":
        pass
    page.reload()
    choose_track(page, edited.sample_id, 2)
    choose_number(page, "44")
    expect(page.get_by_text("A run writes these labels")).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "during.png")
    assert {label["number"] for label in labels(edited, 2)} == {"7"}
    assert {step.stage for step in steps} <= {"pair"}
    assert corrections.listed(edited) == []

    page.locator("[data-cy=annotate]").click()
    choose_track(page, edited.sample_id, 2)
    edit_number(page, "44")
    assert corrections.take_over(edited) == []
    assert [str(one) for one in corrections.listed(edited)] == ["number 44"]


def test_a_refusal_in_words_reaches_who_asked(app, page):
    page.goto(app)
    page.locator("script[src*='panels/legend.js']").wait_for(state="attached", timeout=PATIENCE)
    page.route("**/elsewhere", lambda route: route.fulfill(status=412, body="not now"))
    said = page.evaluate("fetch('/elsewhere', { method: 'PATCH' }).then((got) => got.text())")
    assert said == "not now"


def test_a_run_leaves_the_editor_whose_positions_of_labels_it_changes(edited, page):
    choose_track(page, edited.sample_id, 2)
    page.evaluate(RUN, {"profile": "sample", "stages": ["pair"]})
    expect(page.locator("[data-cy=modal-looker-container]")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-cy=hoop-run]")).to_contain_text("dark: 7, 23", timeout=PATIENCE)
    expect(page.locator("[data-cy=video-annotation-top-bar]")).to_have_count(0)
