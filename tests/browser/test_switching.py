"""Panels after something else was chosen: what they show is of that alone."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import pytest
from driving import PATIENCE, expect_points, open_dataset, open_panel, pick
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

MANY = {"wrong": 25, "right": 324, "validated": 4, "light": 3}
ONE = {"wrong": 1, "right": 359, "validated": 4, "light": 2}


def test_a_timeline_of_another_clip_shows_its_marks_alone(
    clips: fo.Dataset, app: str, page: Page, tmp_path: Path
) -> None:
    open_dataset(page, app, clips.name)
    open_panel(page, "Identity timeline")
    expect_points(page, **MANY)
    pick(page, "many.mp4", "one.mp4")
    expect_points(page, **ONE)
    pick(page, "one.mp4", "many.mp4")
    expect_points(page, **MANY)
    pick(page, "many.mp4", "one.mp4")
    expect_points(page, **ONE)
    page.screenshot(path=tmp_path / "one.png")


def test_a_report_of_a_smaller_evaluation_keeps_nothing_of_a_larger_one(
    clips: fo.Dataset, app: str, page: Page, tmp_path: Path
) -> None:
    open_dataset(page, app, clips.name)
    open_panel(page, "Recognition report")
    columns = {"both": 6, "second": 5}  # nobody in the second is read as 71
    expect_points(page, confusion=columns["second"])
    pick(page, "second", "both")
    expect_points(page, confusion=columns["both"])
    pick(page, "both", "second")
    expect_points(page, confusion=columns["second"])
    pick(page, "compared with nothing", "compared with both")
    expect_points(page, **{"compared with": 9})
    headings = page.get_by_role("columnheader")
    expect(headings.get_by_text("Change").first).to_be_visible(timeout=PATIENCE)
    pick(page, "compared with both", "compared with nothing")
    expect_points(page, **{"compared with": 0})
    expect(headings.get_by_text("Change")).to_have_count(0)
    page.screenshot(path=tmp_path / "second.png")
