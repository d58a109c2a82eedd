"""Undoing a join of the identity timeline in Chromium: a click, an answer, and there are two."""

from __future__ import annotations

import people
import pytest
from driving import PATIENCE, click_point, execute, open_dataset, open_panel
from playwright.sync_api import expect
from swapped_game import swap

from hoop_plugins import corrections
from hoop_plugins.data.store import SampleStore
from hoop_plugins.profiles import load_profile
from hoop_plugins.stages.pipeline import build_stages, job_fields, run_stages

pytestmark = pytest.mark.browser

CUT = 16


def test_one_row_a_person_across_a_cut_and_two_when_the_join_is_undone(clip, app, page, tmp_path):
    import fiftyone as fo

    swap(clip)
    shots = [fo.TemporalDetection(label="shot", support=span) for span in ([1, CUT], [CUT + 1, 30])]
    sample = clip.dataset.first()
    sample["shots"] = fo.TemporalDetections(detections=shots)
    sample.save()
    store = SampleStore(clip.dataset, clip.sample_id, job_fields())
    list(
        run_stages(clip.dataset, build_stages(load_profile("sample"), ["link", "validate"], "cpu"))
    )
    everybody = len(people.PEOPLE)

    open_dataset(page, app, clip.dataset.name)
    open_panel(page, "Identity timeline")
    rows = page.locator(".js-plotly-plot .ytick text")
    expect(rows).to_have_count(everybody, timeout=PATIENCE)
    page.screenshot(path=tmp_path / "one_row_a_person.png")
    click_point(page, "joined", 0, opens="What is right?")
    page.screenshot(path=tmp_path / "question.png")
    execute(page)
    expect(rows).to_have_count(everybody + 1, timeout=PATIENCE)
    page.screenshot(path=tmp_path / "two_rows.png")
    clip.dataset.reload()
    assert [one.attribute for one in corrections.listed(store)] == ["other_from"]
    assert len(store.read_tracks()) == everybody + 1
