"""The panels in Chromium: from a wrong number to its crops, and from a figure to its view."""

from __future__ import annotations

import numpy as np
import people
import pytest
from driving import PATIENCE, click_point, open_dataset, open_panel, open_sample, pick
from playwright.sync_api import expect

from hoop_plugins.data.tracks import Track
from hoop_plugins.evaluation.job import Evaluation
from hoop_plugins.mining.views import find_errors

pytestmark = pytest.mark.browser


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


def test_a_click_on_a_wrong_read_lands_on_its_crop_or_its_frame(misread, app, page, tmp_path):
    open_dataset(page, app, misread.dataset.name)
    open_panel(page, "Identity timeline")
    expect(page.locator(".js-plotly-plot .bars").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "timeline.png")
    pick(page, "a click shows the frame", "a click opens a view")
    click_point(page, "wrong", 0, opens="1 patch")
    page.screenshot(path=tmp_path / "crop.png")

    pick(page, "a click opens a view", "a click shows the frame")
    click_point(page, "wrong", 0, opens="click once more")
    expect(page.get_by_text("1 sample").first).to_be_visible(timeout=PATIENCE)
    click_point(page, "wrong", 0)
    # frame 20 of 25 a second
    expect(page.get_by_text("0:00.76").first).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("window.written.has('28, expected 23')")
    page.screenshot(path=tmp_path / "frame.png")


def test_a_click_on_a_bar_seeks_the_open_video_to_where_it_is(misread, app, page, tmp_path):
    open_dataset(page, app, misread.dataset.name)
    open_sample(page)
    page.get_by_text("Identity timeline", exact=True).first.click()
    expect(page.locator(".js-plotly-plot .bars").first).to_be_visible(timeout=PATIENCE)
    bar = page.locator(".js-plotly-plot .bars .point path").first.bounding_box()
    assert bar
    page.mouse.move(bar["x"] + 0.65 * bar["width"] - 2, bar["y"] + bar["height"] / 2)
    page.mouse.move(bar["x"] + 0.65 * bar["width"], bar["y"] + bar["height"] / 2)
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible(timeout=PATIENCE)
    page.mouse.down()
    page.mouse.up()
    # .65 of 30 frames: in the twentieth
    expect(page.get_by_text("0:00.76").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "frame.png")


def test_two_hundred_tracks_can_be_read_in_an_open_video(clip, app, page, tmp_path):
    clip.write_tracks(Track(index, 1, 30, "player", "dark") for index in range(1, 201))
    open_dataset(page, app, clip.dataset.name)
    open_sample(page)
    page.get_by_text("Identity timeline", exact=True).first.click()
    rows = page.locator(".js-plotly-plot .ytick text")
    expect(rows).to_have_count(200, timeout=PATIENCE)
    page.screenshot(path=tmp_path / "first.png")
    heights = rows.evaluate_all("rows => rows.map(row => row.getBoundingClientRect().y)")
    assert min(np.diff(heights)) >= 20

    expect(rows.last).not_to_be_in_viewport()
    rows.last.scroll_into_view_if_needed()
    expect(rows.last).to_be_in_viewport(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "last.png")


def test_a_figure_of_the_report_opens_what_lowers_it(misread, app, page, tmp_path):
    open_dataset(page, app, misread.dataset.name)
    open_panel(page, "Recognition report")
    expect(page.locator(".js-plotly-plot .heatmaplayer").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "report.png")
    page.get_by_text("reading accuracy", exact=True).first.click()
    expect(page.get_by_text("1 clip").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "clip.png")


@pytest.mark.parametrize(
    ("trace", "i", "j"),
    # 23 read as 28: rows are the numbers on the jerseys, columns what was read, both in order.
    [("confusion", 4, 3), ("reads", 0, 0)],
)
def test_a_cell_and_a_point_of_the_report_open_the_crops_behind_them(
    misread, app, page, tmp_path, trace, i, j
):
    open_dataset(page, app, misread.dataset.name)
    open_panel(page, "Recognition report")
    # Both plots: one that comes later moves the other.
    for layer in (".heatmaplayer", ".scatterlayer .point"):
        drawn = page.locator(f".js-plotly-plot {layer}").first
        expect(drawn).to_be_visible(timeout=PATIENCE)
    click_point(page, trace, i, j, opens="1 patch")
    page.screenshot(path=tmp_path / f"{trace}.png")
