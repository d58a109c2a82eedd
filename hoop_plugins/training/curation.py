"""From any view to training data on disk: a COCO folder for the detector, crops for the reader.

Everything is checked first, and written beside its place, so that nothing half-written is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hoop_plugins.compat.fiftyone import root_dataset, view_stages
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.image import Image
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.vocabulary import CLASSES, NONE, NUMBERS
from hoop_plugins.formats import coco_images, jsonl
from hoop_plugins.stages.read import ReadSettings, crop_quality
from hoop_plugins.training.crop_labels import LEAST_QUALITY, CropLabel, image_crops, video_crops
from hoop_plugins.training.frame_labels import LabeledFrame, labeled_frames
from hoop_plugins.training.selection import Duplicates, Label, check, draw, thin_negatives
from hoop_plugins.training.settings import Curation, DetectorCuration, ReaderCuration
from hoop_plugins.training.splits import SPLITS, CurationError, Origin, Splits, origins_of
from hoop_plugins.training.writing import cut, stem, with_images, write_frame, write_image

if TYPE_CHECKING:
    import fiftyone as fo


@dataclass(frozen=True)
class TrainingData:
    """What a model is trained on.

    Attributes:
        train: The annotations to learn from, beside their images.
        valid: The annotations to validate on, of other games or clips.
        images: How many frames or crops, by split.
        labels: How many of each class, or of each answer ("none": nothing to read), there are to
            learn from.
        dropped: Near-duplicates that were left out.
        source: Where it comes from, for the record of the model: dataset, stages of the view,
            settings, counts.
    """

    train: Path
    valid: Path
    images: dict[str, int]
    labels: dict[str, int]
    dropped: int
    source: dict[str, Any]


def detector_steps(
    view: fo.core.collections.SampleCollection, out: str | Path, **curation: Any
) -> Generator[tuple[int, int], None, TrainingData]:
    """Writes the frames or images of a view, and their boxes, as the detector's training data.

    Args:
        view: Videos or images; a patches view is refused.
        out: The folder to write; it must not be there yet.
        **curation: Fields of :class:`~hoop_plugins.training.settings.DetectorCuration`.

    Returns:
        A generator: it yields images written, and images in all, and returns where they are and how
        much there is.

    Raises:
        CurationError: If the view, its labels or an image cannot be used, all boxes are of one
            class, or there is one game only.
    """
    wanted = DetectorCuration(**curation)
    origins = origins_of(view)
    found = labeled_frames(view, origins, wanted.field, wanted.stride)
    frames = draw(_split(found, origins, wanted), wanted.limit, wanted.seed)
    check(frames, "image", "box")
    classes = {name for _, frame in frames for name in frame.classes}
    names = CLASSES if classes <= set(CLASSES) else tuple(sorted(classes))

    def write(folder: Path, frame: LabeledFrame, image: Image, _: int) -> coco_images.LabeledImage:
        size = image.shape[1::-1]
        return write_frame(folder, frame, image), size, frame.labels(size)

    def finish(folder: Path, rows: list[coco_images.LabeledImage]) -> None:
        coco_images.write_coco(folder / coco_images.ANNOTATIONS, names, rows)

    kind = _Kind(coco_images.ANNOTATIONS, ("image", "box"), lambda _, image: image, write, finish)
    return _written(view, out, frames, wanted, kind)


def reader_steps(
    view: fo.core.collections.SampleCollection,
    out: str | Path,
    *,
    names: Fields | None = None,
    **curation: Any,
) -> Generator[tuple[int, int], None, TrainingData]:
    """Writes the number crops of a view as the reader's training data.

    Args:
        view: Videos, whose number boxes are cut out as the stage ``read`` does it; or images, each
            of them a crop.
        out: The folder to write; it must not be there yet.
        names: The names of the label fields.
        **curation: Fields of :class:`~hoop_plugins.training.settings.ReaderCuration`.

    Returns:
        A generator as that of :func:`detector_steps`.

    Raises:
        CurationError: If the view, a number or an image cannot be used, all crops say the same, or
            there is one game only.
    """
    crops = plan_reader(view, names=names, **curation)
    wanted = ReaderCuration(**curation)
    padding = ReadSettings.padding if wanted.padding is None else wanted.padding

    def prepare(label: CropLabel, image: Image) -> Image | None:
        crop = cut(label, image, padding)
        unreadable = label.inferred and crop_quality(crop) < LEAST_QUALITY
        return None if unreadable or not crop.size else crop

    def write(folder: Path, label: CropLabel, crop: Image, count: int) -> jsonl.Example:
        path = write_image(folder / f"{stem(label)}-{count:06d}.png", crop)
        return jsonl.Example(path, label.answer)

    def finish(folder: Path, rows: list[jsonl.Example]) -> None:
        jsonl.write_examples(folder / jsonl.ANNOTATIONS, rows)

    kind = _Kind(jsonl.ANNOTATIONS, ("crop", "crop"), prepare, write, finish)
    return _written(view, out, crops, replace(wanted, padding=padding), kind)


def plan_reader(
    view: fo.core.collections.SampleCollection, *, names: Fields | None = None, **curation: Any
) -> list[tuple[str, CropLabel]]:
    """Chooses the crops, without writing any: arguments and errors as of :func:`reader_steps`.

    Returns:
        Split and crop, video after video, in order of frame. Those that cannot be read, or repeat
        others, are found out only when they are cut.
    """
    wanted = ReaderCuration(**curation)
    origins, dataset = origins_of(view), root_dataset(view)
    if origins[0].spans:
        found = video_crops(dataset, origins, wanted.sources, wanted.stride, names or Fields())
    else:
        found = list(image_crops(view, origins, wanted.field))
    if not found:
        where = f"the sources {', '.join(wanted.sources)}"
        where = where if origins[0].spans else f"{wanted.field!r}"
        raise CurationError(f"nothing in the view has a number in {where}: label or correct some")
    labels = thin_negatives(_split(found, origins, wanted), wanted.negatives, wanted.seed)
    labels = draw(labels, wanted.limit, wanted.seed)
    check(labels, "crop", "crop")
    return labels


def balance(labels: Sequence[tuple[str, CropLabel]]) -> dict[str, dict[str, int]]:
    """Counts the crops that :func:`plan_reader` chose.

    Returns:
        By answer (in the order of the numbers, "none" last) and split: how many crops.
    """
    counts = Counter((label.answer, split) for split, label in labels)
    answers = {answer for answer, _ in counts}
    order = [answer for answer in (*NUMBERS, NONE) if answer in answers]
    return {a: {s: counts[a, s] for s in SPLITS if counts[a, s]} for a in order}


def _split(
    labels: Sequence[Label], origins: Sequence[Origin], wanted: Curation
) -> list[tuple[str, Label]]:
    splits = Splits(origins, wanted)
    found = ((splits.of(label.origin, label.frame), label) for label in labels)
    return [(split, label) for split, label in found if split]


class _Kind(NamedTuple):
    """What differs between the data of a detector and of a reader."""

    annotations: str
    words: tuple[str, str]
    prepare: Callable[[Any, Image], Image | None]
    write: Callable[[Path, Any, Image, int], Any]
    finish: Callable[[Path, list[Any]], None]


def _written(
    view: fo.core.collections.SampleCollection,
    out: str | Path,
    labels: Sequence[tuple[str, Label]],
    wanted: Curation,
    kind: _Kind,
) -> Generator[tuple[int, int], None, TrainingData]:
    duplicates = Duplicates() if wanted.drop_duplicates else None
    kept: list[tuple[str, Label]] = []
    rows: dict[str, list[Any]] = {}
    dropped = 0
    with new_path(out) as folder:
        for done, ((split, label), whole) in enumerate(with_images(labels), start=1):
            yield done, len(labels)
            image = kind.prepare(label, whole)
            if image is None:
                continue
            if duplicates and duplicates.repeats(image, label.answer):
                dropped += 1
                continue
            kept.append((split, label))
            found = rows.setdefault(split, [])
            found.append(kind.write(folder / split, label, image, len(found)))
        learned = check(kept, *kind.words)
        for split, found in rows.items():
            kind.finish(folder / split, found)
    images = {split: len(rows[split]) for split in SPLITS if split in rows}
    stages = [str(stage) for stage in view_stages(view)]
    source = {
        "dataset": root_dataset(view).name,
        "view": [stage if len(stage) < 200 else f"{stage[:200]}…" for stage in stages],
        "samples": len(view),
        **{name: value for name, value in asdict(wanted).items() if value is not None},
        **images,
        "near_duplicates_dropped": dropped,
    }
    train, valid = (Path(out) / split / kind.annotations for split in ("train", "valid"))
    return TrainingData(train, valid, images, dict(learned.most_common()), dropped, source)
