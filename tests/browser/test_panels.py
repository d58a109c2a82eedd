"""The panels in Chromium: from a wrong number to its crops, and from a figure to its view."""

from __future__ import annotations

import numpy as np
import people
import pytest
from playwright.sync_api import Page, expect
from test_app import PATIENCE, app, open_dataset, page  # noqa: F401

from hoop_plugins.evaluation.job import Evaluation
from hoop_plugins.mining.views import find_errors

pytestmark = pytest.mark.browser

WHERE = """([name, i]) => {
  const plots = [...document.querySelectorAll(".js-plotly-plot")];
  const plot = plots.find(plot => plot.data.some(trace => trace.name === name));
  plot.scrollIntoView({block: "center"});
  const trace = plot.data.find(trace => trace.name === name);
  const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
  const x = xaxis._offset + xaxis.d2p(trace.x[i]), y = yaxis._offset + yaxis.d2p(trace.y[i]);
  return [box.x + x, box.y + y];
}"""
"""The pixel at which a point of a plot's trace lies."""


@pytest.fixture
def misread(clip):
    """A clip with ground truth that was evaluated: of all reads, one of player 1 is wrong."""
    people.label(clip)
    people.decide(clip)
    numbers = {}
    for frame in range(1, clip.video.frame_count + 1):
        found = people.detections(frame)
        found = found.select(found.data["class_name"] == "number")
        players = [person for person in people.PEOPLE if person.number]
        found.tracker_id = np.array([person.index for person in players])
        found.data["text"] = np.array([person.number for person in players], dtype=object)
        found.data["text_confidence"] = np.full(len(found), 0.95, dtype=object)
        if frame == 20:
            found.data["text"][0] = "28"
        numbers[frame] = found
    clip.write("numbers", numbers)
    list(Evaluation(clip.dataset).run())
    list(find_errors(clip.dataset))
    clip.dataset.reload()
    return clip


def open_panel(page: Page, name: str) -> None:  # noqa: F811
    page.locator("[data-cy=new-panel-btn]").last.click()
    page.get_by_text(name, exact=True).last.click()


def click_point(page: Page, trace: str, i: int) -> None:  # noqa: F811
    x, y = page.evaluate(WHERE, [trace, i])
    page.mouse.move(x - 2, y)
    page.mouse.move(x, y)
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible(timeout=PATIENCE)
    page.mouse.down()
    page.mouse.up()


def test_a_click_on_a_wrong_read_lands_on_its_crop(misread, app, page, tmp_path):  # noqa: F811
    open_dataset(page, app, misread.dataset.name)
    open_panel(page, "Identity timeline")
    expect(page.locator(".js-plotly-plot .bars").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "timeline.png")
    click_point(page, "wrong", 0)
    expect(page.get_by_text("1 patch").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "crop.png")


def test_a_figure_of_the_report_opens_what_lowers_it(misread, app, page, tmp_path):  # noqa: F811
    open_dataset(page, app, misread.dataset.name)
    open_panel(page, "Recognition report")
    expect(page.locator(".js-plotly-plot .heatmaplayer").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "report.png")
    page.get_by_text("reading accuracy", exact=True).first.click()
    expect(page.get_by_text("1 clip").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "clip.png")
