"""What compat/fiftyone.py relies on, and how MongoDB keeps what data/store.py reads."""

import json
import zlib

import fiftyone as fo
import fiftyone.core.json as foj
import fiftyone.core.utils as fou
import numpy as np
import pytest
from bson import ObjectId
from fiftyone.plugins.definitions import PluginDefinition
from fiftyone.server import utils as server_utils
from relied_on import require

from hoop_plugins.compat.fiftyone import (
    NPY_HEADER,
    allow_operator,
    dataset_of,
    frame_collection,
    is_clips,
    is_frames,
    is_generated,
    is_patches,
    patch_fields,
    read_sent_arrays,
    root_dataset,
    serialize,
    unpack_array,
    view_stages,
)


@pytest.fixture
def dataset():
    dataset = fo.Dataset()
    sample = fo.Sample(filepath="game.mp4")
    sample["shots"] = fo.TemporalDetections(
        detections=[fo.TemporalDetection(label="play", support=[1, 2])]
    )
    sample.metadata = fo.VideoMetadata(total_frame_count=2, frame_rate=30)
    mask = np.array([[True, False], [True, True]])
    person = fo.Detection(
        label="player",
        bounding_box=[0, 0, 0.5, 1],
        mask=mask,
        index=7,
        instance=fo.Instance(id="0" * 23 + "7"),
    )
    sample.frames[1] = fo.Frame(
        filepath="game_1.jpg", players=fo.Detections(detections=[person, fo.Detection()])
    )
    dataset.add_sample(sample)
    yield dataset
    dataset.delete()


def test_nothing_that_is_relied_on_has_gone(dataset):
    private = ("_dataset", "_root_dataset", "_is_clips", "_is_frames", "_is_patches")
    require("fiftyone", dataset, *private, "_is_generated", "_frame_collection_name")
    require("fiftyone", dataset.view(), *private, "_is_generated", "_stages", "_serialize")
    require("fiftyone", dataset.view(), "_get_filtered_fields", "_get_edited_fields")
    require("fiftyone", dataset, "_is_dynamic_groups", "_attach_frames_pipeline")
    require("fiftyone", dataset.to_frames(), "_source_collection")
    require("fiftyone", PluginDefinition, "can_register_operator")


def test_every_kind_of_view_is_told_apart(dataset):
    frames = dataset.to_frames()
    patches = frames.to_patches("players")
    asked = (is_clips, is_frames, is_patches, is_generated)
    for view, answers in (
        (dataset, (False, False, False, False)),
        (dataset.limit(1), (False, False, False, False)),
        (dataset.to_clips("shots"), (True, False, False, True)),
        (frames, (False, True, False, True)),
        (patches, (False, True, True, True)),
    ):
        assert tuple(ask(view) for ask in asked) == answers
        assert root_dataset(view).name == dataset.name
    assert dataset_of(dataset.limit(1)).name == dataset.name
    assert patch_fields(patches) == ["players"]


def test_stages_of_equal_views_are_equal(dataset):
    assert view_stages(dataset) == []
    (stage,) = view_stages(dataset.limit(1))
    assert isinstance(stage, fo.Limit)
    assert serialize(dataset.limit(1)) == serialize(dataset.limit(1)) != serialize(dataset.limit(2))


def test_frames_are_kept_as_the_store_reads_them(dataset):
    (document,) = frame_collection(dataset).find()
    assert document["_sample_id"] == ObjectId(dataset.first().id)
    assert document["frame_number"] == 1
    person, bare = document["players"]["detections"]
    assert isinstance(person["_id"], ObjectId)
    assert person["instance"] == {"_cls": "Instance", "_id": ObjectId("0" * 23 + "7")}
    assert person["bounding_box"] == [0, 0, 0.5, 1]
    assert isinstance(person["mask"], bytes)
    assert bare.get("mask") is None


def test_an_unlisted_operator_can_be_registered(tmp_path):
    (tmp_path / "__init__.py").touch()
    definition = PluginDefinition(str(tmp_path), {"name": "@me/mine", "operators": ["listed"]})
    for name in ("listed", "unlisted"):
        allow_operator(definition, name)
        assert definition.can_register_operator(name)
    assert definition.operators == ["listed", "unlisted"]


@pytest.mark.parametrize(
    "array",
    [
        np.array([[True, False], [True, True]]),
        np.arange(102, dtype=np.float16),
        np.arange(24.0).reshape(2, 3, 4),
        np.array(5),
        np.zeros((0, 4), np.uint8),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_arrays_are_unpacked_as_fiftyone_packs_them(array):
    found = unpack_array(fou.serialize_numpy_array(array))
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_masks_are_unpacked_without_fiftyone():
    content = zlib.decompress(fou.serialize_numpy_array(np.ones((30, 20), bool)))
    assert NPY_HEADER.match(content), (
        f"FiftyOne {fo.__version__} keeps arrays otherwise: adapt hoop_plugins/compat/fiftyone.py"
    )


def test_whole_labels_come_back_from_browsers_with_their_arrays():
    shirt, shape = np.arange(6, dtype=np.float32), np.ones((2, 3), bool)
    label = fo.Detection(label="eJwz", bounding_box=[0, 0, 1, 1], mask=shape, kit=shirt, note="eJw")
    sent = json.loads(json.dumps(foj.stringify(label.to_mongo().to_dict())))
    assert isinstance(sent["kit"], str)
    read_sent_arrays()
    read_sent_arrays()
    received = server_utils.json.deserialize(sent)
    assert received.kit.dtype == np.float32
    assert np.array_equal(received.kit, shirt)
    assert np.array_equal(received.mask, shape)
    assert (received.label, received.note) == ("eJwz", "eJw")
