"""FiftyOne (1.22): what its public API does not tell of datasets, views and plugins.

Relied on: ``_dataset``, ``_root_dataset``, ``_source_collection``, ``_is_clips``, ``_is_frames``,
``_is_patches``, ``_is_generated``, ``_is_dynamic_groups``, ``_stages``, ``_label_fields``,
``_get_filtered_fields``, ``_get_edited_fields`` and ``_serialize`` of datasets and views,
``_attach_frames_pipeline``, ``_frame_collection_name`` and ``_sample_collection_name`` of datasets,
``_metadata`` of plugin definitions, ``_reload_docs`` of frames; arrays are kept as ``numpy.save``
writes them, compressed by zlib, and sent to browsers as base64. What browsers send back goes
through ``deserialize`` of ``fiftyone.server.utils.json``. ``data/store.py`` and
``data/label_codec.py`` rely on how MongoDB keeps frames and labels.
"""

from __future__ import annotations

import binascii
import functools
import json
import re
import zlib
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import fiftyone as fo
import fiftyone.core.odm as foo
import fiftyone.core.utils as fou
import numpy as np
from fiftyone.core.clips import TrajectoriesView
from fiftyone.core.collections import SampleCollection
from fiftyone.core.frame import Frame
from fiftyone.core.stages import ViewStage
from fiftyone.plugins.definitions import PluginDefinition
from fiftyone.server import utils as server_utils
from numpy.typing import NDArray
from pymongo.collection import Collection

NPY_HEADER = re.compile(
    rb"\x93NUMPY\x01.{3}\{'descr': '(?P<dtype>[^']+)', 'fortran_order': (?P<columns>True|False), "
    rb"'shape': \((?P<shape>[\d, ]*)\), \} *\n",
    re.DOTALL,
)
"""How ``numpy.save`` begins for all but structured arrays."""


dataset_of: Callable[[SampleCollection], fo.Dataset] = attrgetter("_dataset")
"""The dataset that a view is of; of clips, frames and patches the one made for the view."""

root_dataset: Callable[[SampleCollection], fo.Dataset] = attrgetter("_root_dataset")
"""The dataset that a view was made from, through clips, frames and patches."""

is_clips: Callable[[SampleCollection], bool] = attrgetter("_is_clips")
"""Whether a view's samples are clips of videos."""

is_frames: Callable[[SampleCollection], bool] = attrgetter("_is_frames")
"""Whether a view's samples are frames of videos."""

is_patches: Callable[[SampleCollection], bool] = attrgetter("_is_patches")
"""Whether a view's samples are patches of images."""

is_generated: Callable[[SampleCollection], bool] = attrgetter("_is_generated")
"""Whether a view's samples were made for it: clips, frames, patches."""

is_dynamic: Callable[[SampleCollection], bool] = attrgetter("_is_dynamic_groups")
"""Whether a view groups its samples by a field."""

source_of: Callable[[SampleCollection], SampleCollection] = attrgetter("_source_collection")
"""The dataset or view that a view of clips, frames or patches was made from."""

patch_fields: Callable[[fo.DatasetView], list[str]] = attrgetter("_label_fields")
"""The label fields that the patches of a view were cut out for."""


LASSO_STAGES = ("fiftyone.core.stages.Select", "fiftyone.core.stages.Mongo")
"""What the Embeddings panel adds to the view that operators are given, for a lasso's points; the
App adds the order and the fields that are shown in the same place.
"""


def is_lassoed(ctx: Any) -> bool:
    """Whether an operator's ``ctx.view`` holds a lasso's points alone."""
    return not set(LASSO_STAGES).isdisjoint(ctx.request_params.get("extended") or {})


def serialize(view: fo.DatasetView) -> list[dict[str, Any]]:
    """A view's stages as plain values, equal for equal views."""
    return list(view._serialize(include_uuids=False))


def stage_text(stage: ViewStage) -> str:
    """A stage of a view as text, equal for equal stages."""
    return json.dumps(stage._serialize(include_uuid=False), default=str)


