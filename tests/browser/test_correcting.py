"""Putting a player right in Chromium: a click on him, a form, and it shows at once."""

from __future__ import annotations

import people
import pytest
from driving import PATIENCE, below, click_box, execute, open_dataset, open_form, open_sample
from playwright.sync_api import expect

from hoop_plugins import corrections
from hoop_plugins.data.appearance import show_teams

pytestmark = pytest.mark.browser


def test_a_corrected_number_is_written_on_the_video_at_once(clip, app, page, tmp_path):
    people.decide(clip)
    show_teams(clip.dataset)
    open_dataset(page, app, clip.dataset.name)
    video = open_sample(page)
    page.wait_for_function("window.written.has('dark, 7')")
    wrong = people.PEOPLE[1]
    click_box(video, people.box(wrong, 1), clip.size)
    page.screenshot(path=tmp_path / "selected.png")

    form = open_form(page, "correct this player")
    expect(form.get_by_text(f"Track {wrong.index} of").first).to_be_visible(timeout=PATIENCE)
    below(page, "Number").fill("45")
    page.screenshot(path=tmp_path / "form.png")
    execute(page)
    told = page.get_by_text(f"track {wrong.index}: corrected").first
    expect(told).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("window.written.has('dark, 45')")
    page.screenshot(path=tmp_path / "corrected.png")
    clip.dataset.reload()
    assert [one.value for one in corrections.listed(clip)] == ["45"]
    assert clip.read_tracks()[wrong.index].number == "45"
