"""A rendered game's labels in every format that it is written in."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from imported import load, truth

from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import PEOPLE
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.importing import read_labels
from hoop_plugins.sample import export, loading


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A short rendered clip with every kind of ground truth that ``hoop sample render`` writes."""
    folder = tmp_path_factory.mktemp("rendered")
    export.render_clips(folder, 7, 0.4, stride=4)
    return folder


@pytest.fixture
def game(rendered):
    """The clip, as ``hoop sample load`` imports it."""
    loaded = loading.load_rendered(rendered, "import-labels-test")
    yield SampleStore(loaded, loaded.first().id)
    loaded.delete()


def same(found, expected):
    assert found.xyxy.tolist() == pytest.approx(expected.xyxy, abs=1e-3)
    assert found.data["class_name"].tolist() == expected.data["class_name"].tolist()


def test_the_rendered_game_s_mot(game, rendered):
    load(game.dataset, rendered / "mot", into="imported")
    expected = truth(game)
    for number, found in truth(game, "imported").items():
        persons = expected[number][np.isin(expected[number].data["class_name"], PEOPLE)]
        same(found, persons)
        assert found.tracker_id.tolist() == persons.tracker_id.tolist()
    assert len(truth(game, "imported")) == len(expected)


def test_the_rendered_game_s_coco(game, rendered):
    load(game.dataset, rendered / "coco", into="imported")
    imported, expected = truth(game, "imported"), truth(game)
    assert list(imported) == [1, 5, 9]
    for number, found in imported.items():
        same(found, expected[number])
        for index, label in enumerate(found.data["class_name"]):
            if label in PEOPLE:
                assert (found.mask.crop(index) == expected[number].mask.crop(index)).all()


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"frames": [1]}', '{"frames": [{"people": [{}]}]}']
)
def test_a_rendered_game_s_file_that_cannot_be_read(clip, tmp_path, text):
    path = tmp_path / "clip.json.gz"
    path.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(HoopError, match=r"clip\.json\.gz is no ground truth of a rendered clip"):
        read_labels(clip.dataset, path)
    path.write_bytes(path.read_bytes()[:-12] + b"spoiled")
    with pytest.raises(HoopError, match=r"clip\.json\.gz is no ground truth of a rendered clip"):
        read_labels(clip.dataset, path)


def test_the_rendered_game_s_own(game, rendered):
    load(game.dataset, rendered, into="imported")
    imported, expected = truth(game, "imported"), truth(game)
    assert list(imported) == list(expected)
    for number, found in imported.items():
        same(found, expected[number])
        assert found.data["number"].tolist() == expected[number].data["number"].tolist()
