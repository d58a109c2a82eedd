"""The FiftyOne App in Chromium: what people see, and a run from a form."""

from __future__ import annotations

import fiftyone as fo
import people
import pytest
from driving import (
    PATIENCE,
    below,
    execute,
    open_dataset,
    open_form,
    open_sample,
    shows_colors,
)
from playwright.sync_api import expect

from hoop_plugins.data.appearance import OTHER_COLOR, TEAM_COLORS, show_teams
from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser


def test_players_in_team_colors_with_their_numbers(clip, app, page, tmp_path):
    people.decide(clip)
    show_teams(clip.dataset)
    open_dataset(page, app, clip.dataset.name)
    video = open_sample(page)
    wanted = {f"{person.team}, {person.number}" for person in people.PEOPLE if person.number}
    page.wait_for_function(
        "wanted => wanted.every(text => window.written.has(text))", arg=sorted(wanted)
    )
    page.screenshot(path=tmp_path / "players.png")
    assert shows_colors(video.screenshot(), [*TEAM_COLORS.values(), OTHER_COLOR])


def test_an_operator_runs_from_its_form_and_its_field_appears(clip, app, page, tmp_path):
    open_dataset(page, app, clip.dataset.name)
    field = page.locator("[data-cy='sidebar-field-frames.numbers']")
    expect(field).to_have_count(0)

    form = open_form(page, "pair numbers with players")
    expect(form.get_by_text("Start anew").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "form.png")
    execute(page)

    expect(field).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "field.png")
    clip.dataset.reload()
    assert clip.progress("pair")["complete"]


def test_a_reader_trained_from_its_form_is_offered_by_the_form_that_reads(
    clip, make_video, app, page, tmp_path
):
    sample = fo.Sample(filepath=str(make_video("valid.mp4")))
    clip.dataset.add_sample(sample)
    for split, store in (("train", clip), ("valid", SampleStore(clip.dataset, sample.id))):
        people.label(store)
        clip.dataset.select(store.sample_id).tag_samples(split)
    clip.dataset.info["profile"] = "sample"
    clip.dataset.save()

    open_dataset(page, app, clip.dataset.name)
    open_form(page, "train the reader")
    below(page, "Name").fill("street-1")
    below(page, "Minutes").fill("0.02")
    page.screenshot(path=tmp_path / "train.png")
    execute(page)
    expect(page.get_by_text("street-1: trained").first).to_be_visible(timeout=3 * PATIENCE)

    page.reload()
    expect(page.locator("[data-cy=looker]").first).to_be_visible(timeout=PATIENCE)
    open_form(page, "read the numbers")
    below(page, "Model").click()
    page.keyboard.type("street")
    expect(page.get_by_role("option", name="street-1").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "read.png")


def test_what_went_wrong_is_said(clip, app, page, tmp_path):
    clip.dataset.delete_frame_field("players")
    clip.dataset.info["profile"] = "sample"
    clip.dataset.save()
    open_dataset(page, app, clip.dataset.name)
    open_form(page, "embed crops")
    execute(page)
    expect(page.get_by_text("no frame field 'players'").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "refused.png")

    page.reload()
    clip.dataset.delete_sample_field("tracks")
    open_dataset(page, app, clip.dataset.name)
    open_form(page, "correct this player")
    below(page, "Track").fill("1")
    below(page, "Number").fill("23")
    execute(page)
    expect(page.get_by_text("has no track 1").first).to_be_visible(timeout=PATIENCE)
