"""Operators in Chromium: the word finds the right one, an icon shows what it does."""

from __future__ import annotations

import people
import pytest
from driving import PATIENCE, click_box, execute, open_dataset, open_sample
from playwright.sync_api import expect

from hoop_plugins import corrections
from hoop_plugins.data.appearance import show_teams

pytestmark = pytest.mark.browser

DRAWN = """names => document.fonts.load("24px 'Material Icons'").then(() => names.filter(name => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "24px 'Material Icons'";
  return pen.measureText(name).width > 25;
}))"""
"""Those names that the App's font draws as letters: a name that it knows becomes one sign."""


def test_the_word_correct_finds_the_form_that_corrects(clip, app, page, tmp_path):
    from hoop_plugins import plugins

    open_dataset(page, app, clip.dataset.name)
    page.keyboard.press("`")
    page.get_by_placeholder("Search operations").fill("correct")
    found = page.locator("[data-cy=operators-browser]").get_by_text("Hoop: ")
    expect(found.first).to_have_text("Hoop: correct this player", timeout=PATIENCE)
    expect(found).not_to_contain_text(["prelabel"])
    page.get_by_placeholder("Search operations").fill("Hoop: ")
    expect(found.nth(8)).to_be_visible()
    page.screenshot(path=tmp_path / "icons.png")
    icons = {kind().config.icon for kind in plugins.operators() if not kind().config.unlisted}
    assert page.evaluate(DRAWN, sorted(icons)) == []


def test_one_click_confirms_who_is_selected_and_another_takes_it_back(clip, app, page, tmp_path):
    people.decide(clip)
    show_teams(clip.dataset)
    open_dataset(page, app, clip.dataset.name)
    video = open_sample(page)
    page.wait_for_function("window.written.has('dark, 7')")
    click_box(video, people.box(people.PEOPLE[1], 1), clip.size)
    toolbar = page.locator(".material-icons")
    toolbar.get_by_text("check", exact=True).last.click()
    told = f"track {people.PEOPLE[1].index}: confirmed"
    expect(page.get_by_text(told).first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "confirmed.png")
    clip.dataset.reload()
    assert {one.attribute for one in corrections.listed(clip)} == {"number", "team", "role"}

    toolbar.get_by_text("undo", exact=True).last.click()
    form = page.locator("[data-cy=operators-prompt-modal]")
    form.get_by_role("combobox").last.click()
    said = page.get_by_role("option")
    expect(said).to_have_count(3, timeout=PATIENCE)
    said.filter(has_text="number 7").click()
    page.screenshot(path=tmp_path / "undo.png")
    execute(page)
    expect(page.get_by_text("1 correction taken back").first).to_be_visible(timeout=PATIENCE)
    clip.dataset.reload()
    assert {one.attribute for one in corrections.listed(clip)} == {"team", "role"}

    toolbar.get_by_text("edit", exact=True).last.click()
    expect(form.get_by_role("img").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "form.png")
