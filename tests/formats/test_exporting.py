"""From the dataset to files, and back: nothing is lost that the format has a place for."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.operators as foo
import numpy as np
import people
import pytest
import supervision as sv
from fiftyone.operators.executor import ExecutionContext

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.formats.exporting import export_choices, export_labels
from hoop_plugins.formats.importing import read_labels

SEEN, SPANNED = [1, 2, 3, 5, 30], [1, 2, 3, 4, 5]
FRAMES = {"coco": SEEN, "cvat": SPANNED, "mot": SPANNED, "soccernet": SEEN}
"""Some tell a frame that shows nobody from one that nobody looked at."""

PLACES = {
    "mot": ("visible",),
    "soccernet": ("team", "number"),
    "coco": ("visible", "action", "team", "number", "text"),
    "cvat": ("visible", "action", "team", "number", "text"),
}
"""What each has a place for."""


def truth(frame: int) -> sv.Detections:
    """The five people with masks, two number boxes with owners, a ball and a rim without."""
    persons = people.tracked(frame)
    boxes = [(31.25, 80, 41, 92), (91, 80, 101, 92), (5, 5.5, 9, 9), (300, 20, 318, 40)]
    count = len(persons) + len(boxes)

    def column(values: dict[int, object]) -> np.ndarray:
        made = np.full(count, None, dtype=object)
        for place, value in values.items():
            made[place] = value
        return made

    crops = [persons.mask.crop(i) for i in range(5)] + [people.masks.NONE] * len(boxes)
    corners = [tuple(map(int, persons.mask.offsets[i])) for i in range(5)] + [(0, 0)] * len(boxes)
    labels = [*persons.data["class_name"], "number", "number", "ball-in-basket", "rim"]
    return sv.Detections(
        xyxy=np.array([*persons.xyxy.tolist(), *boxes], dtype=np.float32),
        mask=people.masks.from_crops(crops, corners, (180, 320)),
        tracker_id=np.array([1, 2, 3, 4, 5, 1, 2, -1, -1]),
        data={
            "class_name": np.array(labels, dtype=object),
            "action": column({0: "player-jump-shot"}),
            "team": column({0: "dark", 2: "light"}),
            "number": column({0: "23", 2: "00"}),
            "text": column({5: "23", 6: "7"}),
            "visible": column({0: 0.5, 4: 1.0}),
        },
    )


@pytest.fixture
def labeled(clip: SampleStore) -> SampleStore:
    clip.write("ground_truth", {frame: truth(frame) for frame in (1, 2, 3, 5)})
    clip.write("ground_truth", {30: sv.Detections.empty()})
    return clip


def back(store: SampleStore, path, kind) -> dict[int, sv.Detections]:
    list(read_labels(store.dataset, path, kind, into="back").write())
    names = Fields(ground_truth="back")
    return dict(SampleStore(store.dataset, store.sample_id, names).read("ground_truth"))


@pytest.mark.parametrize("kind", FRAMES)
def test_what_is_written_reads_the_same(labeled, tmp_path, kind):
    path = tmp_path / ("labels.json" if kind == "coco" else "labels")
    lines = export_labels(labeled.dataset, path, kind)
    assert lines[0] == f"5 frames of clip.mp4 written to {path}"
    found = back(labeled, path, kind)
    assert list(found) == FRAMES[kind]
    for frame in (1, 2, 3, 5):
        expected = truth(frame)
        if kind in ("mot", "soccernet"):
            expected = expected[np.isin(expected.data["class_name"], ["player", "referee"])]
        # CVAT keeps track after track.
        order = np.lexsort((found[frame].xyxy[:, 0], found[frame].data["class_name"].astype(str)))
        read = found[frame].select(order)
        order = np.lexsort((expected.xyxy[:, 0], expected.data["class_name"].astype(str)))
        expected = expected.select(order)
        np.testing.assert_allclose(read.xyxy, expected.xyxy, atol=0.01)
        assert read.tracker_id.tolist() == expected.tracker_id.tolist()
        for name in ("class_name", *PLACES[kind]):
            assert read.data[name].tolist() == expected.data[name].tolist(), name
        if kind == "coco":
            for i in np.flatnonzero(read.data["class_name"] == "player"):
                assert (read.mask.crop(i) == expected.mask.crop(i)).all()


def test_what_has_no_place_is_told(labeled, tmp_path):
    lines = export_labels(labeled.dataset, tmp_path / "mot", "mot")
    assert lines[1:] == [
        "4 boxes of class 'ball-in-basket' were left out: MOTChallenge holds people alone",
        "8 boxes of class 'number' were left out: MOTChallenge holds people alone",
        "4 boxes of class 'rim' were left out: MOTChallenge holds people alone",
    ]


def test_any_frame_field_can_be_written(clip, tmp_path):
    seen = []
    people.decide(clip)
    lines = export_labels(
        clip.dataset, tmp_path / "a.json", "coco", "frames.players", lambda *at: seen.append(at)
    )
    assert lines == [f"30 frames of clip.mp4 written to {tmp_path / 'a.json'}"]
    assert seen[-1] == (30, 30)
    found = back(clip, tmp_path / "a.json", None)
    assert found[9].data["number"].tolist() == ["23", "7", "00", "11", None]


def test_videos_without_labels_are_left_out(labeled, make_video, tmp_path):
    labeled.dataset.add_sample(fo.Sample(filepath=str(make_video("other.mp4"))))
    export_labels(labeled.dataset, tmp_path / "out", "cvat")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["clip.xml"]


def test_nothing_is_overwritten(labeled, tmp_path):
    (tmp_path / "labels.json").write_text("mine")
    with pytest.raises(HoopError, match=r"labels\.json exists already"):
        export_labels(labeled.dataset, tmp_path / "labels.json", "coco")
    assert (tmp_path / "labels.json").read_text() == "mine"
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_what_cannot_be_written(clip, make_video, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(HoopError, match="unknown format 'excel'"):
        export_labels(clip.dataset, out, "excel")
    with pytest.raises(HoopError, match="sample cannot be written: use mot, soccernet, coco, cvat"):
        export_labels(clip.dataset, out, "sample")
    with pytest.raises(MissingFieldError, match="no frame field 'truth'"):
        export_labels(clip.dataset, out, "mot", "truth")
    clip.clear("players")
    with pytest.raises(HoopError, match=r"no video of the view has labels in frames\.players"):
        export_labels(clip.dataset, out, "mot", "players")
    assert not out.exists()
    assert "mot" in export_choices()
    assert "sample" not in export_choices()


def test_the_operator(labeled, tmp_path):
    operator = foo.get_operator("@hoop/hoop_plugins/export_labels")
    result = operator(labeled.dataset, str(tmp_path / "labels"), "mot").result
    assert result["lines"][0] == f"5 frames of clip.mp4 written to {tmp_path / 'labels'}"
    assert (tmp_path / "labels" / "clip" / "gt" / "gt.txt").is_file()
    ctx = ExecutionContext(
        request_params={"dataset_name": labeled.dataset.name}, operator_uri=operator.uri
    )
    assert operator.resolve_input(ctx).type.properties["kind"].type.values == [
        "mot",
        "soccernet",
        "coco",
        "cvat",
    ]