def frame_collection(dataset: fo.Dataset) -> Collection[Any]:
    """The MongoDB collection that holds a video dataset's frames."""
    result: Collection[Any] = foo.get_db_conn()[dataset._frame_collection_name]
    return result


def reload_frames(dataset: fo.Dataset) -> None:
    """Lets the frames that somebody holds in memory know what was written to the database."""
    Frame._reload_docs(dataset._frame_collection_name)


def database_address() -> str:
    """Where the database is that FiftyOne talks to, as a URI."""
    host, port = foo.get_db_conn().client.address
    return f"mongodb://{host}:{port}"


def server_process() -> Any:
    """The process of MongoDB that answers, another one after a restart; ``None`` before 4.4."""
    return foo.get_db_conn().command("hello").get("topologyVersion", {}).get("processId")


def sample_collection(dataset: fo.Dataset) -> Collection[Any]:
    """The MongoDB collection that holds a dataset's samples."""
    result: Collection[Any] = foo.get_db_conn()[dataset._sample_collection_name]
    return result


def view_stages(view: SampleCollection) -> list[fo.ViewStage]:
    """The stages of a view; a dataset has none."""
    return list(view._stages) if isinstance(view, fo.DatasetView) else []


def is_trajectories(view: SampleCollection) -> bool:
    """Whether a view's samples are clips that show one object each."""
    return isinstance(view, TrajectoriesView)


def changed_fields(view: SampleCollection) -> set[str]:
    """The frame fields whose labels a view filters or changes."""
    if not isinstance(view, fo.DatasetView):
        return set()
    paths = view._get_filtered_fields(frames=True) or set()
    paths = paths | (view._get_edited_fields(frames=True) or set())
    return {path.partition(".")[0] for path in paths}


def frames_pipeline(dataset: fo.Dataset, first: int, last: int) -> list[dict[str, Any]]:
    """MongoDB's steps that attach some frames, in order, to samples as ``frames``."""
    return list(dataset._attach_frames_pipeline(support=[first, last]))


def allow_operator(definition: PluginDefinition, name: str) -> None:
    """Lets a plugin register an operator or panel that its ``fiftyone.yml`` does not list."""
    if not definition.can_register_operator(name):
        definition._metadata.setdefault("operators", []).append(name)


def unpack_array(packed: bytes) -> NDArray[Any]:
    """The inverse of FiftyOne's ``serialize_numpy_array``, twice as fast as its own; the array is
    read-only.
    """
    content = zlib.decompress(packed)
    header = NPY_HEADER.match(content)
    if header is None:
        result: NDArray[Any] = fou.deserialize_numpy_array(packed)
        return result
    shape = [int(side) for side in header["shape"].split(b",") if side.strip()]
    flat = np.frombuffer(content, header["dtype"].decode(), offset=header.end())
    return flat.reshape(shape, order="F" if header["columns"] == b"True" else "C")


def read_sent_arrays() -> None:
    """Lets FiftyOne's own editor store whole labels that have arrays; twice is as good as once.

    A split or a merge sends labels as the browser was given them, arrays as text. FiftyOne reads
    those of its own attributes alone, as masks: any other made it refuse the whole change.
    """
    read = server_utils.json.deserialize
    if hasattr(read, "__wrapped__"):
        return

    @functools.wraps(read)
    def deserialize(value: Any) -> Any:
        if isinstance(value, dict) and value.get("_cls") == fo.Detection.__name__:
            known = fo.Detection._fields
            value = {k: each if k in known else _sent_array(each) for k, each in value.items()}
        return read(value)

    server_utils.json.deserialize = deserialize


def _sent_array(value: Any) -> Any:
    """The array that a browser was sent as text; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        content = zlib.decompress(binascii.a2b_base64(value))
    except (binascii.Error, zlib.error, ValueError):
        return value
    return fou.deserialize_numpy_array(value, ascii=True) if NPY_HEADER.match(content) else value
