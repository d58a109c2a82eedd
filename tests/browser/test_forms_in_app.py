"""Forms in Chromium: what people change is there at once, everything else is folded."""

from __future__ import annotations

import pytest
from driving import PATIENCE, below, open_dataset, open_form
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_whole_job_asks_for_what_differs_and_folds_the_rest(clip, app, page, tmp_path):
    clip.dataset.info["profile"] = "sample"
    clip.dataset.save()
    open_dataset(page, app, clip.dataset.name)
    form = open_form(page, "recognize players")
    expect(form.get_by_text("All settings").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "folded.png")
    below(page, "Roster").fill("nobody.csv")
    expect(form.get_by_text("nobody.csv").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "refused.png")
    below(page, "Roster").fill("")

    form.get_by_text("All settings").click()
    expect(form.get_by_text("Start anew").first).to_be_visible()
    form.get_by_text("Stage detect").click()
    below(page, "Batch").fill("0")
    expect(form.get_by_text("detect.batch is 0").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "open.png", full_page=True)
    form.get_by_text("All settings").click()
    page.screenshot(path=tmp_path / "refused-inside.png")
