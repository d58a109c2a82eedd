"""From views to training data: what is taken, how it is split, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import court
import cv2
import fiftyone as fo
import numpy as np
import pytest
import supervision as sv

from hoop_plugins import corrections
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.steps import drain
from hoop_plugins.data.video import read_frames
from hoop_plugins.data.vocabulary import PROMPT
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.jsonl import read_examples
from hoop_plugins.stages.read import ReadSettings, padded_crop
from hoop_plugins.stages.torsos import TORSO
from hoop_plugins.training.crop_labels import video_crops
from hoop_plugins.training.curation import plan_reader, reader_steps
from hoop_plugins.training.selection import draw
from hoop_plugins.training.splits import CurationError, origins_of


def prepare_reader(view, out, progress=None, **settings):
    return drain(reader_steps(view, out, **settings), progress)


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def empty(folder: Path) -> bool:
    return not [*folder.glob("data"), *folder.glob(".data*")]


class TestReader:
    def test_crops_of_videos_are_cut_as_the_stage_reads_them(self, clips, tmp_path):
        seen = []
        made = prepare_reader(
            clips[0].dataset, tmp_path / "data", progress=seen.append, negatives=0.5
        )
        assert seen[-1][0] == seen[-1][1] == sum(made.images.values())
        # Frames 1, 6 … 26 of two clips, and of the third: two numbers and two that show none.
        assert made.images == {"train": 48, "valid": 24}
        assert made.labels == {"none": 24, "23": 12, "7": 12}
        assert len(read_examples(made.train, PROMPT)) == 48
        videos = {row["image"][:6] for row in rows(made.train)}
        assert len(videos) == 2
        assert {row["image"][:6] for row in rows(made.valid)}.isdisjoint(videos)

        row = next(row for row in rows(made.valid) if row["suffix"] == "23")
        video, frame = row["image"][:6], int(row["image"][7:13])
        path = next(store.video.path for store in clips if video in store.video.path)
        _, image = next(read_frames(path, frame, frame))
        expected = padded_crop(image, (35, 65, 55, 85), ReadSettings.padding)
        written = cv2.imread(str(made.valid.parent / row["image"]))
        np.testing.assert_array_equal(cv2.cvtColor(written, cv2.COLOR_BGR2RGB), expected)

    def test_a_hidden_number_and_a_bare_back_are_no_number(self, clips):
        labels = plan_reader(clips[0].dataset.view(), negatives=0.5)
        at_once = [one for _, one in labels if one.frame == 1 and one.origin.name == "game-0"]
        none = [one.box for one in at_once if one.answer == "none"]
        assert (175.0, 65.0, 195.0, 85.0) in none
        bare = next(box for box in none if box[0] > 230)
        assert 40 < bare[1] < bare[3] < 100

    def test_without_labelled_numbers_no_back_is_believed_to_be_bare(self, clips):
        for store in clips:
            store.write("ground_truth", {frame: court.truth(frame, ()) for frame in range(1, 31)})
        with pytest.raises(CurationError, match="nothing in the view has a number"):
            plan_reader(clips[0].dataset)

    def test_a_clips_view_gives_its_own_frames_alone(self, clips):
        dataset = clips[0].dataset
        spans = [
            fo.TemporalDetections(
                detections=[fo.TemporalDetection(label="error", support=[11, 12])]
            )
            for _ in range(3)
        ]
        dataset.set_values("errors", spans)
        labels = plan_reader(dataset.to_clips("errors"))
        assert {one.frame for _, one in labels} == {11}

    def test_a_single_clip_is_split_by_time_on_request(self, clips, tmp_path):
        view = clips[0].dataset[:1]
        with pytest.raises(CurationError, match=r"of one game.*within_clips"):
            prepare_reader(view, tmp_path / "data")
        frames: dict[str, set[int]] = {}
        for split, one in plan_reader(view, within_clips=True, stride=1, valid_share=0.1):
            frames.setdefault(split, set()).add(one.frame)
        assert frames == {"train": {1, 2}, "valid": {28, 29, 30}}

    def test_what_people_said_and_what_was_validated(self, clip):
        dataset = clip.dataset
        boxes = dict(clip.read("players"))
        clip.write("numbers", {frame: numbers_of(found) for frame, found in boxes.items()})
        for frame in (1, 6, 11):
            for index, text in ((1, "23"), (2, "8"), (4, "")):
                values = {"text": text, "text_confidence": 0.95, "quality": 0.9}
                clip.assign("numbers", [(index, frame, values)])
        clip.write_tracks(
            replace(track, number={1: "23", 2: "8"}.get(i), number_status="validated")
            for i, track in clip.read_tracks().items()
        )
        corrections.correct(clip, 2, number="7")
        sources = ["corrections", "validated"]
        found = video_crops(dataset, origins_of(dataset), sources, 5, Fields())
        # What is corrected counts wherever he is seen, what is validated where it was read.
        assert Counter(one.answer for one in found) == {"7": 6, "23": 3, "none": 3}
        assert {one.answer for one in found if one.inferred} == {"7", "23"}

    @pytest.mark.parametrize(("readable", "answers"), [("7", {"7": 2, "none": 1}), ("8", {"7": 3})])
    def test_nothing_shows_where_who_can_be_read_is_surely_unread(self, clip, readable, answers):
        boxes = dict(clip.read("players"))
        clip.write("numbers", {frame: numbers_of(found) for frame, found in boxes.items()})
        for frame, text in ((1, readable), (6, ""), (11, readable)):
            values = {"text": text, "text_confidence": 0.95, "quality": 0.9}
            clip.assign("numbers", [(2, frame, values)])
        corrections.correct(clip, 2, number="7")
        wanted = origins_of(clip.dataset)
        found = video_crops(clip.dataset, wanted, ["corrections"], 5, Fields())
        found = [one for one in found if one.frame <= 11]
        assert Counter(one.answer for one in found) == answers

    @pytest.mark.parametrize("said", [{"not_a_person": True}, {"role": "referee"}])
    def test_who_wears_no_number_shows_none_where_the_reader_is_sure(self, clip, said):
        boxes = dict(clip.read("players"))
        clip.write("numbers", {frame: numbers_of(found) for frame, found in boxes.items()})
        for frame, text, sure in ((1, "", 0.95), (6, "", 0.5), (11, "8", 0.95)):
            values = {"text": text, "text_confidence": sure, "quality": 0.9}
            clip.assign("numbers", [(2, frame, values)])
        corrections.correct(clip, 2, **said)
        found = video_crops(clip.dataset, origins_of(clip.dataset), ["corrections"], 5, Fields())
        assert [(one.frame, one.answer) for one in found] == [(1, "none")]

    def test_detected_boxes_show_what_the_truth_says_of_them(self, clips):
        dataset = clips[0].dataset
        places = {
            (37, 66, 57, 86): "23",
            (104, 63, 126, 86): "7",
            (176, 66, 196, 86): "none",  # hidden
            (250, 20, 270, 40): "none",  # nobody's
            (50, 80, 70, 100): None,  # so little of the 23 that nobody can say
        }
        boxes = np.array(list(places), dtype=np.float32)
        names = np.array(["jersey number"] * len(boxes), dtype=object)
        for store in clips:
            store.write("detections", {7: sv.Detections(boxes, data={"class_name": names})})
        found = video_crops(dataset, origins_of(dataset)[:1], ["detected"], 5, Fields())
        answers = {one.box: one.answer for one in found}
        assert answers == {box: said for box, said in places.items() if said is not None}
        assert {one.frame for one in found} == {7}
        torsos = {"class_name": names, "source": np.array([TORSO] * len(boxes), dtype=object)}
        clips[0].write("numbers", {7: sv.Detections(boxes, data=torsos)})
        assert not video_crops(dataset, origins_of(dataset)[:1], ["detected"], 5, Fields())

    def test_a_limit_keeps_rare_numbers_and_the_seed_decides(self, crops):
        labels = plan_reader(crops, limit=16, seed=3)
        assert labels == plan_reader(crops, limit=16, seed=3)
        assert labels != plan_reader(crops, limit=16, seed=4)
        counts = Counter(one.answer for _, one in labels)
        assert len(labels) <= 16
        assert counts["7"]
        # As the square root of their counts: more than the quarter that they make up.
        everything = plan_reader(crops)
        drawn = Counter(one.answer for seed in range(100) for _, one in draw(everything, 16, seed))
        assert drawn["23"] / (drawn["23"] + drawn["7"]) > 0.28

    def test_negatives_are_thinned_and_games_stay_whole(self, crops, tmp_path):
        made = prepare_reader(crops, tmp_path / "data", negatives=0.1, valid_share=0.5)
        assert made.labels == {"7": 12, "23": 4, "none": 1}
        labels = plan_reader(crops, valid_share=0.5)
        games = {(split, one.origin.group) for split, one in labels}
        assert len(games) == 4
        assert made.source["dataset"] == crops.name
        assert made.source["train"] == 17
        assert json.dumps(made.source)

    def test_given_splits_are_kept(self, crops):
        crops[:5].tag_samples("test")
        crops.set_values("split", [None] * 5 + ["valid"] * 10 + ["train"] * 25)
        assert Counter(split for split, _ in plan_reader(crops, negatives=0.9)) == {
            "test": 5,
            "valid": 10,
            "train": 25,
        }

    def test_near_duplicates_are_dropped_on_request(self, crops, tmp_path):
        first, second = crops.values("filepath")[:2]
        image = cv2.imread(first)
        cv2.imwrite(second, cv2.add(image, np.full_like(image, 3)))
        assert prepare_reader(crops, tmp_path / "all", negatives=0.5).dropped == 0
        made = prepare_reader(crops, tmp_path / "data", negatives=0.5, drop_duplicates=True)
        assert made.dropped == 1
        assert sum(made.images.values()) == 39

    def test_bad_input_is_one_line_and_writes_nothing(self, crops, tmp_path):
        out = tmp_path / "data"
        with pytest.raises(CurationError, match="is empty"):
            prepare_reader(crops.limit(0), out)
        with pytest.raises(CurationError, match="every crop to learn from is '7'"):
            prepare_reader(crops.match(fo.ViewField("ground_truth.label") == "7"), out)
        with pytest.raises(CurationError, match="no classification 'nothing'"):
            prepare_reader(crops, out, field="nothing")
        assert empty(tmp_path)

    def test_a_label_that_is_no_number(self, crops, tmp_path):
        sample = crops.first()
        sample["ground_truth"].label = "7B"
        sample.save()
        with pytest.raises(CurationError, match=r"0\.png: '7B' is not a jersey number"):
            prepare_reader(crops, tmp_path / "data")
        assert empty(tmp_path)

    def test_a_text_of_the_ground_truth_that_is_no_number(self, clips, tmp_path):
        clips[1].write("ground_truth", {4: court.truth(4, ["23", "7B"])})
        with pytest.raises(CurationError, match=r"game-1\.mp4, frame 4: '7B' is not"):
            prepare_reader(clips[0].dataset, tmp_path / "data")

    def test_numbers_as_others_write_them(self, clips):
        expected = plan_reader(clips[0].dataset, negatives=0.5)
        for sample in clips[0].dataset.iter_samples(autosave=True):
            for frame in sample.frames.values():
                for label in frame["ground_truth"].detections:
                    if text := label.get_attribute_value("text", None):
                        label["text"] = f"#{text}"
        assert plan_reader(clips[0].dataset, negatives=0.5) == expected

    def test_crops_as_others_label_them(self, crops):
        expected = plan_reader(crops)
        theirs = {"7": "7.0", "23": "#23", "none": "unreadable"}
        labels = [theirs[label] for label in crops.values("ground_truth.label")]
        crops.set_values("ground_truth.label", labels)
        assert plan_reader(crops) == expected

    def test_an_image_that_does_not_open(self, crops, tmp_path):
        Path(crops.last().filepath).write_text("no image")
        with pytest.raises(HoopError, match=r"39\.png does not open"):
            prepare_reader(crops, tmp_path / "data", negatives=0.5)
        assert empty(tmp_path)

    def test_a_folder_that_exists_is_left_alone(self, crops, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "mine").write_text("kept")
        with pytest.raises(HoopError, match="exists already"):
            prepare_reader(crops, tmp_path / "data")
        assert (tmp_path / "data" / "mine").read_text() == "kept"


def numbers_of(players: sv.Detections) -> sv.Detections:
    """A number box on the chest of each of the four players."""
    boxes = players.xyxy[:4].copy()
    boxes[:, 1] += 15
    boxes[:, 3] = boxes[:, 1] + 20
    return sv.Detections(
        xyxy=boxes,
        tracker_id=players.tracker_id[:4],
        data={"class_name": np.array(["number"] * 4, dtype=object)},
    )


def test_stopping_leaves_nothing(crops, tmp_path):
    steps = reader_steps(crops, tmp_path / "data", negatives=0.5)
    next(steps)
    steps.close()
    assert empty(tmp_path)
