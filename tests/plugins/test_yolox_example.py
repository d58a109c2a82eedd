"""The YOLOX of docs/plugins.md, on a network of the same inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import cv2
import fiftyone as fo
import numpy as np
import pytest
import supervision as sv
import tiny_yolox

import hoop_plugins
from hoop_plugins import CheckpointError, HoopError
from hoop_plugins.data.video import write_video

BLUE, CYAN, RED = (0, 0, 255), (0, 255, 255), (255, 0, 0)


def cell(
    frame: np.ndarray, column: int, row: int, color: tuple[int, int, int], size: int = 32
) -> np.ndarray:
    """Paints what will be a cell of the network."""
    frame[row * size : (row + 1) * size, column * size : (column + 1) * size] = color
    return frame


def find(path: Path, frame: np.ndarray, **options: int) -> sv.Detections:
    """What is found for sure."""
    (found,) = hoop_plugins.load_model("detector", str(path), **options).detect([frame])
    return found[found.confidence > 0.5]


@pytest.mark.parametrize(
    "size", [(416, 416), (208, 416), (416, 208), (832, 832), (208, 208), (360, 640), (1080, 1920)]
)
def test_boxes_are_in_pixels_of_frames_of_any_size(
    courtside: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    scale = max(size) / 416
    square = cell(np.zeros((416, 416, 3), np.uint8), 3, 2, BLUE)
    frame = cv2.resize(square, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    found = find(tiny_yolox.write(tmp_path / "tiny.onnx"), frame[: size[0], : size[1]])
    assert found.data["class_name"].tolist() == ["person"]
    assert found.xyxy[0] / scale == pytest.approx([92, 40, 132, 120], abs=1)
    assert found.confidence[0] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("level", [8, 16, 32])
def test_every_grid_of_the_network_is_read(courtside: Path, tmp_path: Path, level: int) -> None:
    path = tiny_yolox.write(tmp_path / "tiny.onnx", (20, 30), level)
    found = find(path, cell(np.zeros((416, 416, 3), np.uint8), 7, 4, BLUE, level))
    x, y = 7.5 * level, 4.5 * level
    assert found.xyxy.tolist() == pytest.approx(
        np.array([[x - 10, y - 15, x + 10, y + 15]]), abs=0.1
    )


def test_people_and_balls_are_told_apart_and_other_classes_left_out(
    courtside: Path, tmp_path: Path
) -> None:
    frame = cell(np.zeros((416, 416, 3), np.uint8), 1, 2, BLUE)
    cell(cell(frame, 5, 2, CYAN), 9, 2, RED)  # red is blue to whoever takes RGB for BGR
    found = find(tiny_yolox.write(tmp_path / "tiny.onnx"), frame)
    by_place = found[np.argsort(found.xyxy[:, 0])]
    assert by_place.data["class_name"].tolist() == ["person", "sports ball"]


def test_what_overlaps_much_is_one_person(courtside: Path, tmp_path: Path) -> None:
    path = tiny_yolox.write(tmp_path / "tiny.onnx", (200, 200))
    near = cell(cell(np.zeros((416, 416, 3), np.uint8), 5, 5, BLUE), 6, 5, BLUE)
    assert len(find(path, near)) == 1
    apart = cell(cell(np.zeros((416, 416, 3), np.uint8), 2, 5, BLUE), 9, 5, BLUE)
    assert len(find(path, apart)) == 2


def test_boxes_end_where_the_frame_does(courtside: Path, tmp_path: Path) -> None:
    path = tiny_yolox.write(tmp_path / "tiny.onnx", (100, 300))
    found = find(path, cell(np.zeros((208, 416, 3), np.uint8), 0, 2, BLUE))
    assert found.xyxy.tolist() == [[0, 0, 66, 208]]


def test_nothing_is_found_in_an_empty_frame_nor_beside_one(courtside: Path, tmp_path: Path) -> None:
    detector = hoop_plugins.load_model("detector", str(tiny_yolox.write(tmp_path / "tiny.onnx")))
    shapes = [(100, 400, 3), (400, 100, 3), (1, 300, 3)]
    found = detector.detect([np.zeros(shape, np.uint8) for shape in shapes])
    assert [len(each) for each in found] == [0, 0, 0]
    assert detector.detect([]) == []


def test_tiles_find_who_is_small(courtside: Path, tmp_path: Path) -> None:
    path = tiny_yolox.write(tmp_path / "tiny.onnx")
    frame = np.zeros((416, 1082, 3), np.uint8)
    frame[64:96, 333 + 128 : 333 + 160] = BLUE  # a cell of the second of three tiles
    assert len(find(path, frame)) == 0
    found = find(path, frame, tiles=3)
    assert found.xyxy == pytest.approx(np.array([[457, 40, 497, 120]]), abs=1)


def test_who_is_cut_by_a_tile_is_left_to_the_next(courtside: Path, tmp_path: Path) -> None:
    path = tiny_yolox.write(tmp_path / "tiny.onnx")
    frame = np.zeros((416, 1082, 3), np.uint8)
    frame[64:96, 384:416] = BLUE  # at the end of the first tile, well inside the second
    middles = find(path, frame, tiles=3).xyxy[:, [0, 2]].mean(axis=1)
    assert len(middles)
    assert all(middle >= 333 + 32 for middle in middles)
    assert not any(middle == pytest.approx(400, abs=0.5) for middle in middles)


def test_it_runs_by_its_path_and_torsos_are_looked_at_for_numbers(
    courtside: Path, dataset: fo.Dataset, tmp_path: Path
) -> None:
    frame = cell(cell(np.zeros((416, 416, 3), np.uint8), 3, 4, BLUE), 8, 4, CYAN)
    write_video(tmp_path / "gym.mp4", [frame] * 4, 25)
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "gym.mp4")))
    path = str(tiny_yolox.write(tmp_path / "tiny.onnx"))
    stages = ["detect", "track", "pair"]
    hoop_plugins.recognize(dataset, "pretrained", stages=stages, detector=path, device="cpu")
    found = dataset.values("frames.detections.detections.label", unwind=True)
    assert {"player", "ball"} <= set(found)
    assert set(dataset.values("frames.numbers.detections.source", unwind=True)) == {"torso"}


def test_what_is_no_yolox_is_refused_in_one_line(courtside: Path, tmp_path: Path) -> None:
    broken = {"text.onnx": b"weights", "html.onnx": b"<html>404</html>", "empty.onnx": b""}
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError, match=rf"{name}' is no ONNX file: export"):
            hoop_plugins.load_model("detector", str(tmp_path / name))
    path = tiny_yolox.write(tmp_path / "other.onnx", classes=20 + tiny_yolox.BALL)
    with pytest.raises(CheckpointError, match=r"other.onnx' is no YOLOX of COCO's classes.* 57\]"):
        hoop_plugins.load_model("detector", str(path))
    with pytest.raises(CheckpointError, match=r"there is no 'gone.onnx': give the path"):
        hoop_plugins.load_model("detector", "gone.onnx")
    with pytest.raises(HoopError, match="has no option 'tile'; known: tiles"):
        hoop_plugins.load_model("detector", str(path), tile=3)
