"""What files call classes and attributes, and what numbers they may say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hoop_plugins.data.classes import remember
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import cvat
from hoop_plugins.formats.importing import read_labels
from hoop_plugins.formats.names import ClassNames


def coco(path: Path, *annotations: dict[str, Any]) -> Path:
    """A file of one image; each annotation has its ``name`` and what else is given."""
    names = sorted({each["name"] for each in annotations})
    content = {
        "images": [{"id": 1, "file_name": "clip-000001.jpg", "width": 320, "height": 180}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
        "annotations": [
            {
                "id": number,
                "image_id": 1,
                "category_id": names.index(each.pop("name")) + 1,
                "bbox": [20 * number, 20, 15, 40],
                "iscrowd": 0,
                **each,
            }
            for number, each in enumerate(map(dict, annotations), 1)
        ],
    }
    path.write_text(json.dumps(content))
    return path


def test_spellings_of_files(clip: SampleStore, tmp_path: Path) -> None:
    names = ("Player", "basketball", "jersey number", "hoop", "human")
    path = coco(tmp_path / "a.json", *({"name": name} for name in names))
    found = read_labels(clip.dataset, path)
    assert found.notes == ["frames are numbered from 1"]
    list(found.write())
    assert clip.count_labels("ground_truth") == {"player": 2, "ball": 1, "number": 1, "rim": 1}


def test_what_is_left_out_is_told_with_the_right_class(clip: SampleStore, tmp_path: Path) -> None:
    names = ("player", "net", "net", "jersey back", "crowd")
    path = coco(tmp_path / "a.json", *({"name": name} for name in names))
    notes = read_labels(clip.dataset, path).notes
    assert "2 boxes of class 'net' were left out: name them with --classes net=rim" in notes
    assert any(note.endswith("--classes 'jersey back=number'") for note in notes)
    assert any("--classes crowd=CLASS (CLASS: ball, " in note for note in notes)


def test_names_that_the_dataset_remembers_count_at_import(
    clip: SampleStore, tmp_path: Path
) -> None:
    path = coco(tmp_path / "a.json", {"name": "player"}, {"name": "plate"}, {"name": "crowd"})
    remember(clip.dataset, {"plate": "number", "crowd": "rim"})
    list(read_labels(clip.dataset, path, classes={"crowd": ""}).write())
    assert clip.count_labels("ground_truth") == {"player": 1, "number": 1}


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        *(("Jersey Number", "number"), ("jersey-number", "number"), ("jersey_no", "number")),
        *(("No.", "number"), ("#", "number"), ("jerseyNumber", "number"), ("Jersey", "number")),
        *(("team_name", "team"), ("teamName", "team"), ("Team", "team"), ("TEAM ID", "team")),
    ],
)
def test_attribute_names(name: str, ours: str) -> None:
    names = ClassNames()
    assert names.translate("player", {name: 23.0}) == {"label": "player", ours: "23"}
    assert names.notes() == []


def test_the_plain_name_goes_first() -> None:
    given = {"team_id": 3, "Team": "dark", "jersey_no": "", "number": "7"}
    wanted = {"label": "player", "team": "dark", "number": "7"}
    assert ClassNames().translate("player", given) == wanted


def test_attributes_that_are_left_out_are_named(tmp_path: Path) -> None:
    inner = "".join(
        f'<attribute name="{name}">{text}</attribute>'
        for name, text in (("jersey-number", "23"), ("mood", "calm"), ("pose", ""))
    )
    box = '<box frame="{}" xtl="1" ytl="2" xbr="30" ybr="90" outside="0">' + inner + "</box>"
    track = f'<track id="1" label="player">{box.format(0)}{box.format(1)}</track>'
    path = tmp_path / "a.xml"
    path.write_text(f"<annotations>{track}</annotations>")
    names = ClassNames()
    (labels,) = cvat.read(path, names)
    assert labels.boxes.number.tolist() == ["23", "23"]
    (note,) = names.notes()
    assert note.startswith("attribute 'mood' of 2 boxes was left out")


def test_what_formats_have_of_themselves_is_not_missed(clip: SampleStore, tmp_path: Path) -> None:
    plain = {"track_id": 3, "occluded": False, "rotation": 0.0, "keyframe": True}
    path = coco(tmp_path / "a.json", {"name": "player", "area": 600, "attributes": plain})
    assert read_labels(clip.dataset, path).notes == ["frames are numbered from 1"]


WRITTEN = {"23.0": "23", "#23": "23", " 7 ": "7", "00": "00", "-1": None, "unreadable": None}


@pytest.mark.parametrize("name", ["player", "number"])
def test_numbers_as_files_write_them(clip: SampleStore, tmp_path: Path, name: str) -> None:
    given = [*WRITTEN, 23.0, -1, float("nan"), None]
    path = coco(tmp_path / "a.json", *({"name": name, "number": value} for value in given))
    list(read_labels(clip.dataset, path).write())
    column = "number" if name == "player" else "text"
    _, found = next(clip.read("ground_truth"))
    assert found.data[column].tolist() == [*WRITTEN.values(), "23", None, None, None]


@pytest.mark.parametrize("wrong", ["100", "abc", 100, "07"])
def test_what_is_no_number_is_refused_with_its_place(
    clip: SampleStore, tmp_path: Path, wrong: Any
) -> None:
    good = {"name": "player", "number": "7"}
    path = coco(tmp_path / "a.json", good, {"name": "player", "attributes": {"No.": wrong}})
    refusal = rf"a.json, annotation 2: '?{wrong}'? is not a jersey number: give 0 to 99, or 00"
    with pytest.raises(HoopError, match=refusal):
        read_labels(clip.dataset, path)
    assert not clip.has("ground_truth")


def test_numbers_of_another_field_are_checked_too(clip: SampleStore) -> None:
    for sample in clip.dataset.iter_samples(autosave=True):
        for frame in sample.frames.values():
            for number, label in enumerate(frame["detections"].detections):
                label.label = {"player": "Person", "referee": "staff"}.get(label.label, label.label)
                label["number"] = f"{number}.0"
    found = read_labels(clip.dataset, "detections", "field")
    assert any("30 boxes of class 'staff' were left out" in note for note in found.notes)
    list(found.write())
    _, truth = next(clip.read("ground_truth"))
    assert truth.data["number"].tolist()[:3] == ["0", "1", "2"]
    last = clip.dataset.first()
    last.frames[30]["detections"].detections[0]["number"] = "100"
    last.save()
    with pytest.raises(
        HoopError, match=r"clip\.mp4, frame 30, label 1 of detections: '100' is not"
    ):
        read_labels(clip.dataset, "detections", "field", into="again")
