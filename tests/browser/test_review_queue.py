"""The review queue in Chromium: a track at a time, by keyboard alone."""

from __future__ import annotations

import fiftyone as fo
import people
import pytest
from driving import PATIENCE, open_dataset, open_panel
from playwright.sync_api import expect

from hoop_plugins import corrections
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser

QUEUE = "[data-hoop=review]"


def open_queue(page, app, name, first=None):
    open_dataset(page, app, name)
    open_panel(page, "Review queue")
    if first is not None:
        expect_track(page, first)
    return page.locator(QUEUE)


def expect_track(page, key):
    """Waits until a track is shown with its pictures."""
    shown = page.locator(f"{QUEUE}[data-track='{key}'][data-ready=true]")
    expect(shown).to_be_visible(timeout=PATIENCE)


def expect_stored(page):
    expect(page.locator(f"{QUEUE}[data-waiting='0']")).to_be_visible(timeout=PATIENCE)


def said(clip):
    clip.dataset.reload()
    return [str(one) for one in corrections.listed(clip)]


@pytest.fixture
def doubtful(clip):
    """Who is in doubt, the worst first: 1, 4, 2, 3."""
    people.doubt(clip)
    return clip


def test_each_key_is_an_answer_and_the_worst_comes_first(doubtful, app, page, tmp_path):
    key = f"{doubtful.sample_id}:{{}}".format
    queue = open_queue(page, app, doubtful.dataset.name, key(1))
    expect(page.locator("[data-hoop=progress]")).to_have_text("0 of 4 looked at")
    expect(queue).to_contain_text("reads disagree: 20 times 23, 10 times 28")
    page.screenshot(path=tmp_path / "first.png")
    page.keyboard.press("ArrowRight")
    expect_track(page, key(4))
    page.keyboard.press("t")
    expect_track(page, key(2))
    page.keyboard.press("Enter")
    expect_track(page, key(3))
    page.keyboard.type("00")
    expect(page.locator("[data-hoop=typed]")).to_have_text("Number 00")
    page.screenshot(path=tmp_path / "typed.png")
    page.keyboard.press("Enter")
    expect_track(page, key(1))
    expect_stored(page)
    expect(page.locator("[data-hoop=progress]")).to_have_text("3 of 4 looked at")
    assert said(doubtful) == ["team dark", "number 7", "team dark", "role player", "number 00"]
    page.keyboard.press("n")
    expect(queue).to_contain_text("Nothing is left to look at.")
    expect_stored(page)
    assert said(doubtful)[-1] == "not a person"
    page.screenshot(path=tmp_path / "done.png")
    page.keyboard.press("u")
    expect_track(page, key(1))
    page.keyboard.press("r")
    expect_stored(page)
    assert said(doubtful)[-1] == "role referee"
    assert doubtful.read_tracks()[4].team == "dark"


def test_keys_are_heard_by_the_panel_alone(doubtful, app, page):
    key = f"{doubtful.sample_id}:{{}}".format
    open_queue(page, app, doubtful.dataset.name, key(1))
    page.evaluate(
        """() => {
            const root = document.querySelector("[data-hoop=review]");
            root.append(document.createElement("input"));
            root.querySelector("input").focus();
        }"""
    )
    page.keyboard.type("n7")
    page.keyboard.press("Enter")
    expect(page.locator(f"{QUEUE} input")).to_have_value("n7")
    page.locator(f"{QUEUE} input").evaluate("input => input.remove()")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.locator(QUEUE).click(position={"x": 5, "y": 5})
    page.keyboard.press("4")
    expect(page.locator("[data-hoop=typed]")).to_have_text("Number 4")
    expect_track(page, key(1))
    assert said(doubtful) == []


@pytest.fixture
def foreign(dataset, make_video):
    """Five tracks of another tool, in a field and with a class of its own: 1 goes on as 2."""
    sample = fo.Sample(filepath=str(make_video(frames=12)))
    for frame in range(1, 13):
        ids = (1 if frame <= 6 else 2, 3, 4, 5)
        boxes = [
            fo.Detection(label="athlete", bounding_box=[0.2 * i, 0.3, 0.1, 0.5], index=index)
            for i, index in enumerate(ids)
        ]
        sample.frames[frame] = fo.Frame(athletes=fo.Detections(detections=boxes))
    dataset.add_sample(sample)
    dataset.info["hoop_classes"] = {"athlete": "player"}
    dataset.save()
    some = fo.ViewField("index").is_in([1, 2, 3])
    dataset.save_view("some", dataset.filter_labels("frames.athletes", some))
    return SampleStore(dataset, sample.id, Fields(players="athletes"))


def test_labels_of_another_tool_in_a_filtered_view(foreign, app, page, tmp_path):
    key = f"{foreign.sample_id}:{{}}".format
    open_dataset(page, app, f"{foreign.dataset.name}?view=some")
    open_panel(page, "Review queue")
    expect_track(page, key(3))
    expect(page.locator("[data-hoop=progress]")).to_have_text("0 of 3 looked at")
    page.keyboard.type("8")
    page.keyboard.press("t")
    expect(page.locator("[data-hoop=refused]")).to_contain_text("no other team")
    page.keyboard.press("Enter")
    expect_track(page, key(1))
    page.keyboard.press("s")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    refused = page.locator("[data-hoop=refused]")
    expect(refused).to_contain_text("both are seen in frame 1", timeout=PATIENCE)
    expect_track(page, key(1))
    page.keyboard.press("s")
    page.keyboard.type("2")
    page.screenshot(path=tmp_path / "same.png")
    page.keyboard.press("Enter")
    expect_stored(page)
    expect_track(page, key(2))
    assert said(foreign) == ["number 8", "same person as in frame 7"]
    assert sorted(foreign.read_tracks()) == [2, 3, 4, 5]
