"""Views of errors draw what they are about."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import pytest
from driving import expect_drawn, open_dataset
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def choose_view(page: Page, name: str) -> None:
    """Takes one of the saved views in the App's own menu."""
    page.locator("[data-cy=saved-views-selection]").click()
    page.get_by_text(name, exact=True).first.click()


def test_a_view_of_the_apps_own_menu_draws_what_it_is_about(
    clips: fo.Dataset, app: str, page: Page, tmp_path: Path
) -> None:
    open_dataset(page, app, clips.name)
    expect_drawn(page, "frames.players", left_out=["frames.ground_truth", "frames.numbers"])
    choose_view(page, "hoop: missed players")
    expect_drawn(page, "frames.players", "frames.ground_truth", left_out=["frames.numbers"])
    page.screenshot(path=tmp_path / "missed.png")
    choose_view(page, "hoop: wrong reads")
    expect_drawn(page, "frames.players", "frames.numbers", left_out=["frames.ground_truth"])
