"""Clips read from the label fields."""

from __future__ import annotations

import fiftyone as fo
import people
import pytest

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.evaluation.clips import clips_of
from hoop_plugins.evaluation.job import Evaluation


def test_frames_of_all_fields_meet(clip: SampleStore) -> None:
    clip.write("ground_truth", {number: people.tracked(number) for number in (3, 4, 9)})
    clip.clear("players", after=4)
    (found,) = clips_of(clip.dataset, Fields())
    frames = list(found.frames())
    assert [frame.number for frame in frames] == [3, 4, 9]
    assert [len(frame.players) for frame in frames] == [5, 5, 0]
    assert [len(frame.detections) for frame in frames] == [9, 9, 9]
    assert [len(frame.numbers) for frame in frames] == [0, 0, 0]
    assert frames[1].players.xyxy.tolist() == frames[1].truth.xyxy.tolist()


def test_a_frame_that_is_labeled_as_empty_counts(clip: SampleStore) -> None:
    clip.write("ground_truth", {2: people.tracked(2).select([])})
    (found,) = clips_of(clip.dataset, Fields())
    assert [(frame.number, len(frame.truth)) for frame in found.frames()] == [(2, 0)]


def test_clips_of_the_same_file_name_keep_apart(clip: SampleStore) -> None:
    clip.dataset.add_sample(fo.Sample(filepath="/elsewhere/clip.mp4"))
    clip.write("ground_truth", {1: people.tracked(1)})
    names = [found.name for found in clips_of(clip.dataset, Fields())]
    assert len(set(names)) == 2


def test_without_ground_truth_it_says_so(clip: SampleStore) -> None:
    with pytest.raises(MissingFieldError, match="'ground_truth'"):
        list(clips_of(clip.dataset, Fields()))


def test_views_that_hold_no_videos_are_refused(clip: SampleStore) -> None:
    with pytest.raises(MissingFieldError, match="ground_truth"):
        Evaluation(clip.dataset)
    clip.write("ground_truth", {1: people.tracked(1)})
    with pytest.raises(HoopError, match="whole videos"):
        Evaluation(clip.dataset.to_frames(sample_frames="dynamic"))
    with pytest.raises(HoopError, match="is empty"):
        Evaluation(clip.dataset.limit(0))
