"""Whole tracks in FiftyOne's own editor, in Chromium: what is split or deleted is known."""

from __future__ import annotations

import people
import pytest
from driving import PATIENCE, choose_track, open_dataset, open_sample, saved
from playwright.sync_api import Locator, Page, expect

from hoop_plugins import corrections
from hoop_plugins.data.appearance import show_teams
from hoop_plugins.data.editing import offer_editing
from hoop_plugins.data.label_codec import identity_values
from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser


@pytest.fixture
def shirts(clip: SampleStore) -> SampleStore:
    """A clip whose labels have arrays, as the stages leave them, and which may be edited."""
    people.decide(clip)
    kits = [(person.index, None, {"kit": [0.5] * 6}) for person in people.PEOPLE]
    clip.assign("players", kits)
    show_teams(clip.dataset)
    offer_editing(clip.dataset)
    with corrections.lifted([clip]):
        pass
    return clip


def row(page: Page, clip: SampleStore, index: int) -> Locator:
    """A track in the timeline below the video, as far as it has the instance that it was given."""
    instance = identity_values(clip.sample_id, index)["instance"]["_id"]
    return page.locator(f"[data-track-id='{instance}']")


def test_a_split_and_a_deleted_track_are_known_at_once(shirts, app, page, tmp_path):
    open_dataset(page, app, shirts.dataset.name)
    open_sample(page)
    page.locator("[data-cy=annotate]").click()
    choose_track(page, shirts.sample_id, 2)
    for _ in range(15):
        page.keyboard.press(".")
    playhead = page.get_by_test_id("timeline-playhead-time")
    expect(playhead).to_contain_text("0:00.60", timeout=PATIENCE)
    saved(page, lambda: page.get_by_role("button", name="Split", exact=True).click())
    page.get_by_test_id("timeline-controls-toggle").click()
    rows = page.locator("[data-track-id]")
    expect(rows).to_have_count(len(people.PEOPLE) + 1, timeout=PATIENCE)
    row(page, shirts, 4).click(button="right", position={"x": 500, "y": 14})
    page.screenshot(path=tmp_path / "menu.png")
    saved(page, lambda: page.get_by_text("Delete track", exact=True).click())
    page.screenshot(path=tmp_path / "split.png")

    page.get_by_text("Identity timeline", exact=True).first.click()
    titles = page.locator(".js-plotly-plot .ytick text")
    expect(titles).to_have_count(len(people.PEOPLE) - 1, timeout=PATIENCE)
    expect(titles.filter(has_text="light 11")).to_have_count(0)
    page.screenshot(path=tmp_path / "timeline.png")
    shirts.dataset.reload()
    told = sorted(str(one) for one in corrections.listed(shirts))
    assert told == ["not a person", "somebody else from frame 16 on"]
