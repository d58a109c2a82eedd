"""Boxes that are moved in the tab Annotate are tracked from, in the App alone."""

from __future__ import annotations

from time import monotonic

import people
import pytest
from driving import (
    PATIENCE,
    below,
    click_box,
    execute,
    move_box,
    open_dataset,
    open_form,
    open_sample,
    place_of,
    shows_colors,
)
from playwright.sync_api import Locator, Page, expect

from hoop_plugins import corrections, profiles
from hoop_plugins.data.appearance import TEAM_COLORS, show_teams
from hoop_plugins.data.detections import objects
from hoop_plugins.data.editing import offer_editing
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.pipeline import build_stages, run_stages

pytestmark = pytest.mark.browser

SEEK = "params => window.__foo__.executeOperator('@hoop/hoop_plugins/seek', params)"
EXCHANGED = {2: 3, 3: 2}
TEAMS = {2: "dark", 3: "light"}
ABOVE, AWAY = 36, 12
"""Pixels above a box, with what is written there, and to the right."""


@pytest.fixture
def exchanged(clip: SampleStore) -> SampleStore:
    """A tracked clip in which 2 and 3 are called by each other's id."""
    profile = profiles.load_profile("sample").with_models(tracker="tracking-by-detection")
    list(run_stages(clip.dataset, build_stages(profile, ["track"], "cpu"), fresh=True))
    frames = dict(clip.read("players"))
    for found in frames.values():
        ids = [EXCHANGED.get(index, index) for index in found.tracker_id.tolist()]
        found.tracker_id[:], found.data["track"] = ids, objects(ids)
    clip.write("players", frames)
    tracks = clip.read_tracks()
    for index, team in TEAMS.items():
        tracks[index].team = team
    clip.write_tracks(tracks.values())
    clip.assign("players", [(index, None, {"team": team}) for index, team in TEAMS.items()])
    show_teams(clip.dataset)
    offer_editing(clip.dataset)
    with corrections.lifted([clip]):
        pass
    return clip


def left_of(clip: SampleStore, index: int) -> dict[int, float]:
    """Where a track's box begins, in the frames in which it is seen."""
    return {
        number: left
        for number, found in clip.read("players", masks=False)
        for left in found.xyxy[found.tracker_id == index][:, 0].tolist()
    }


def expect_above(page: Page, video: Locator, corners: tuple[int, ...], color: str) -> None:
    """Waits until what is written above a box of the open video has a color, away from where the
    first frame has it.
    """
    x, y, width, _ = place_of(video, corners, (320, 180))
    above = {"x": x + AWAY, "y": y - ABOVE, "width": width - AWAY, "height": ABOVE - 4}
    end = monotonic() + PATIENCE / 1000
    while not shows_colors(page.screenshot(clip=above), [color]):
        assert monotonic() < end, f"{color} is not shown"


def test_who_was_taken_for_another_is_followed_from_where_they_were_put(
    exchanged: SampleStore, app: str, page: Page, tmp_path
) -> None:
    clip = exchanged
    open_dataset(page, app, clip.dataset.name)
    video = open_sample(page)
    page.locator("[data-cy=annotate]").click()
    for index in (2, 3):
        left, *_ = people.box(people.PEOPLE[index - 1], 1)
        move_box(page, clip.sample_id, index, left / clip.size[0])
    page.locator("[data-cy=explore]").click()
    click_box(video, people.box(people.PEOPLE[1], 1), clip.size)
    open_form(page, "track again from here")
    expect(below(page, "Frame")).to_have_value("1")
    expect(below(page, "Track")).to_have_value("2")
    page.screenshot(path=tmp_path / "form.png")
    execute(page)
    card = page.locator("[data-cy=hoop-run]")
    told = "frames 2 to 30 are tracked again: the clip ends there"
    expect(card).to_contain_text(told, timeout=PATIENCE)
    page.screenshot(path=tmp_path / "tracked.png")
    clip.dataset.reload()
    assert [str(one) for one in corrections.listed(clip)] == ["box in frame 1"] * 2
    for index in (2, 3):
        shown = left_of(clip, index)
        lefts = {n: people.box(people.PEOPLE[index - 1], n)[0] for n in shown}
        assert shown == pytest.approx(lefts, abs=0.1)
        assert len(shown) > 20

    later = max(left_of(clip, 2).keys() & left_of(clip, 3).keys())
    page.evaluate(SEEK, {"sample_id": clip.sample_id, "frame": later})
    for index, team in TEAMS.items():
        expect_above(page, video, people.box(people.PEOPLE[index - 1], later), TEAM_COLORS[team])
    page.screenshot(path=tmp_path / "later.png")
