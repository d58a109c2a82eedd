"""Long runs in Chromium: the App stays free, Stop keeps what is done, the end says what is next."""

from __future__ import annotations

import fiftyone as fo
import people
import pytest
from driving import PATIENCE, execute, open_dataset, open_form
from playwright.sync_api import expect

from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser

RUN = "params => window.__foo__.executeOperator('@hoop/hoop_plugins/recognize_players', params)"


def test_a_run_leaves_the_app_free_and_can_be_stopped(dataset, make_video, app, page, tmp_path):
    dataset.add_sample(fo.Sample(filepath=str(make_video(frames=3000))))
    dataset.info["profile"] = "sample"
    dataset.save()
    open_dataset(page, app, dataset.name)
    open_form(page, "detect players")
    execute(page)
    card = page.locator("[data-cy=hoop-run]")
    expect(card).to_contain_text("of 3000", timeout=PATIENCE)
    expect(page.locator("[data-cy=operators-prompt-modal]")).to_have_count(0)
    page.locator("[data-cy=looker]").first.click()
    expect(page.locator("[data-cy=modal-looker-container]")).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "running.png")

    card.get_by_role("button", name="Stop").click()
    expect(card).to_contain_text("Stopped", timeout=PATIENCE)
    page.screenshot(path=tmp_path / "stopped.png")
    dataset.reload()
    found = SampleStore(dataset, dataset.first().id).progress("detect")
    assert 0 < found["frames"] < 3000
    card.get_by_role("button", name="Go on").click()
    form = page.locator("[data-cy=operators-prompt-modal]")
    expect(form).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_end_says_who_was_found_and_what_is_next(clip, theme, app, page, tmp_path):
    people.decide(clip)
    page.add_init_script(f"localStorage.setItem('mui-mode', '{theme}')")
    open_dataset(page, app, clip.dataset.name)
    page.evaluate(RUN, {"profile": "sample", "stages": ["pair"]})
    card = page.locator("[data-cy=hoop-run]")
    expect(card).to_contain_text("dark: 7, 23", timeout=PATIENCE)
    page.screenshot(path=tmp_path / f"{theme}.png")
    whole = card.bounding_box()
    card.get_by_text("recognize players done").click()
    expect(card.get_by_role("button", name="Close")).to_be_hidden()
    folded = card.bounding_box()
    assert whole
    assert folded
    assert folded["height"] < 50 < whole["height"]
    page.screenshot(path=tmp_path / f"{theme}-folded.png")
    card.get_by_text("recognize players done").click()
    for width in (200, 280):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=tmp_path / f"{theme}-{width}.png")
        assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
        place = card.bounding_box()
        assert place
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width
    card.get_by_role("button", name="Close").click()
    expect(card).to_have_count(0)
