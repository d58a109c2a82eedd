"""Readers side by side: what each makes of the same labeled crops."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from pathlib import Path
from time import perf_counter

import fiftyone as fo
import numpy as np
from fiftyone import ViewField as F
from numpy.typing import NDArray

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import root_dataset
from hoop_plugins.data.database import connect
from hoop_plugins.data.fields import MADE_BY, OURS, Schema, add_schema, check_schema
from hoop_plugins.data.image import read_image
from hoop_plugins.data.vocabulary import NONE
from hoop_plugins.errors import HoopError, OptionError
from hoop_plugins.formats.jsonl import ANNOTATIONS, Example, read_examples
from hoop_plugins.models.roles import NumberReader
from hoop_plugins.specs import Role
from hoop_plugins.stages.read import reading
from hoop_plugins.stages.stage import Progress
from hoop_plugins.training.crop_labels import image_crops
from hoop_plugins.training.prelabel import BATCH
from hoop_plugins.training.scores import ReaderScores, score_reads, spread
from hoop_plugins.training.splits import CurationError, origins_of

VIEW = "hoop: readers differ"


@dataclass(frozen=True)
class ComparedReaders:
    """What readers made of the same crops.

    Attributes:
        scores: By reader, in the order in which they were asked for.
        dataset: The dataset of the crops, where the reads were written; ``None`` where the crops
            are files.
    """

    scores: dict[str, ReaderScores]
    dataset: fo.Dataset | None = None


@dataclass(frozen=True)
class LabeledCrops:
    """Crops, and what is to be read on them.

    Attributes:
        examples: One or more.
        dataset: What they are samples of; ``None`` for files.
        ids: Of samples: theirs, in that order.
        left_out: How many have no label.
    """

    examples: list[Example]
    dataset: fo.Dataset | None = None
    ids: list[str] = field(default_factory=list)
    left_out: int = 0


def labeled_crops(
    crops: str | Path | fo.core.collections.SampleCollection, label_field: str, limit: int | None
) -> LabeledCrops:
    """Finds labeled crops, as :func:`hoop_plugins.api.score_reader` is given them.

    Raises:
        HoopError: If there are none, or a label is no number.
    """
    if limit is not None and limit < 1:
        raise OptionError(f"limit is {limit}: give at least 1", about="limit")
    found = _crops_of(crops, label_field)
    kept = spread(len(found.examples), limit or len(found.examples)).tolist()
    examples = [found.examples[i] for i in kept]
    ids = [found.ids[i] for i in kept] if found.dataset is not None else []
    return LabeledCrops(examples, found.dataset, ids, found.left_out)


def _crops_of(
    crops: str | Path | fo.core.collections.SampleCollection, label_field: str
) -> LabeledCrops:
    if isinstance(crops, (str, Path)):
        path = Path(crops).expanduser()
        path = path / ANNOTATIONS if path.is_dir() else path
        if path.is_file():
            return LabeledCrops(read_examples(path, prompt=None))
        connect()
        if not fo.dataset_exists(str(crops)):
            raise HoopError(
                f"there are no crops at {str(crops)!r}: give an {ANNOTATIONS}, the folder that "
                "holds one, or the name of a dataset of crops"
            )
        crops = fo.load_dataset(str(crops))
    dataset = root_dataset(crops)
    if dataset.media_type == "video":
        raise CurationError(
            f"{dataset.name!r} holds videos, no crops: cut them out first, "
            f"hoop dataset prelabel {dataset.name}"
        )
    origins = origins_of(crops)
    labeled = list(image_crops(crops, origins, label_field))
    if not labeled:
        raise CurationError(
            f"no crop of {dataset.name!r} has a label in {label_field!r}: say there what is to be "
            "read, a number or none (operator label_crops)"
        )
    examples = [Example(Path(crop.origin.path), crop.answer) for crop in labeled]
    ids = [crop.origin.sample_id for crop in labeled]
    return LabeledCrops(examples, dataset, ids, len(origins) - len(labeled))


def fields_of(readers: Sequence[str]) -> dict[str, str]:
    """The sample field, by reader, that what it reads is written to.

    Raises:
        HoopError: If two would have the same.
    """
    fields = {name: "read_" + re.sub(r"\W+", "_", name).strip("_") for name in readers}
    owners: dict[str, str] = {}
    for name, found in fields.items():
        if (other := owners.setdefault(found, name)) != name:
            raise HoopError(
                f"readers {other!r} and {name!r} would both be written to {found!r}: compare one "
                "of them at a time"
            )
    return fields


def check_fields(dataset: fo.Dataset, readers: Sequence[str]) -> None:
    """Looks whether reads can be written, and replace nothing but earlier reads of that reader.

    Raises:
        HoopError: In one line, with the way out.
    """
    for name, found in fields_of(readers).items():
        check_schema(dataset, _schema(found))
        ours = (F(f"{found}.{MADE_BY}") == OURS) & (F(f"{found}.reader") == name)
        if count := len(dataset.match(F(found).exists() & ~ours)):
            raise HoopError(
                f"{found} of {dataset.name!r} holds {count} label{'s' * (count != 1)} that reader "
                f"{name!r} did not make: rename it, "
                f"dataset.rename_sample_field({found!r}, {found + '_before'!r})"
            )


def _schema(found: str) -> Schema:
    return {
        found: fo.Classification,
        f"{found}.reader": fo.StringField,
        f"{found}.correct": fo.BooleanField,
        f"{found}.{MADE_BY}": fo.StringField,
    }


def compare_steps(
    crops: LabeledCrops, readers: Sequence[str], device: str
) -> Generator[Progress, None, ComparedReaders]:
    """Lets readers read the same crops; samples get what each read once all are done.

    Yields:
        How far each reader is.
    """
    total = len(crops.examples)
    models = {name: plugins.load_model(Role.READER, name, device=device) for name in readers}
    if crops.left_out:
        message = f"{crops.left_out} crops without a label were left out"
        yield Progress("score", "", total, total, message, unit="crop")
    answers = [example.index for example in crops.examples]
    reads: dict[str, NDArray[np.float32]] = {}
    scores: dict[str, ReaderScores] = {}
    for name, model in models.items():
        reads[name], seconds = yield from _read(name, model, crops.examples)
        scores[name] = score_reads(answers, reads[name], seconds)
    if crops.dataset is not None:
        _write(crops.dataset, crops.ids, answers, reads)
    return ComparedReaders(scores, crops.dataset)


def _read(
    name: str, model: NumberReader, examples: Sequence[Example]
) -> Generator[Progress, None, tuple[NDArray[np.float32], float]]:
    """Reads all crops: the distributions ``(N, 102)``, and how many seconds that took."""
    rows, seconds, total = [], 0.0, len(examples)
    yield Progress(name, "", 0, total, unit="crop")
    for start in range(0, total, BATCH):
        images = [read_image(example.image) for example in examples[start : start + BATCH]]
        began = perf_counter()
        rows.append(model.read(images))
        seconds += perf_counter() - began
        yield Progress(name, "", start + len(images), total, unit="crop")
    return np.concatenate(rows), seconds


def _write(
    dataset: fo.Dataset,
    ids: Sequence[str],
    answers: Sequence[int],
    reads: dict[str, NDArray[np.float32]],
) -> None:
    fields = fields_of(list(reads))
    for name, rows in reads.items():
        labels = {}
        for sample_id, answer, row in zip(ids, answers, rows, strict=True):
            said = reading(row)
            labels[sample_id] = fo.Classification(
                label=said["text"] or NONE,
                confidence=said["text_confidence"],
                reader=name,
                correct=bool(row.argmax() == answer),
                **{MADE_BY: OURS},
            )
        add_schema(dataset, _schema(fields[name]))
        dataset.set_values(fields[name], labels, key_field="id")
    first, *others = fields.values()
    if others:
        differ = [F(f"{other}.label") != F(f"{first}.label") for other in others]
        read_by_all = reduce(lambda view, name: view.exists(name), fields.values(), dataset.view())
        dataset.save_view(VIEW, read_by_all.match(reduce(or_, differ)), overwrite=True)
