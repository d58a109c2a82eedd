"""Brings training data into FiftyOne, to be looked at before it is trained on."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import fiftyone as fo

from hoop_plugins.data.database import connect
from hoop_plugins.data.fields import CLIP_FIELD
from hoop_plugins.data.folders import files_in
from hoop_plugins.data.image import image_size
from hoop_plugins.data.label_codec import to_labels
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import coco_images, jsonl
from hoop_plugins.formats.names import clip_of
from hoop_plugins.training.splits import SPLIT_FIELD, SPLITS

FIELD = "ground_truth"
KEY = "ROBOFLOW_API_KEY"


class DatasetError(HoopError):
    """Training data that cannot be imported or fetched. No dataset has been made then."""


def import_dataset(path: str | Path, name: str = "") -> fo.Dataset:
    """Makes a FiftyOne dataset of a folder of training data.

    The folder holds ``train``, ``valid`` and ``test``, or some of them. In each lie images and
    either ``_annotations.coco.json`` (COCO, as Roboflow exports it), which become ``Detections``,
    or one ``.jsonl`` of image, prefix and suffix (number crops), which becomes a ``Classification``
    with the number or "none". Either is in ``ground_truth``. A sample has its ``split``, also as a
    tag, and its ``clip``, where the image is named after one (``GAME-000120.jpg``). A folder
    without splits is taken as it is, to be split by clip.

    Args:
        path: The folder. The images stay there.
        name: The dataset's name; by default the folder's.

    Returns:
        The dataset.

    Raises:
        DatasetError: If there is nothing to import, or the name is taken.
        HoopError: If an annotation cannot be used, or an image does not open; the message names it.
    """
    root = Path(path).expanduser().resolve()
    name = _new_name(name or root.name)
    if not root.is_dir():
        raise DatasetError(f"{root} is not a folder: give one with train, valid and test")
    folders = {split: root / split for split in SPLITS if (root / split).is_dir()}
    samples = []
    classes: tuple[str, ...] | None = None
    for split, folder in (folders or {"": root}).items():
        if is_coco := (folder / coco_images.ANNOTATIONS).is_file():
            coco = coco_images.read_coco(folder / coco_images.ANNOTATIONS, classes)
            classes = coco.names
            found = [_boxes(coco, index) for index in range(len(coco))]
        else:
            crops = jsonl.read_examples(_lines_file(folder), prompt=None)
            found = [_number(crop) for crop in crops]
        for sample in found:
            sample[CLIP_FIELD] = clip_of(Path(sample.filepath).stem, crop=not is_coco)
            sample[SPLIT_FIELD], sample.tags = split or None, [split] if split else []
        samples += found
    dataset = fo.Dataset(name, persistent=True)
    try:
        for field in (CLIP_FIELD, SPLIT_FIELD):
            dataset.add_sample_field(field, fo.StringField)
        dataset.add_samples(samples, progress=False)
    except BaseException:
        dataset.delete()
        raise
    return dataset


def fetch_dataset(source: str, out: str | Path = "", name: str = "") -> fo.Dataset:
    """Downloads a dataset version from Roboflow Universe, and imports it.

    Args:
        source: "WORKSPACE/PROJECT/VERSION".
        out: The folder to download into; by default "PROJECT-VERSION". It must not be there yet.
        name: The dataset's name; by default the folder's.

    Returns:
        The dataset.

    Raises:
        DatasetError: If there is no key or no ``roboflow`` package, or Roboflow refuses.
    """
    parts = source.strip("/").split("/")
    if len(parts) != 3 or not parts[2].isdigit():
        raise DatasetError(f"{source!r} is no dataset version: give WORKSPACE/PROJECT/VERSION")
    folder = Path(out or f"{parts[1]}-{parts[2]}").expanduser()
    if folder.exists():
        raise DatasetError(f"{folder} exists already: hoop dataset import {folder}")
    name = _new_name(name or folder.name)
    key = os.environ.get(KEY, "")
    if not key:
        raise DatasetError(f"no {KEY} is set: get a key at app.roboflow.com and export it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        _download(parts[0], parts[1], int(parts[2]), key, Path(beside) / "data")
        shutil.move(Path(beside) / "data", folder)
    return import_dataset(folder, name)


def _new_name(name: str) -> str:
    connect()
    if fo.dataset_exists(name):
        raise DatasetError(f"a dataset {name!r} exists already: choose another with --name")
    return name


def _download(workspace: str, project: str, version: int, key: str, folder: Path) -> None:
    try:
        import roboflow
    except ImportError:
        raise DatasetError(
            "the roboflow package is missing: pip install 'hoop-plugins[roboflow]'"
        ) from None
    try:
        with redirect_stdout(StringIO()):
            found = roboflow.Roboflow(api_key=key).workspace(workspace).project(project)
            layout = "jsonl" if found.type == "text-image-pairs" else "coco"
            found.version(version).download(layout, location=str(folder))
    except Exception as error:  # noqa: BLE001 - roboflow raises whatever its parts raise
        # Addresses in its messages hold the key.
        reason = str(error).replace(key, "…").strip().splitlines() or [type(error).__name__]
        raise DatasetError(
            f"Roboflow does not give {workspace}/{project}/{version}: {reason[0][:200]}"
        ) from None


def _lines_file(folder: Path) -> Path:
    found = files_in(folder, "*.jsonl")
    if len(found) != 1:
        raise DatasetError(
            f"{folder} holds {len(found) or 'no'} .jsonl files and no {coco_images.ANNOTATIONS}: "
            "give a folder with one of them beside its images"
        )
    return found[0]


def _boxes(coco: coco_images.CocoDataset, index: int) -> fo.Sample:
    sample = _sample(coco.images[index])
    size = (sample.metadata.width, sample.metadata.height)
    sample[FIELD] = to_labels(coco.target(index), size)
    return sample


def _number(crop: jsonl.Example) -> fo.Sample:
    sample = _sample(crop.image)
    sample[FIELD] = fo.Classification(label=crop.answer)
    return sample


def _sample(path: Path) -> fo.Sample:
    width, height = image_size(path)
    metadata = fo.ImageMetadata(width=width, height=height, size_bytes=path.stat().st_size)
    return fo.Sample(filepath=str(path), metadata=metadata)
