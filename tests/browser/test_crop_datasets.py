"""Crops in Chromium: points in the Embeddings panel, colored by team, and corrected by a lasso."""

from __future__ import annotations

from collections.abc import Iterator

import fiftyone as fo
import people
import pytest
from driving import (
    PATIENCE,
    below,
    choose,
    execute,
    open_dataset,
    open_form,
    open_panel,
    open_sample,
)
from playwright.sync_api import Page, expect

from hoop_plugins.data.appearance import show_teams
from hoop_plugins.data.store import SampleStore
from hoop_plugins.mining.crops import crops_name, embed_crops
from hoop_plugins.profiles import load_profile

pytestmark = pytest.mark.browser


@pytest.fixture
def crops(clip: SampleStore) -> Iterator[fo.Dataset]:
    """The crops of a clip's players, embedded."""
    people.decide(clip)
    list(embed_crops(clip.dataset, profile=load_profile("sample"), interval=0.2, device="cpu"))
    made = fo.load_dataset(crops_name(clip.dataset))
    yield made
    made.delete()


def open_points(page: Page, app: str, crops: fo.Dataset) -> None:
    open_dataset(page, app, crops.name)
    open_panel(page, "Embeddings")
    page.get_by_text("hoop_player_crops").last.click()
    expect(page.get_by_text(f"{len(crops)} points").first).to_be_visible(timeout=PATIENCE)


def test_crops_are_points_colored_by_team(crops, app, page, tmp_path):
    open_points(page, app, crops)
    choose(page, "Color by", "team")
    legend = page.locator("[class*=emb-legend]")
    for team in ("dark", "light"):
        expect(legend.get_by_text(team).first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "colored.png")


def test_what_is_said_of_a_lasso_of_points_the_video_shows(crops, clip, app, page, tmp_path):
    show_teams(clip.dataset)
    open_points(page, app, crops)
    page.get_by_role("button", name="Select", exact=True).click()
    plot = page.locator(".emb-plot-scene").bounding_box()
    assert plot
    around = [(0.03, 0.15), (0.97, 0.15), (0.97, 0.97), (0.03, 0.97), (0.03, 0.17)]
    corners = [(plot["x"] + x * plot["width"], plot["y"] + y * plot["height"]) for x, y in around]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=5)
    page.mouse.up()
    expect(page.locator(".emb-plot-chip")).to_contain_text("samples", timeout=PATIENCE)
    page.screenshot(path=tmp_path / "lasso.png")

    form = open_form(page, "correct this player")
    expect(form.get_by_text("Track 1").first).to_be_visible(timeout=PATIENCE)
    below(page, "Team").fill("blue")
    page.screenshot(path=tmp_path / "form.png")
    execute(page)
    expect(page.get_by_text(": corrected").first).to_be_visible(timeout=PATIENCE)
    assert {track.team for track in clip.read_tracks().values()} >= {"blue"}
    open_dataset(page, app, clip.dataset.name)
    open_sample(page)
    page.wait_for_function("window.written.has('blue, 23')")
    page.screenshot(path=tmp_path / "video.png")
