"""Importing training data into FiftyOne, and fetching it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import pytest
from mac import copied_by_a_mac
from PIL import ExifTags, Image

from hoop_plugins.data.image import read_image
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import read_coco
from hoop_plugins.training.datasets import DatasetError, fetch_dataset, import_dataset

NAME = "imported"


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    if fo.dataset_exists(NAME):
        fo.delete_dataset(NAME)


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """As Roboflow exports it, with the parent category that nothing is labelled with."""
    for split, count in (("train", 2), ("valid", 1)):
        folder = tmp_path / "coco" / split
        folder.mkdir(parents=True)
        images = []
        for i in range(count):
            file = f"game-{split}-00{i}_jpg.rf.abc{i}.jpg"
            Image.new("RGB", (100, 50)).save(folder / file)
            images.append({"id": i, "file_name": file, "width": 100, "height": 50})
        box = {"id": 0, "image_id": 0, "category_id": 1, "bbox": [10, 20, 30, 5], "iscrowd": 0}
        categories = [
            {"id": 0, "name": "things", "supercategory": "none"},
            {"id": 1, "name": "ball", "supercategory": "things"},
        ]
        content = {"images": images, "annotations": [box], "categories": categories}
        (folder / "_annotations.coco.json").write_text(json.dumps(content))
    return tmp_path / "coco"


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    for split, answers in (("train", ["7", ""]), ("valid", ["00"]), ("test", ["0"])):
        folder = tmp_path / "lines" / split
        folder.mkdir(parents=True)
        rows = []
        for i, answer in enumerate(answers):
            Image.new("RGB", (20, 30)).save(folder / f"{i}.jpg")
            rows.append({"image": f"{i}.jpg", "prefix": "Which number?", "suffix": answer})
        (folder / "annotations.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path / "lines"


def test_coco_becomes_boxes_with_splits(coco):
    dataset = import_dataset(coco, NAME)
    assert dataset.persistent
    assert dataset.count_values("split") == {"train": 2, "valid": 1}
    assert dataset.count_values("tags") == {"train": 2, "valid": 1}
    assert dataset.distinct("clip") == ["game-train", "game-valid"]
    first = dataset.first()
    assert first.metadata.width == 100
    (box,) = first.ground_truth.detections
    assert box.label == "ball"
    assert box.bounding_box == pytest.approx([0.1, 0.4, 0.3, 0.1])
    assert dataset.count("ground_truth.detections") == 2


def change(folder: Path, **values: object) -> None:
    path = folder / "train" / "_annotations.coco.json"
    content = json.loads(path.read_text())
    for name, value in values.items():
        content["images" if name in ("width", "height") else "annotations"][0][name] = value
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"bbox": [float("nan"), 20, 30, 5]}, "annotation 0: the box is no number"),
        ({"bbox": None}, "annotation 0: bbox: null is wrong"),
        ({"bbox": ["10", 20, 30, 5]}, r'annotation 0: bbox.0: "10" is wrong'),
        ({"bbox": [10, 20, 0, 5]}, "annotation 0: the box has no area"),
        ({"bbox": [320, 180, 30, 5]}, "annotation 0: the box lies outside the 100x50 picture"),
        ({"width": 200, "height": 100}, "game-train-000.* is 100x50 upright, not 200x100"),
        ({"category_id": 9}, "annotation 0: there is no category 9"),
    ],
)
def test_boxes_are_looked_at_as_in_imports(coco, values, problem):
    change(coco, **values)
    with pytest.raises(HoopError, match=rf"_annotations\.coco\.json.*{problem}"):
        import_dataset(coco, NAME)
    assert not fo.dataset_exists(NAME)


def test_pictures_of_phones_are_upright(coco):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    for path in (coco / "train").glob("*.jpg"):
        Image.new("RGB", (100, 50)).save(path, exif=exif)
    change(coco, width=50, height=100, bbox=[10, 60, 30, 20])
    content = coco / "train" / "_annotations.coco.json"
    content.write_text(content.read_text().replace('"width": 100, "height": 50', '"width": 50'))
    first = import_dataset(coco, NAME).first()
    assert (first.metadata.width, first.metadata.height) == (50, 100)
    assert first.ground_truth.detections[0].bounding_box == pytest.approx([0.2, 0.6, 0.6, 0.2])
    assert read_coco(content).image(0).shape == read_image(first.filepath).shape == (100, 50, 3)


def test_json_lines_become_numbers_with_splits(lines):
    dataset = import_dataset(lines, NAME)
    assert dataset.values("ground_truth.label") == ["7", "none", "00", "0"]
    assert dataset.values("split") == ["train", "train", "valid", "test"]


def test_folders_of_a_mac(coco, lines):
    for number, folder in enumerate((coco, lines)):
        assert len(import_dataset(copied_by_a_mac(folder), NAME)) == (3, 4)[number]
        fo.delete_dataset(NAME)


def test_lines_may_hold_any_text(lines):
    path = lines / "valid" / "annotations.jsonl"
    row = {"image": "0.jpg", "prefix": "a\u2028b", "suffix": "7"}
    path.write_bytes(json.dumps(row, ensure_ascii=False).encode("utf-8-sig") + b"\r\n")
    assert import_dataset(lines, NAME).match_tags("valid").values("ground_truth.label") == ["7"]


@pytest.mark.parametrize("row", ["[1, 2]", "null", '{"image": null, "suffix": "1"}', "{", '"x"'])
def test_lines_of_another_shape_are_named(lines, row):
    (lines / "valid" / "annotations.jsonl").write_text(row)
    with pytest.raises(HoopError, match=r"annotations.jsonl:1: this is no"):
        import_dataset(lines, NAME)


def test_a_number_that_is_none_is_named_with_its_line(lines):
    path = lines / "valid" / "annotations.jsonl"
    path.write_text(json.dumps({"image": "0.jpg", "suffix": "7B"}))
    with pytest.raises(HoopError, match=r"annotations.jsonl:1: suffix '7B'"):
        import_dataset(lines, NAME)
    assert not fo.dataset_exists(NAME)


def test_an_image_that_does_not_open_makes_no_dataset(coco):
    next((coco / "valid").glob("*.jpg")).write_text("no image")
    with pytest.raises(HoopError, match="does not open"):
        import_dataset(coco, NAME)
    assert not fo.dataset_exists(NAME)


def test_what_cannot_be_imported(coco, tmp_path):
    with pytest.raises(DatasetError, match="is not a folder"):
        import_dataset(tmp_path / "nowhere", NAME)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"no \.jsonl files"):
        import_dataset(tmp_path / "empty", NAME)
    import_dataset(coco, NAME)
    with pytest.raises(DatasetError, match="exists already"):
        import_dataset(coco, NAME)


def test_fetching_needs_a_version_a_key_and_the_package(monkeypatch, tmp_path):
    monkeypatch.delenv("ROBOFLOW_API_KEY", raising=False)
    with pytest.raises(DatasetError, match="WORKSPACE/PROJECT/VERSION"):
        fetch_dataset("project", tmp_path / "out")
    with pytest.raises(DatasetError, match="no ROBOFLOW_API_KEY is set"):
        fetch_dataset("work/project/1", tmp_path / "out")
    monkeypatch.setenv("ROBOFLOW_API_KEY", "not-a-key")
    monkeypatch.setitem(sys.modules, "roboflow", None)
    with pytest.raises(DatasetError, match=r"pip install 'hoop-plugins\[roboflow\]'"):
        fetch_dataset("work/project/1", tmp_path / "out")
    assert not list(tmp_path.iterdir())
