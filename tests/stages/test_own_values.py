"""Values of other people under names that we use."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import people
import pytest

import hoop_plugins
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError


@pytest.mark.parametrize("value", ["yes", 5, ["yes"]])
def test_what_lies_over_predictions_is_read_from_our_field_alone(
    value: Any, clip: SampleStore
) -> None:
    clip.write("ground_truth", {1: people.tracked(1)})
    clip.dataset.set_values("corrected", [value])
    schema = clip.dataset.get_field_schema(flat=True)
    for use_case, options in (
        (hoop_plugins.evaluate, {}),
        (hoop_plugins.evaluate, {"mark": False}),
        (hoop_plugins.find_errors, {}),
    ):
        with pytest.raises(HoopError, match=r"corrected of .* holds .*rename_sample_field"):
            use_case(clip.dataset, **options)
    assert clip.dataset.first()["corrected"] == value
    assert clip.dataset.get_field_schema(flat=True) == schema


def test_corrections_do_not_go_over_a_field_of_somebody_else(clip: SampleStore) -> None:
    clip.dataset.set_values("corrections", ["none"])
    with pytest.raises(HoopError, match=r"corrections of .* holds StringField"):
        hoop_plugins.correct(clip.dataset, 2, number="7")
    assert Fields().tracks in clip.dataset.get_field_schema()


@pytest.mark.parametrize("field", ["recognition", "corrections"])
def test_what_keeps_the_record_is_ours_or_it_is_refused(field: str, clip: SampleStore) -> None:
    clip.write("ground_truth", {1: people.tracked(1)})
    clip.dataset.set_values(field, ["done"])
    for use_case in (hoop_plugins.evaluate, hoop_plugins.find_errors):
        with pytest.raises(HoopError, match=rf"{field} of .* holds .*rename_sample_field"):
            use_case(clip.dataset)
    assert clip.dataset.first()[field] == "done"
    assert not clip.dataset.list_runs()


def test_what_is_no_track_outlives_a_correction(clip: SampleStore) -> None:
    people.decide(clip)
    sample = clip.dataset.first()
    sample["tracks"].detections.append(fo.TemporalDetection(label="timeout", support=[1, 5]))
    sample.save()
    hoop_plugins.correct(clip.dataset, 1, number="9")
    assert clip.read_tracks()[1].number == "9"
    clip.dataset.reload()
    assert "timeout" in [label.label for label in clip.dataset.first()["tracks"].detections]
