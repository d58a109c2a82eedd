"""The FiftyOne App in Chromium: what people see, and a run from a form."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import fiftyone as fo
import people
import pytest
import requests
from conftest import CHROMIUM, free_port
from playwright.sync_api import Locator, Page, expect, sync_playwright
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from hoop_plugins.appearance import OTHER_COLOR, TEAM_COLORS, show_teams
from hoop_plugins.store import SampleStore

pytestmark = pytest.mark.browser

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 120_000
"""Milliseconds: machines that run tests are busy."""

PREPARE = """
localStorage.setItem("fiftyone-enterprise-tooltip-seen", "true");
window.written = new Set();
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.add(text);
  return fillText.call(this, text, ...rest);
};
"""
"""What the App writes onto the video is pixels: this keeps the words as well. And no advertisement
lies over the page."""


@pytest.fixture
def app() -> Iterator[str]:
    """The address of an App server of the test's own."""
    port = free_port()
    program = find_spec("fiftyone.server.main").origin
    server = subprocess.Popen(
        [sys.executable, program, "--port", str(port), "--address", "127.0.0.1"]
    )
    address = f"http://127.0.0.1:{port}"
    # It tells of each of its attempts.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    session = requests.Session()
    session.mount(address, HTTPAdapter(max_retries=Retry(200, backoff_factor=1, backoff_max=1)))
    try:
        session.get(f"{address}/fiftyone", timeout=60).raise_for_status()
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def page() -> Iterator[Page]:
    """A page that remembers the words that are drawn into it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.add_init_script(PREPARE)
        yield page
        browser.close()


def open_dataset(page: Page, app: str, name: str) -> None:
    page.goto(f"{app}/datasets/{name}")
    expect(page.locator("[data-cy=looker]").first).to_be_visible(timeout=PATIENCE)


def test_players_in_team_colours_with_their_numbers(clip, app, page, tmp_path):
    people.decide(clip)
    show_teams(clip.dataset)
    open_dataset(page, app, clip.dataset.name)
    page.locator("[data-cy=looker]").first.click()
    video = page.locator("[data-cy=modal-looker-container]")
    expect(video).to_be_visible(timeout=PATIENCE)

    wanted = {f"{person.team}, {person.number}" for person in people.PEOPLE if person.number}
    page.wait_for_function(
        "wanted => wanted.every(text => window.written.has(text))", arg=sorted(wanted)
    )
    page.screenshot(path=tmp_path / "players.png")
    assert outlined(video.screenshot(), [*TEAM_COLORS.values(), OTHER_COLOR])


def outlined(png: bytes, colors) -> bool:
    """Whether a picture has many pixels of exactly each colour."""
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
    wanted = [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors]
    return all((picture == color).all(axis=2).sum() > 500 for color in wanted)


def test_an_operator_runs_from_its_form_and_its_field_appears(clip, app, page, tmp_path):
    open_dataset(page, app, clip.dataset.name)
    field = page.locator("[data-cy='sidebar-field-frames.numbers']")
    expect(field).to_have_count(0)

    page.keyboard.press("`")
    page.get_by_placeholder("Search operations").fill("pair numbers")
    page.get_by_text("Hoop: pair numbers with players").first.click()
    expect(page.get_by_text("Start anew").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "form.png")
    page.get_by_role("button", name="Execute").last.click()

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
    page.get_by_role("button", name="Execute").last.click()
    expect(page.get_by_text("street-1: trained").first).to_be_visible(timeout=3 * PATIENCE)

    page.reload()
    expect(page.locator("[data-cy=looker]").first).to_be_visible(timeout=PATIENCE)
    open_form(page, "read the numbers")
    below(page, "Model").click()
    page.keyboard.type("street")
    expect(page.get_by_role("option", name="street-1").first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "read.png")


def open_form(page: Page, title: str) -> None:
    page.keyboard.press("`")
    page.get_by_placeholder("Search operations").fill(title)
    page.get_by_text(f"Hoop: {title}").first.click()
    expect(page.get_by_role("button", name="Execute").last).to_be_visible(timeout=PATIENCE)


def below(page: Page, label: str) -> Locator:
    """The input that comes after a label of the form."""
    form = page.locator("[data-cy=operators-prompt-modal]")
    heading = form.get_by_text(re.compile(rf"^{label}\s*\*?$")).first
    return heading.locator("xpath=following::input[1]")
