"""FiftyOne (1.22): what its public API does not tell of datasets, views and plugins.

Relied on: ``_dataset``, ``_root_dataset``, ``_is_clips``, ``_is_frames``, ``_is_patches``,
``_is_generated``, ``_stages``, ``_label_fields`` and ``_serialize`` of datasets and views,
``_frame_collection_name`` and ``_sample_collection_name`` of datasets, ``_metadata`` of plugin
definitions; arrays are kept as ``numpy.save`` writes them, compressed by zlib. ``data/store.py``
and ``data/label_codec.py`` rely on how MongoDB keeps frames and labels.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

import fiftyone as fo
import fiftyone.core.odm as foo
import fiftyone.core.utils as fou
import numpy as np
from fiftyone.core.collections import SampleCollection
from fiftyone.plugins.definitions import PluginDefinition
from numpy.typing import NDArray
from pymongo.collection import Collection

NPY_HEADER = re.compile(
    rb"\x93NUMPY\x01.{3}\{'descr': '(?P<dtype>[^']+)', 'fortran_order': (?P<columns>True|False), "
    rb"'shape': \((?P<shape>[\d, ]*)\), \} *\n",
    re.DOTALL,
)
"""How ``numpy.save`` begins for all but structured arrays."""


def dataset_of(view: SampleCollection) -> fo.Dataset:
    """The dataset that a view is of; of clips, frames and patches the one made for the view."""
    return view._dataset


def root_dataset(view: SampleCollection) -> fo.Dataset:
    """The dataset that a view was made from, through clips, frames and patches."""
    return view._root_dataset


def is_clips(view: SampleCollection) -> bool:
    """Whether a view's samples are clips of videos."""
    return bool(view._is_clips)


def is_frames(view: SampleCollection) -> bool:
    """Whether a view's samples are frames of videos."""
    return bool(view._is_frames)


def is_patches(view: SampleCollection) -> bool:
    """Whether a view's samples are patches of images."""
    return bool(view._is_patches)


def is_generated(view: SampleCollection) -> bool:
    """Whether a view's samples were made for it: clips, frames, patches."""
    return bool(view._is_generated)


def serialize(view: fo.DatasetView) -> list[dict[str, Any]]:
    """A view's stages as plain values, equal for equal views."""
    return list(view._serialize(include_uuids=False))


def frame_collection(dataset: fo.Dataset) -> Collection[Any]:
    """The MongoDB collection that holds a video dataset's frames."""
    result: Collection[Any] = foo.get_db_conn()[dataset._frame_collection_name]
    return result


def sample_collection(dataset: fo.Dataset) -> Collection[Any]:
    """The MongoDB collection that holds a dataset's samples."""
    result: Collection[Any] = foo.get_db_conn()[dataset._sample_collection_name]
    return result


def view_stages(view: SampleCollection) -> list[fo.ViewStage]:
    """The stages of a view; a dataset has none."""
    return list(view._stages) if isinstance(view, fo.DatasetView) else []


def patch_fields(view: fo.DatasetView) -> list[str]:
    """The label fields that the patches of a view were cut out for."""
    return list(view._label_fields)


def allow_operator(definition: PluginDefinition, name: str) -> None:
    """Lets a plugin register an operator or panel that its ``fiftyone.yml`` does not list."""
    if not definition.can_register_operator(name):
        definition._metadata.setdefault("operators", []).append(name)


def unpack_array(packed: bytes) -> NDArray[Any]:
    """The inverse of FiftyOne's ``serialize_numpy_array``, twice as fast as its own.

    Args:
        packed: An array as MongoDB keeps it.

    Returns:
        The array, read-only.
    """
    content = zlib.decompress(packed)
    header = NPY_HEADER.match(content)
    if header is None:
        result: NDArray[Any] = fou.deserialize_numpy_array(packed)
        return result
    shape = [int(side) for side in header["shape"].split(b",") if side.strip()]
    flat = np.frombuffer(content, header["dtype"].decode(), offset=header.end())
    return flat.reshape(shape, order="F" if header["columns"] == b"True" else "C")
