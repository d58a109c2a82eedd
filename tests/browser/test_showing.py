"""What was just computed is what shows, in the colors of the teams, in every way of starting it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import numpy as np
import people
import pytest
from driving import (
    PATIENCE,
    click_box,
    execute,
    expect_colors,
    expect_drawn,
    open_dataset,
    open_form,
    open_sample,
    shows_colors,
)
from playwright.sync_api import Page, expect

import hoop_plugins
from hoop_plugins.data.appearance import OTHER_COLOR, TEAM_COLORS, show_teams
from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser

COLORS = [*TEAM_COLORS.values(), OTHER_COLOR]


def pair(page: Page) -> None:
    """Runs a stage from its form."""
    form = open_form(page, "pair numbers with players")
    expect(form.get_by_text("Start anew").first).to_be_visible(timeout=PATIENCE)
    execute(page)
    expect(page.get_by_text("pair numbers with players: done")).to_be_visible(timeout=PATIENCE)


def test_after_a_form_the_open_video_shows_what_was_computed(
    clip: SampleStore, app: str, page: Page, tmp_path: Path
) -> None:
    people.decide(clip)
    open_dataset(page, app, clip.dataset.name)
    video = open_sample(page)
    expect_drawn(page, "frames.detections", "frames.players")  # as in any dataset
    assert not shows_colors(video.screenshot(), COLORS)

    pair(page)
    expect_drawn(page, "frames.players", "frames.numbers", left_out=["frames.detections"])
    expect_colors(video, COLORS)
    page.screenshot(path=tmp_path / "computed.png")


def test_after_detection_alone_the_detections_are_drawn(
    dataset: fo.Dataset, make_video: Callable[..., Path], app: str, page: Page
) -> None:
    dataset.add_sample(fo.Sample(filepath=str(make_video(frames=2))))
    dataset.info["profile"] = "sample"
    dataset.save()
    open_dataset(page, app, dataset.name)
    open_form(page, "detect players")
    execute(page)
    expect_drawn(page, "frames.detections")


def test_colors_that_a_person_chose_meanwhile_stay(clip: SampleStore, app: str, page: Page) -> None:
    people.decide(clip)
    open_dataset(page, app, clip.dataset.name)
    video = open_sample(page)
    mine = {"path": "frames.players", "fieldColor": "#12ab34"}
    page.evaluate(
        "params => window.__foo__.executeOperator('set_color_scheme', params)", {"fields": [mine]}
    )
    expect_colors(video, ["#12ab34"])
    pair(page)
    expect_drawn(page, "frames.numbers")
    assert shows_colors(video.screenshot(), ["#12ab34"])
    clip.dataset.reload()
    assert clip.dataset.app_config.color_scheme.color_by == "value"


def test_after_a_run_elsewhere_the_page_shows_what_was_computed(
    clip: SampleStore, app: str, page: Page, tmp_path: Path
) -> None:
    people.decide(clip)
    open_dataset(page, app, clip.dataset.name)
    hoop_plugins.recognize(fo.load_dataset(clip.dataset.name), "sample", stages=["pair"])
    page.reload()
    expect_drawn(page, "frames.players", left_out=["frames.detections", "frames.numbers"])
    expect_colors(open_sample(page), COLORS)
    page.screenshot(path=tmp_path / "elsewhere.png")
    key = f"fo-hiddenLabels-{clip.dataset.name}-frames.players"
    # Not in tooltips.
    page.wait_for_function("key => localStorage.getItem(key)?.includes('appearance')", arg=key)


def test_bookkeeping_is_folded_until_somebody_unfolds_it(
    clip: SampleStore, app: str, page: Page
) -> None:
    people.decide(clip)
    show_teams(clip.dataset)
    open_dataset(page, app, clip.dataset.name)
    shown = page.locator("[data-cy=sidebar-entry-draggable-filepath]")
    folded = page.locator("[data-cy=sidebar-entry-draggable-created_at]")
    expect(shown).to_be_in_viewport(timeout=PATIENCE)
    # The App keeps folded fields, far to the left of the page.
    expect(folded).not_to_be_in_viewport()
    page.locator("[data-cy=sidebar-group-BOOKKEEPING] [data-testid=AddIcon]").click()
    expect(folded).to_be_in_viewport(timeout=PATIENCE)


def test_boxes_of_any_name_say_who_it_is_and_tooltips_leave_out_arrays(
    clip: SampleStore, app: str, page: Page, tmp_path: Path
) -> None:
    people.decide(clip)
    sample = clip.dataset.first()
    corner = [0.02, 0.02, 0.2, 0.2]
    for frame in sample.frames.values():
        read = fo.Detection(label="mine", bounding_box=corner, probabilities=np.arange(102.0))
        said = {"kit": "home", "shape": "round", "number": "9"}
        other = fo.Detection(label="theirs", bounding_box=corner, **said)
        frame["texts"] = fo.Detections(detections=[read])
        frame["theirs"] = fo.Detections(detections=[other])
    sample.save()
    declared = {f"theirs.detections.{name}": fo.StringField() for name in ("kit", "number")}
    clip.dataset.add_dynamic_frame_fields(declared)
    hoop_plugins.recognize(clip.dataset, "sample", stages=["pair"])
    open_dataset(page, app, clip.dataset.name)
    for path in ("frames.texts", "frames.theirs"):
        box = page.get_by_title(f"Show {path}", exact=True).last.get_by_role("checkbox")
        box.check(timeout=PATIENCE)
    video = open_sample(page)
    page.wait_for_function("window.written.has('theirs, 9')")
    page.get_by_title("Show frames.theirs", exact=True).last.get_by_role("checkbox").uncheck()
    width, height = clip.size
    click_box(video, (0.02 * width, 0.02 * height, 0.22 * width, 0.22 * height), clip.size)
    tooltip = page.locator("[data-cy=sample-canvas-tooltip-content]")
    expect(tooltip).to_contain_text("mine", timeout=PATIENCE)
    expect(tooltip.locator("[data-cy=attribute-probabilities]")).to_have_count(0)
    page.screenshot(path=tmp_path / "tooltip.png")
    hidden = {
        path: page.evaluate(
            "key => localStorage.getItem(key)", f"fo-hiddenLabels-{clip.dataset.name}-frames.{path}"
        ).split(",")
        for path in ("players", "numbers", "detections", "texts", "theirs")
    }
    assert {"kit", "appearance", "shape", "keyframe", "made_by"} <= set(hidden["players"])
    assert {"probabilities", "embedded", "made_by"} <= set(hidden["numbers"])
    ours = {"appearance", "probabilities", "mask", "made_by"}
    assert set(hidden["detections"]) == {*ours, "kit"}
    # What others call so shows.
    assert set(hidden["theirs"]) == ours
