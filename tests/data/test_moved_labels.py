"""Labels follow their pictures into a copy of the video."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import numpy as np
import phone_videos
import pymongo.collection
import pytest
from phone_videos import number_of, numbered

import hoop_plugins
from hoop_plugins import api
from hoop_plugins.corrections import lifted, listed
from hoop_plugins.data.moved_labels import exchange
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import read_frames

FRAMES = 30


@pytest.fixture
def phone(dataset: fo.Dataset, tmp_path: Path) -> fo.Dataset:
    """A clip whose second half comes at half the rate, and two pictures much too fast; each
    picture's label says its number.
    """
    stamps = [20 * n if n < 15 else 40 * n - 300 for n in range(FRAMES)]
    stamps[5] = stamps[4] + 3
    phone_videos.write_at(
        tmp_path / "phone.mp4", [numbered(n + 1, 192, 108) for n in range(FRAMES)], stamps
    )
    sample = fo.Sample(filepath=str(tmp_path / "phone.mp4"))
    for number, image in read_frames(sample.filepath):
        box = fo.Detection(label=str(number_of(image)), bounding_box=[0.1, 0.1, 0.1, 0.1])
        sample.frames[number]["mine"] = fo.Detections(detections=[box])
    late = fo.TemporalDetection(label="second half", support=[16, FRAMES])
    sample["halves"] = fo.TemporalDetections(detections=[late])
    dataset.add_sample(sample)
    return dataset


def check(dataset: fo.Dataset) -> None:
    dataset.reload()
    sample = dataset.first()
    seen = {number: number_of(image) for number, image in read_frames(sample.filepath)}
    assert sample.metadata.total_frame_count == len(seen) > FRAMES
    labels = {number: frame.mine.detections[0].label for number, frame in sample.frames.items()}
    assert labels == {number: str(picture) for number, picture in seen.items()}
    ids = dataset.values("frames.mine.detections.id", unwind=True)
    assert len(set(ids)) == len(ids) == len(seen)
    (half,) = sample.halves.detections
    assert [seen[number] for number in half.support] == [16, FRAMES]
    assert seen[half.support[0] - 1] == 15


def test_labels_follow_their_pictures(phone: fo.Dataset) -> None:
    told: list[str] = []
    assert (
        hoop_plugins.normalize_videos(phone, progress=lambda step: told.append(step.message)) == 1
    )
    check(phone)
    assert told == ["phone.mp4: 1 labeled frames come too fast to be shown"]
    assert hoop_plugins.normalize_videos(phone) == 0
    check(phone)


def test_killed_at_any_write_it_can_be_done_again(
    phone: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [0]
    for name in ("insert_many", "delete_many", "update_many", "update_one"):
        write = getattr(pymongo.collection.Collection, name)

        def counted(*args: object, write: object = write, **options: object) -> object:
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
            return write(*args, **options)  # type: ignore[operator]

        monkeypatch.setattr(pymongo.collection.Collection, name, counted)
    for stop in range(1, 30):
        clone = phone.clone()
        left[0] = stop
        try:
            api.normalize_videos(clone)
        except KeyboardInterrupt:
            left[0] = -1
            api.normalize_videos(clone)
            check(clone)
            clone.delete()
        else:
            assert stop > 5
            return
    pytest.fail("that many writes are not needed")


def test_a_video_that_plays_exactly_stays(dataset: fo.Dataset, tmp_path: Path) -> None:
    phone_videos.write_at(tmp_path / "a.mp4", [numbered(1)] * 5, [20 * n for n in range(5)])
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "a.mp4")))
    assert api.normalize_videos(dataset) == 0
    assert dataset.first().filepath == str(tmp_path / "a.mp4")


def test_a_video_that_was_imported_before_is_exchanged_with_its_labels(
    phone: fo.Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "phone.mp4"
    for _ in range(2):
        _, ids = hoop_plugins.import_videos([path], phone.name, normalize=True)
        assert ids == phone.values("id")
        check(phone)
    assert hoop_plugins.import_videos([path], phone.name)[1] == ids


def test_corrections_follow(clip: SampleStore, tmp_path: Path) -> None:
    """A clip whose first picture comes late has other frames in the App, and the same labels."""
    pictures = np.repeat(np.arange(1, clip.frame_count + 1), 2)
    hoop_plugins.correct(clip.dataset, 2, number="7", frame=9)
    phone_videos.write_at(
        tmp_path / "twice.mp4", [numbered(n) for n in pictures], [20 * n for n in range(60)]
    )
    with lifted([clip]):
        exchange(clip, str(tmp_path / "twice.mp4"), pictures)
    clip.dataset.reload()
    again = SampleStore(clip.dataset, clip.sample_id)
    assert again.frame_count == 60
    (correction,) = listed(again)
    assert correction.frame == 17
    assert again.read_tracks()[2].number == "7"
    assert (again.read_tracks()[2].first, again.read_tracks()[2].last) == (1, 60)
