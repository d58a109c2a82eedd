"""The card at the end of a run, in Chromium: each of its buttons does what it says."""

from __future__ import annotations

import people
import pytest
from driving import PATIENCE, execute, open_dataset
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

RUN = "params => window.__foo__.executeOperator('@hoop/hoop_plugins/recognize_players', params)"


def test_from_a_run_to_its_doubts_its_figures_and_their_report(clip, app, page, tmp_path):
    people.doubt(clip)
    clip.write("ground_truth", dict(clip.read("players")))
    open_dataset(page, app, clip.dataset.name)
    page.evaluate(RUN, {"profile": "sample", "stages": ["pair"]})
    cards = page.locator("[data-cy=hoop-run]")
    found = cards.filter(has_text="in doubt")
    expect(found).to_be_visible(timeout=PATIENCE)
    found.get_by_role("button", name="Evaluate").click()
    expect(page.locator("[data-cy=operators-prompt-modal]")).to_be_visible(timeout=PATIENCE)
    execute(page)
    figures = cards.filter(has_text="Evaluated 1 clip")
    expect(figures).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "cards.png")

    figures.get_by_role("button", name="Open the report").click()
    report = page.locator("[data-cy=panel-content-recognition_report]")
    expect(report.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
    figures.get_by_role("button", name="Close").click()
    found.get_by_role("button", name="Review doubts").click()
    queue = page.locator("[data-hoop=review][data-ready=true]")
    expect(queue).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "queue.png")
