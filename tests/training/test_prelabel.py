"""A reader labels crops, people put them right."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import fiftyone.operators as foo
import numpy as np
import people
import pytest
from PIL import Image

from hoop_plugins import plugins
from hoop_plugins.data.steps import drain
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import Role
from hoop_plugins.training.prelabel import VIEW, label_crops, prelabel_steps
from hoop_plugins.training.splits import CurationError


class Brightness:
    """Reads how bright a crop is: dark ones as "7", bright ones as none."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def read(self, crops):
        rows = np.full((len(crops), NO_NUMBER + 1), 0.001, np.float32)
        for row, crop in zip(rows, crops, strict=True):
            self.seen.append(crop.shape)
            bright = float(crop.mean()) / 255
            row[NO_NUMBER if bright > 0.5 else NUMBERS.index("7")] = max(bright, 1 - bright)
        return rows / rows.sum(1, keepdims=True)


@pytest.fixture
def reader():
    made = Brightness()

    class Plugin:
        @hookimpl
        def register_models(self, register):
            register(plugins.ModelSpec("brightness", Role.READER, lambda *_, **__: made))

    plugin = Plugin()
    plugins.manager().register(plugin)
    yield made
    plugins.manager().unregister(plugin)


@pytest.fixture
def crops(dataset, tmp_path: Path) -> fo.Dataset:
    for i, level in enumerate((10, 140, 250)):
        path = tmp_path / f"{i}.png"
        Image.new("RGB", (20, 30), (level,) * 3).save(path)
        dataset.add_sample(fo.Sample(filepath=str(path)))
    return dataset


def test_the_least_certain_crops_come_first(crops, reader):
    made = drain(prelabel_steps(crops, "brightness"))
    assert made.crops == 3
    assert crops.values("prelabel.label") == ["7", "none", "none"]
    names = [Path(path).stem for path in crops.load_saved_view(VIEW).values("filepath")]
    assert names == ["1", "0", "2"]
    assert crops.values("ground_truth") == [None] * 3


def test_what_was_read_is_not_read_again(crops, reader):
    drain(prelabel_steps(crops[:2], "brightness"))
    assert drain(prelabel_steps(crops, "brightness")).crops == 1
    assert len(reader.seen) == 3


def test_people_label_crops_or_accept_what_was_read(crops, reader):
    with pytest.raises(CurationError, match="no reader has read"):
        label_crops(crops)
    drain(prelabel_steps(crops, "brightness"))
    assert label_crops(crops[:1]) == 1
    assert label_crops(crops[1:2], " #00 ") == 1
    assert crops.values("ground_truth.label") == ["7", "00", None]
    with pytest.raises(CurationError, match="'7B' is not a jersey number"):
        label_crops(crops, "7B")
    assert crops.values("ground_truth.label") == ["7", "00", None]


def test_number_boxes_of_a_video_become_a_dataset_of_crops(clip, reader):
    name = f"{clip.dataset.name}-crops"
    try:
        made = drain(prelabel_steps(clip.dataset, "brightness", stride=30))
        numbered = [person for person in people.PEOPLE if person.number]
        # The detector's boxes have no track: those of every frame are taken.
        assert made.dataset.name == name
        assert made.crops == 30 * len(numbered)
        assert made.dataset.distinct("clip") == ["clip"]
        assert reader.seen[0] == (32, 30, 3)
        assert not any(one is None for one in made.dataset.values("prelabel.label"))
        assert drain(prelabel_steps(clip.dataset, "brightness")).crops == 0
    finally:
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


def test_images_with_boxes_are_no_crops(crops, reader):
    crops.set_values("ground_truth", [fo.Detections()] * 3)
    with pytest.raises(CurationError, match="they are no crops"):
        drain(prelabel_steps(crops, "brightness"))


def test_the_operators(crops, reader):
    run = foo.get_operator("@hoop/hoop_plugins/prelabel_numbers")(crops, reader="brightness")
    crops.reload()
    assert crops.values("prelabel.label") == ["7", "none", "none"]
    told = [one["params"] for one in run.executor.to_json()["requests"]]
    (ending,) = (each for each in told if each.get("over"))
    assert ending["lines"][1] == "0 of 3 crops have a label; left: 3"
    run = foo.get_operator("@hoop/hoop_plugins/label_crops")(crops[:2], number="23")
    assert crops.values("ground_truth.label") == ["23", "23", None]
    told = [one["params"].get("message") for one in run.executor.to_json()["requests"]]
    assert told[-1] == "2 crops labeled; 2 of 3 crops have a label; left: 1"
