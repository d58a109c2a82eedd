"""Crops as a dataset of images of their own.

The Embeddings panel colours points by fields of its dataset's own samples: in a dataset of videos
it has no choice to offer.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import cv2
import fiftyone as fo
import numpy as np
from numpy.typing import NDArray

from hoop_plugins.compat.fiftyone import root_dataset
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.frame_images import images_folder
from hoop_plugins.data.store import SampleStore

MARKS = ("eval", "team_correct", "number_correct", "identity_correct", "owner_correct")
"""Marks of an evaluation."""

READ = ("text", "text_confidence")
"""What was read of a number."""

FIELDS: dict[str, type[fo.Field]] = {
    "video": fo.StringField,
    "frame": fo.IntField,
    "track": fo.IntField,
    "team": fo.StringField,
    "number": fo.StringField,
    "number_status": fo.StringField,
    "text": fo.StringField,
    "text_confidence": fo.FloatField,
    "eval": fo.StringField,
    **dict.fromkeys(MARKS[1:], fo.BooleanField),
}
"""What points can be coloured by."""


def make_crop_dataset(
    crops: fo.core.patches.PatchesView,
    role: str,
    points: Mapping[str, NDArray[np.float64]],
    name: str,
    brain_key: str,
    names: Fields,
) -> fo.Dataset:
    """Cuts crops out of the frames' images, and lays them out for the Embeddings panel.

    Args:
        crops: A patch for each, with the image of its frame.
        role: "players" or "numbers".
        points: The place of each in the plane, by the id of its label.
        name: Of the dataset; one of that name is replaced.
        brain_key: By which the panel knows the points.
        names: The names of the label fields.

    Returns:
        The dataset: what each crop is of, and what is known and said of it, as :data:`FIELDS`.
    """
    import fiftyone.brain as fob

    source = root_dataset(crops)
    folder = images_folder(source) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = fo.Dataset(name, persistent=True, overwrite=True)
    for field, kind in FIELDS.items():
        made.add_sample_field(field, kind)
    stores = {video: SampleStore(source, video, names) for video in source.values("id")}
    tracks = {video: store.read_tracks() for video, store in stores.items()}
    titles = {video: store.name for video, store in stores.items()}
    samples, places = [], []
    for patch in crops.iter_samples():
        label = patch[getattr(names, role)]
        path = folder / f"{label.id}.png"
        cv2.imwrite(str(path), _cut(patch.filepath, label.bounding_box))
        values: dict[str, Any] = {
            "video": titles[patch.sample_id],
            "frame": patch.frame_number,
            "track": label.index,
            **{name: label.get_attribute_value(name, None) for name in MARKS + READ},
        }
        track = tracks[patch.sample_id].get(label.index)
        if track is not None:
            values |= {
                field: getattr(track, field) for field in ("team", "number", "number_status")
            }
        samples.append(fo.Sample(filepath=str(path), **values))
        places.append(points[label.id])
    made.add_samples(samples, progress=False)
    fob.compute_visualization(
        made, points=np.array(places), num_dims=2, brain_key=brain_key, verbose=False
    )
    return made


def _cut(path: str, box: list[float]) -> NDArray[np.uint8]:
    """The part of an image in a relative box: left, top, width, height."""
    image = np.asarray(cv2.imread(path), np.uint8)
    left, top, width, height = np.array(box) * np.tile(image.shape[1::-1], 2)
    rows = slice(int(top), int(top + height) + 1)
    return image[rows, int(left) : int(left + width) + 1]
