"""Who is on the court: a polygon, drawn or given, that goes with the camera; else sizes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import fiftyone as fo
import numpy as np
import pytest
import supervision as sv
from fiftyone import ViewField as F

from hoop_plugins import api, profiles
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import HoopError
from hoop_plugins.stages.court import Court, drawn_polygons, read_polygon
from hoop_plugins.stages.pipeline import build_stages, run_stages

FRAMES, WIDTH, HEIGHT = 12, 160, 96
SCALE = 3
"""So large are pictures, compared with the hall: an encoder would spoil smaller ones."""

COURT = "0,0.5 1,0.5 1,1 0,1"
NEAR, FAR = (60, 40, 80, 90), (100, 10, 110, 30)
"""A player, and somebody in the stands: xyxy of the first frame."""

Make = Callable[..., SampleStore]


def hall(left: int = 100, seed: int = 3) -> Image:
    """What a camera sees of a wide hall from ``left`` on: patches of all colors."""
    patches = np.random.default_rng(seed).integers(0, 255, (HEIGHT // 4, 200, 3), np.uint8)
    seen = cv2.resize(patches, None, fx=4, fy=4)[:, left : left + WIDTH]
    return np.asarray(cv2.resize(seen, None, fx=SCALE, fy=SCALE), np.uint8)


def boxes(*xyxy: tuple[float, ...]) -> np.ndarray:
    """Boxes in pixels of the hall, as the video shows them."""
    return np.array(xyxy, np.float32).reshape(-1, 4) * SCALE


def found(
    *people: tuple[int, ...], labels: tuple[str, ...] = ("player", "player")
) -> sv.Detections:
    return sv.Detections(
        boxes(*people),
        confidence=np.full(len(people), 0.9, np.float32),
        data={"class_name": np.array(labels[: len(people)], dtype=object)},
    )


@pytest.fixture
def make(dataset: fo.Dataset, tmp_path: Path) -> Make:
    """A clip of some pictures, with the same people in every frame."""

    def made(pictures: list[Image], people: sv.Detections | None = None) -> SampleStore:
        path = tmp_path / f"{len(dataset)}.mp4"
        write_video(path, pictures, 25)
        sample = fo.Sample(filepath=str(path))
        dataset.add_sample(sample)
        clip = SampleStore(dataset, sample.id)
        people = found(NEAR, FAR) if people is None else people
        clip.write("detections", dict.fromkeys(range(1, len(pictures) + 1), people))
        return clip

    return made


def track(clip: SampleStore, fresh: bool = False, **settings: object) -> list[str]:
    """Tracks a clip; what the stage says."""
    profile = profiles.load_profile("pretrained").with_models(tracker="tracking-by-detection")
    stages = build_stages(profile.with_settings("track", **settings), ["track"], "cpu")
    return [s.message for s in run_stages(clip.dataset, stages, fresh=fresh) if s.message]


def marks(clip: SampleStore) -> list[list[bool | None]]:
    return [found.data["on_court"].tolist() for _, found in clip.read("detections")]


def draw(clip: SampleStore, *shapes: list[tuple[float, float]], field: str = "court") -> None:
    """As the App stores what a person draws."""
    lines = [fo.Polyline(points=[shape], closed=True, filled=True) for shape in shapes]
    sample = clip.dataset[clip.sample_id]
    sample[field] = fo.Polylines(polylines=lines)
    sample.save()
    clip.dataset.reload()


# ---------------------------------------------------------------------- what a polygon is


def test_a_polygon_is_read() -> None:
    assert read_polygon(" 0,0.5  1,.5 1,1 ") == ((0, 0.5), (1, 0.5), (1, 1))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("0,0.5 1,0.5", "encloses nothing"),
        ("", "encloses nothing"),
        ("0,0 0.5,0.5 1,1", "encloses nothing"),
        ("0,0.5 1,0.5 1", "'1' is no corner"),
        ("0,0.5 1,half 1,1", "'1,half' is no corner"),
        ("0,nan 1,0 1,1", "outside the picture"),
        ("0,250 640,250 640,360", "corner 0,250 is outside the picture"),
    ],
)
def test_what_is_no_polygon_is_refused_with_its_corner(text: str, wrong: str) -> None:
    with pytest.raises(HoopError, match=wrong):
        read_polygon(text)


def test_a_bad_court_is_refused_before_anything_is_read() -> None:
    with pytest.raises(HoopError, match="encloses nothing"):
        api.plan("pretrained", stages=["track"], court="0,0 1,1", device="cpu")


# ---------------------------------------------------------------------- who stands on it


def test_people_stand_where_their_boxes_end(make: Make) -> None:
    court = Court([read_polygon(COURT)], make([hall()]))
    people = boxes(NEAR, FAR, (20, 0, 40, 47), (20, 5, 30, 30))
    assert court.holds(hall(), people).tolist() == [True, False, True, False]


def test_one_of_several_polygons_is_enough(make: Make) -> None:
    halves = [read_polygon("0,.5 .3,.5 .3,1 0,1"), read_polygon(".5,.5 1,.5 1,1 .5,1")]
    court = Court(halves, make([hall()]))
    people = boxes((10, 20, 20, 80), (60, 20, 70, 80), (100, 20, 110, 80))
    assert court.holds(hall(), people).tolist() == [True, False, True]


@pytest.mark.parametrize("turned", [-12, 0, 12])
def test_it_goes_with_the_camera(make: Make, turned: int) -> None:
    court = Court([read_polygon("0.5,0 1,0 1,1 0.5,1")], make([hall()]))
    people = boxes(*[(x, 20, x + 4, 60) for x in (70 - turned, 88 - turned)])
    assert court.holds(hall(100 + turned), people).tolist() == [False, True]


@pytest.mark.parametrize("other", ["another hall", "the other end", "black"])
def test_where_the_camera_shows_something_else_nobody_knows(make: Make, other: str) -> None:
    pictures = {"another hall": hall(seed=8), "the other end": hall(600), "black": hall() * 0}
    court = Court([read_polygon(COURT)], make([hall()]))
    assert court.holds(pictures[other], boxes(NEAR)) is None


# ---------------------------------------------------------------------- the stage


def test_people_off_the_court_are_not_tracked_and_stay_among_detections(make: Make) -> None:
    clip = make([hall()] * FRAMES)
    draw(clip, [(0, 0.5), (1, 0.5), (1, 1), (0, 1)])
    said = track(clip)
    assert said == [
        "12 detections of people off the court are left out (frames.detections, on_court false)"
    ]
    assert len(clip.read_tracks()) == 1
    assert marks(clip) == [[True, False]] * FRAMES
    shown = clip.dataset.filter_labels("frames.detections", F("on_court") == False)  # noqa: E712
    assert shown.count("frames.detections.detections") == FRAMES


def test_a_court_can_be_given_and_what_is_drawn_comes_first(make: Make) -> None:
    clip = make([hall()] * FRAMES)
    track(clip, court=COURT)
    assert marks(clip) == [[True, False]] * FRAMES
    draw(clip, [(0, 0), (1, 0), (1, 0.4), (0, 0.4)])
    track(clip, court=COURT)
    assert marks(clip) == [[False, True]] * FRAMES


def test_another_court_tracks_anew_and_the_same_does_not(make: Make) -> None:
    clip = make([hall()] * FRAMES)
    draw(clip, [(0, 0.5), (1, 0.5), (1, 1), (0, 1)])
    track(clip)
    assert track(clip) == ["done before with these settings"]
    draw(clip, [(0, 0), (1, 0), (1, 1), (0, 1)])
    assert "0 detections" in track(clip)[0]
    assert len(clip.read_tracks()) == 2


def test_without_a_court_any_more_the_marks_go(make: Make) -> None:
    clip = make([hall()] * FRAMES)
    track(clip, court=COURT)
    track(clip, least_height=0.0)
    assert marks(clip) == [[None, None]] * FRAMES
    assert len(clip.read_tracks()) == 2


def test_frames_of_another_place_are_counted(make: Make) -> None:
    clip = make([hall()] * 8 + [hall(seed=8)] * 4)
    draw(clip, [(0, 0.5), (1, 0.5), (1, 1), (0, 1)])
    assert "in 4 frames the camera shows something else" in track(clip)[0]
    assert marks(clip) == [[True, False]] * 8 + [[None, None]] * 4


def test_stopped_anywhere_it_ends_with_the_same(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hoop_plugins.stages.track.CHUNK", 4)
    clip = make([hall()] * FRAMES)
    profile = profiles.load_profile("pretrained").with_models(tracker="tracking-by-detection")
    stages = build_stages(profile.with_settings("track", court=COURT), ["track"], "cpu")
    for stop in (3, 7):
        run = run_stages(clip.dataset, stages)
        for _ in range(stop):
            next(run)
        run.close()
    said = [step.message for step in run_stages(clip.dataset, stages) if step.message]
    assert "12 detections" in said[0]
    assert marks(clip) == [[True, False]] * FRAMES


@pytest.mark.parametrize(
    "value", ["Madison Square Garden", fo.Detections(detections=[fo.Detection(label="court")])]
)
def test_a_field_that_is_something_else_is_left_alone_and_named(make: Make, value: object) -> None:
    clip = make([hall()] * FRAMES)
    sample = clip.dataset[clip.sample_id]
    sample["court"] = value
    sample.save()
    clip.dataset.reload()
    assert drawn_polygons(clip) is None
    assert "holds no polygon (fo.Polylines)" in track(clip)[0]
    assert len(clip.read_tracks()) >= 1


# ---------------------------------------------------------------------- without a court


def crowd(*labels: str) -> sv.Detections:
    people = [(20 * i, 20, 20 * i + 15, 80) for i in range(4)]
    stands = [(10 * i, 5, 10 * i + 6, 30) for i in range(9)]
    return found(*people, *stands, labels=(*labels, *["player"] * 13))


def test_people_much_smaller_than_the_tall_ones_are_left_out(make: Make) -> None:
    clip = make([hall()] * FRAMES, crowd())
    said = track(clip)
    assert said[0].startswith("108 detections of people much smaller than others are left out")
    assert "hoop run --court" in said[0]
    assert len(clip.read_tracks()) == 4
    assert marks(clip)[0] == [True] * 4 + [False] * 9


def test_a_detector_that_knows_referees_knows_the_crowd_too(make: Make) -> None:
    clip = make([hall()] * FRAMES, crowd("referee"))
    assert track(clip) == []
    assert len(clip.read_tracks()) == 13
    assert all(mark is None for mark in marks(clip)[0])


def test_nobody_is_left_out_where_all_are_of_a_size(make: Make) -> None:
    clip = make([hall()] * FRAMES, found((20, 20, 40, 80), (60, 30, 80, 75)))
    assert track(clip) == []
    assert len(clip.read_tracks()) == 2


def test_it_can_be_switched_off(make: Make) -> None:
    clip = make([hall()] * FRAMES, crowd())
    assert track(clip, least_height=0.0) == []
    assert len(clip.read_tracks()) == 13
