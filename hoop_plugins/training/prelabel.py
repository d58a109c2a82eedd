"""Labels to begin with: a reader reads crops, and people put right what it says."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fiftyone as fo

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import root_dataset, serialize
from hoop_plugins.data.fields import CLIP_FIELD, GAME_FIELD, Fields
from hoop_plugins.data.image import read_image
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.vocabulary import NONE
from hoop_plugins.models.roles import NumberReader
from hoop_plugins.specs import Role
from hoop_plugins.stages.read import reading
from hoop_plugins.training.crop_labels import checked_answer, video_crops
from hoop_plugins.training.selection import draw
from hoop_plugins.training.splits import SPLIT_FIELD, CurationError, Origin, origins_of
from hoop_plugins.training.writing import cut, stem, with_images, write_image

TRUTH, PRELABEL = "ground_truth", "prelabel"
"""What people say of a crop, and what a reader does. Only the first is trained on by default."""

VIEW = "hoop: uncertain crops first"

BATCH = 32


@dataclass(frozen=True)
class Prelabeled:
    """Crops with what a reader says of them.

    Attributes:
        dataset: The image dataset that they are in.
        crops: How many have been read now.
    """

    dataset: fo.Dataset
    crops: int


def prelabel_steps(
    view: fo.core.collections.SampleCollection,
    reader: str,
    *,
    device: str = "auto",
    stride: int = 25,
    limit: int | None = None,
    name: str = "",
) -> Generator[tuple[int, int], None, Prelabeled]:
    """Reads crops, as :func:`hoop_plugins.api.prelabel`, whose arguments these are.

    Of videos, the number boxes are cut out into an image dataset first, which is made once. What
    this reader has read is not read again, so that a run that was stopped goes on.

    Yields:
        Crops read, and crops in all.
    """
    origins, dataset = origins_of(view), root_dataset(view)
    if origins[0].spans:
        name = name or f"{dataset.name}-crops"
        if fo.dataset_exists(name):
            crops = fo.load_dataset(name)
        else:
            crops = _cut(dataset, origins, name, stride, limit)
            crops.info["view"] = serialize(view.view())
            crops.save()
        if crops.info.get("view", []) != serialize(view.view()):
            raise CurationError(f"{name!r} holds the crops of another view: give another name")
        wanted = crops.view()
    else:
        kind = dataset.get_field(TRUTH)
        if getattr(kind, "document_type", None) is fo.Detections:
            raise CurationError(
                f"the images of {dataset.name!r} have boxes, so they are no crops: give crops, or "
                "videos with number boxes"
            )
        crops, wanted = dataset, view
    _declare(crops)
    known = wanted.values(["id", "filepath", f"{PRELABEL}.reader"])
    open_crops = [(i, path) for i, path, by in zip(*known, strict=True) if by != reader]
    model: NumberReader | None = None
    for start in range(0, len(open_crops), BATCH):
        model = model or plugins.load_model(Role.READER, reader, device=device)
        batch = open_crops[start : start + BATCH]
        rows = model.read([read_image(path) for _, path in batch])
        labels = {}
        for (sample_id, _), row in zip(batch, rows, strict=True):
            said = reading(row)
            labels[sample_id] = fo.Classification(
                label=said["text"] or NONE, confidence=said["text_confidence"], reader=reader
            )
        crops.set_values(PRELABEL, labels, key_field="id")
        yield start + len(batch), len(open_crops)
    crops.save_view(VIEW, crops.exists(PRELABEL).sort_by(f"{PRELABEL}.confidence"), overwrite=True)
    return Prelabeled(crops, len(open_crops))


def label_crops(crops: fo.core.collections.SampleCollection, answer: str = "") -> int:
    """Says what is to be read on crops, as :func:`hoop_plugins.api.label_crops`."""
    dataset = root_dataset(crops)
    if dataset.media_type == "video" or not len(crops):
        raise CurationError("there are no crops to label: select some in a dataset of crops")
    if answer:
        labels = [checked_answer(answer.strip(), "the answer")] * len(crops)
    else:
        labels = crops.values(f"{PRELABEL}.label") if dataset.has_field(PRELABEL) else []
        if not labels or None in labels:
            raise CurationError("no reader has read these crops: give a number, or prelabel them")
    _declare(dataset)
    made = [fo.Classification(label=label) for label in labels]
    dataset.set_values(TRUTH, dict(zip(crops.values("id"), made, strict=True)), key_field="id")
    return len(made)


def count_labeled(crops: fo.Dataset) -> tuple[int, int]:
    """How many crops of a dataset people have labeled, and how many there are."""
    done = crops.count(f"{TRUTH}.label") if crops.has_field(TRUTH) else 0
    return done, len(crops)


def _declare(crops: fo.Dataset) -> None:
    for field in (TRUTH, PRELABEL):
        crops.add_sample_field(field, fo.EmbeddedDocumentField, embedded_doc_type=fo.Classification)
    crops.add_sample_field(f"{PRELABEL}.reader", fo.StringField)


def _cut(
    dataset: fo.Dataset, origins: Sequence[Origin], name: str, stride: int, limit: int | None
) -> fo.Dataset:
    """Cuts the number boxes of videos out, into an image dataset of their own."""
    found = video_crops(dataset, origins, ["unlabeled"], stride, Fields())
    if not found:
        raise CurationError(
            f"the videos of {dataset.name!r} have no number boxes: run the stage detect first"
        )
    root = Path(fo.config.default_dataset_dir) / re.sub(r"[^\w.-]+", "_", name)
    samples: list[fo.Sample] = []
    with new_path(root) as folder:
        for (_, label), image in with_images(draw([("train", crop) for crop in found], limit, 0)):
            crop = cut(label, image)
            if not crop.size:
                continue
            file = f"{stem(label)}-{len(samples):06d}.png"
            write_image(folder / file, crop)
            sample = fo.Sample(filepath=str(root / file))
            sample[CLIP_FIELD], sample[GAME_FIELD] = label.origin.name, label.origin.group
            sample[SPLIT_FIELD] = label.origin.split
            samples.append(sample)
    crops = fo.Dataset(name, persistent=True)
    crops.add_samples(samples, progress=False)
    return crops
