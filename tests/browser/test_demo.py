"""The sample game in Chromium: what its networks found, and a run of all of them from the form."""

from __future__ import annotations

import re
from collections.abc import Iterator

import fiftyone as fo
import pytest
import sample_game
from driving import PATIENCE, execute, open_dataset, open_form, open_sample, shows_colors
from playwright.sync_api import expect

from hoop_plugins.data.appearance import TEAM_COLORS, show_teams
from hoop_plugins.data.store import SampleStore
from hoop_plugins.sample.loading import load_rendered

pytestmark = pytest.mark.browser


@pytest.fixture
def unseen(tmp_path) -> Iterator[fo.Dataset]:
    """Four frames of the sample clip, on which nothing was run."""
    made = load_rendered(sample_game.shorten(tmp_path / "unseen", 4), "sample-game-unseen")
    made.info["profile"] = "sample"
    made.save()
    yield made
    made.delete()


def test_what_the_networks_found_is_written_on_the_video(game, app, page, tmp_path):
    show_teams(game)
    tracks = SampleStore(game, game.first().id).read_tracks().values()
    identified = [f"{track.team}, {track.number}" for track in tracks if track.number]
    assert identified

    open_dataset(page, app, game.name)
    video = open_sample(page)
    page.wait_for_function("texts => texts.some(text => window.written.has(text))", arg=identified)
    page.screenshot(path=tmp_path / "players.png")
    assert shows_colors(video.screenshot(), TEAM_COLORS.values())


def test_all_stages_run_from_their_form_with_progress(unseen, app, page, tmp_path):
    open_dataset(page, app, unseen.name)
    players = page.locator("[data-cy='sidebar-field-frames.players']")
    expect(players).to_have_count(0)

    form = open_form(page, "recognize players")
    expect(form.get_by_text("Stage detect").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "form.png")
    execute(page)
    expect(page.get_by_text(re.compile(r"frame \d of 4$")).first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "progress.png")

    expect(players).to_be_visible(timeout=3 * PATIENCE)
    page.screenshot(path=tmp_path / "players.png")
    unseen.reload()
    assert SampleStore(unseen, unseen.first().id).progress("validate")["complete"]
