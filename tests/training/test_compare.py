"""Readers side by side, on files and in datasets of crops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import fiftyone.operators as foo
import gray_readers
import pytest
from fiftyone import ViewField as F

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.errors import HoopError
from hoop_plugins.training.compare import VIEW

BOTH = ("bold", "lab/shy-1")
LABELS = [(7, "7"), (23, "23"), (60, "60"), (80, "8"), (120, ""), (30, "none")]
"""Gray and label: "bold" misreads the fourth, and invents "30" as "lab/shy-1" does, which leaves
two unread."""


@pytest.fixture(autouse=True)
def package() -> Iterator[None]:
    plugin = gray_readers.Package()
    plugins.manager().register(plugin)
    yield
    plugins.manager().unregister(plugin)


@pytest.fixture
def crops(dataset: fo.Dataset, tmp_path: Path) -> fo.Dataset:
    """Made with plain FiftyOne; the last crop has no label."""
    for i, (gray, label) in enumerate([*LABELS, (5, None)]):
        path = gray_readers.draw(tmp_path / f"{i}.png", gray)
        named = None if label is None else fo.Classification(label=label)
        dataset.add_sample(fo.Sample(filepath=str(path), ground_truth=named))
    return dataset


def test_a_file_or_its_folder_is_scored(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path / "crops", LABELS)
    seen: list[tuple[str, int, int]] = []
    compared = hoop_plugins.score_reader(
        path, BOTH, progress=lambda step: seen.append((step.stage, step.done, step.total))
    )
    assert list(compared.scores) == list(BOTH)
    bold, shy = compared.scores.values()
    assert (bold.crops, bold.with_number, bold.read, shy.read) == (6, 4, 5, 3)
    assert (bold.exact, shy.exact) == (pytest.approx(4 / 6), pytest.approx(3 / 6))
    assert (bold.abstained, shy.abstained) == (0, 0.5)
    assert bold.invented == shy.invented == 0.5
    assert bold.crops_per_second > 0
    assert seen == [(name, done, 6) for name in BOTH for done in (0, 6)]
    again = hoop_plugins.score_reader(str(path.parent), BOTH).scores
    assert [s.exact for s in again.values()] == [bold.exact, shy.exact]
    assert compared.dataset is None


def test_a_limit_spreads_over_all_crops(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path, [(n, str(n)) for n in range(10)] + [(99, "1")] * 2)
    scores = hoop_plugins.score_reader(path, ["bold"], limit=3).scores["bold"]
    assert (scores.crops, scores.exact) == (3, pytest.approx(2 / 3))
    assert hoop_plugins.score_reader(path, ["bold"], limit=99).scores["bold"].crops == 12


def test_one_reader_by_its_name_and_one_that_is_named_twice(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path, LABELS)
    assert list(hoop_plugins.score_reader(path, "bold").scores) == ["bold"]
    assert list(hoop_plugins.score_reader(path, ["bold", "bold"]).scores) == ["bold"]


def test_every_crop_of_a_dataset_gets_what_each_reader_says(crops: fo.Dataset) -> None:
    messages: list[str] = []
    compared = hoop_plugins.score_reader(
        crops, BOTH, progress=lambda step: messages.append(step.message)
    )
    assert compared.dataset.name == crops.name
    assert [m for m in messages if m] == ["1 crops without a label were left out"]
    assert crops.values("read_bold.label") == ["7", "23", "60", "80", "none", "30", None]
    shy = "read_lab_shy_1"
    assert crops.values(f"{shy}.label") == ["7", "23", "none", "none", "none", "30", None]
    assert crops.values(f"{shy}.confidence")[:6] == pytest.approx([0.7] * 6)
    assert crops.values(f"{shy}.reader")[:6] == ["lab/shy-1"] * 6
    assert crops.values("read_bold.correct") == [True, True, True, False, True, False, None]
    assert crops.values("ground_truth.label") == [*(label for _, label in LABELS), None]
    differ = crops.load_saved_view(VIEW)
    assert differ.values("ground_truth.label") == ["60", "8"]
    assert compared.scores["bold"].exact == pytest.approx(4 / 6)


def test_what_a_reader_said_before_is_replaced(crops: fo.Dataset) -> None:
    hoop_plugins.score_reader(crops.limit(2), ["bold"])
    crops.set_values("ground_truth.label", ["1", "23", "60", "8", "", "none", "5"])
    hoop_plugins.score_reader(crops.name, ["bold"])
    assert crops.values("read_bold.correct") == [False, True, True, False, True, False, True]
    assert VIEW not in crops.list_saved_views()  # with one reader nothing can differ


def test_of_a_view_and_another_field_that_is_read_which_it_shows(crops: fo.Dataset) -> None:
    crops.rename_sample_field("ground_truth", "jersey")
    view = crops.match(F("jersey.label").is_in(["7", "8"]))
    scores = hoop_plugins.score_reader(view, ["bold"], field="jersey").scores["bold"]
    assert (scores.crops, scores.exact) == (2, 0.5)
    assert len(crops.exists("read_bold")) == 2
    with pytest.raises(HoopError, match="has no classification 'ground_truth': name the field"):
        hoop_plugins.score_reader(view, ["bold"])


@pytest.mark.parametrize(
    ("label", "message"),
    [
        (fo.Classification(label="7"), "holds 1 label that reader 'bold' did not make: rename it"),
        (
            fo.Classification(label="7", reader="lab/bold", made_by="hoop_plugins"),
            "holds 1 label that reader 'bold' did not make",
        ),
        (fo.Detections(), "holds Detections, and Classification would go there"),
        ("7", "holds StringField, and Classification would go there"),
    ],
)
def test_somebody_else_s_field_stays(crops: fo.Dataset, label: object, message: str) -> None:
    sample = crops.last()
    sample["read_bold"] = label
    sample.save()
    with pytest.raises(HoopError, match=message) as raised:
        hoop_plugins.score_reader(crops, BOTH)
    assert "\n" not in str(raised.value)
    assert "'read_bold_before'" in str(raised.value)
    assert not crops.has_field("read_lab_shy_1")
    assert len(crops.exists("read_bold")) == 1


def test_two_readers_with_one_field_are_refused(crops: fo.Dataset, tmp_path: Path) -> None:
    class Other:
        @hoop_plugins.hookimpl
        def register_models(self, register):
            role = hoop_plugins.Role.READER
            register(hoop_plugins.ModelSpec("lab/shy_1", role, lambda *_, **__: None))

    plugin = Other()
    plugins.manager().register(plugin)
    try:
        with pytest.raises(HoopError, match="'lab/shy-1' and 'lab/shy_1' would both be written"):
            hoop_plugins.score_reader(crops, ["lab/shy-1", "lab/shy_1"])
    finally:
        plugins.manager().unregister(plugin)


def test_labels_that_are_no_numbers_are_named(crops: fo.Dataset, tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path / "bad", [(7, "7"), (8, "7B")])
    with pytest.raises(HoopError, match=r"annotations.jsonl:2: suffix '7B' is not a jersey number"):
        hoop_plugins.score_reader(path, ["bold"])
    crops.set_values("ground_truth.label", ["7", "100", *["5"] * 4, None])
    with pytest.raises(HoopError, match=r"1.png: '100' is not a jersey number"):
        hoop_plugins.score_reader(crops, ["bold"])
    assert not crops.has_field("read_bold")


def test_a_crop_whose_file_is_gone_leaves_nothing(crops: fo.Dataset) -> None:
    Path(crops.last().filepath).with_name("3.png").unlink()
    with pytest.raises(HoopError, match=r"3.png does not open: fix or remove it"):
        hoop_plugins.score_reader(crops, BOTH)
    assert not crops.has_field("read_bold")


def test_crops_without_any_label_are_refused(crops: fo.Dataset) -> None:
    crops.set_values("ground_truth", [None] * len(crops))
    with pytest.raises(HoopError, match=r"no crop of .* has a label in 'ground_truth'"):
        hoop_plugins.score_reader(crops, ["bold"])


def test_videos_are_no_crops(clip) -> None:
    with pytest.raises(HoopError, match="holds videos, no crops: cut them out first"):
        hoop_plugins.score_reader(clip.dataset, ["bold"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"readers": ["ocr"]}, "unknown reader 'ocr': give"),
        ({"readers": []}, "there are no readers: give one or more"),
        ({"limit": 0}, "limit is 0: give at least 1"),
        ({"device": "cuda:7"}, "is not there"),
        ({"crops": "nowhere"}, "there are no crops at 'nowhere': give an annotations.jsonl"),
        ({"crops": Path(__file__).parent}, "there are no crops at"),
    ],
)
def test_what_cannot_work_is_said_at_once(tmp_path: Path, given: dict, message: str) -> None:
    path = gray_readers.write_file(tmp_path, LABELS)
    with pytest.raises(HoopError, match=message) as raised:
        hoop_plugins.score_reader.steps(**{"crops": path, "readers": ["bold"], **given})
    assert "\n" not in str(raised.value)


def test_the_operator(crops: fo.Dataset) -> None:
    operator = foo.get_operator("@hoop/hoop_plugins/score_reader")
    operator(crops, readers=list(BOTH), limit=4)
    crops.reload()
    assert len(crops.exists("read_bold")) == len(crops.exists("read_lab_shy_1")) == 4
    assert VIEW in crops.list_saved_views()


def test_scores_are_plain_values(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path, LABELS)
    scores = hoop_plugins.score_reader(path, ["bold"]).scores["bold"]
    assert json.loads(json.dumps(vars(scores)))["read"] == 5
