"""Folders as a Mac copies and zips them hold more than their labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from imported import load, truth
from mac import copied_by_a_mac

import hoop_plugins
from hoop_plugins import FormatSpec, VideoLabels, plugins
from hoop_plugins.formats.importing import read_labels

BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 20, 30, 80], "track_id": 3}
PLAYER = {"id": 1, "name": "player"}
MOT = "1,3,11,21,30,80,1,1,1\n"

COCO = {
    "images": [{"id": 1, "file_name": "clip-000001.jpg", "width": 320, "height": 180}],
    "annotations": [BOX],
    "categories": [PLAYER],
}
GAME_STATE = {
    "info": {"name": "clip"},
    "images": [{"image_id": 1, "file_name": "000001.jpg", "width": 320, "height": 180}],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "track_id": 3,
            "category_id": 1,
            "supercategory": "object",
            "attributes": {"role": "player"},
            "bbox_image": {"x": 10, "y": 20, "w": 30, "h": 80},
        }
    ],
    "categories": [PLAYER],
}
CVAT = """<annotations><track id="3" label="player">
<box frame="0" xtl="10" ytl="20" xbr="40" ybr="100" outside="0" occluded="0" keyframe="1"/>
</track></annotations>"""

LAYOUTS = {
    "roboflow": {"train/_annotations.coco.json": json.dumps(COCO)},
    "coco": {"annotations/instances.json": json.dumps(COCO), "images/clip-000001.jpg": ""},
    "mot": {"clip/gt/gt.txt": MOT},
    "tracker": {"clip.txt": MOT, "seqmap.txt": "clip"},
    "cvat": {"clip.xml": CVAT},
    "soccernet": {"test/clip/Labels-GameState.json": json.dumps(GAME_STATE)},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_labels_alone_are_read(clip, tmp_path, layout):
    folder = tmp_path / "labels"
    for name, text in LAYOUTS[layout].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    load(clip.dataset, copied_by_a_mac(folder))
    assert truth(clip)[1].xyxy.round(2).tolist() == [[10, 20, 40, 100]]


class Words:
    """A format of another package, which looks for its files itself."""

    @hoop_plugins.hookimpl
    def register_formats(self, register):
        register(FormatSpec("words", "words", (".words",), self.read, find=self.find))

    def find(self, folder: Path) -> list[Path]:
        return sorted(folder.rglob("*.words"))

    def read(self, path, names):
        x1, y1, x2, y2 = map(float, path.read_text().split())
        row = {**names.translate("player"), "line": 1, "frame": 1, "index": 3}
        return [VideoLabels.from_rows("clip", path, [{**row, **dict(x1=x1, y1=y1, x2=x2, y2=y2)}])]


def test_files_that_a_package_finds_too(clip, tmp_path):
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "clip.words").write_text("10 20 40 100")
    copied_by_a_mac(folder)
    plugin = Words()
    plugins.manager().register(plugin)
    try:
        assert read_labels(clip.dataset, folder, "words").frames == 1
    finally:
        plugins.manager().unregister(plugin)
