"""From any view to training data on disk: a COCO folder for the detector, crops for the reader.

Everything is checked first, and written beside its place, so that nothing half-written is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins.compat.fiftyone import root_dataset, view_stages
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.vocabulary import CLASSES
from hoop_plugins.formats import coco_images, jsonl
from hoop_plugins.stages.read import ReadSettings, crop_quality, padded_crop
from hoop_plugins.training.crop_labels import LEAST_QUALITY, CropLabel, image_crops, video_crops
from hoop_plugins.training.draw import check, draw, thin_negatives
from hoop_plugins.training.duplicates import Duplicates
from hoop_plugins.training.frame_labels import LabelledFrame, labelled_frames
from hoop_plugins.training.splits import SPLITS, CurationError, Splits, origins_of
from hoop_plugins.training.writing import stem, with_images, write_frame, write_image

if TYPE_CHECKING:
    import fiftyone as fo


@dataclass(frozen=True)
class TrainingData:
    """What a model is trained on.

    Attributes:
        folder: ``train`` and ``valid`` (and ``test``), each with its annotations beside its images.
        annotations: The annotations' file name: ``_annotations.coco.json`` of frames for the
            detector, ``annotations.jsonl`` of crops for the reader.
        images: How many frames or crops, by split.
        labels: How many of each class, or of each answer ("none": nothing to read), there are in
            ``train``.
        dropped: Near-duplicates that were left out.
        source: Where it comes from, for the record of the model: dataset, stages of the view,
            settings, counts.
    """

    folder: Path
    annotations: str
    images: dict[str, int]
    labels: dict[str, int]
    dropped: int
    source: dict[str, Any]

    @property
    def train(self) -> Path:
        """The annotations to learn from."""
        return self.folder / "train" / self.annotations

    @property
    def valid(self) -> Path:
        """The annotations to validate on, of other games or clips."""
        return self.folder / "valid" / self.annotations


def detector_steps(
    view: fo.core.collections.SampleCollection,
    out: str | Path,
    *,
    field: str = "ground_truth",
    stride: int = 10,
    limit: int | None = None,
    valid_share: float = 0.2,
    within_clips: bool = False,
    drop_duplicates: bool = False,
    seed: int = 0,
) -> Generator[tuple[int, int], None, TrainingData]:
    """Writes the frames or images of a view, and their boxes, as the detector's training data.

    Samples with ``split`` "train", "valid" or "test", or so tagged, keep their split. All others
    are split by game (sample field ``game``), else by clip, never by frame.

    Args:
        view: Videos or images; a patches view is refused.
        out: The folder to write; it must not be there yet.
        field: ``Detections`` to learn from, without ``frames.``; a person's ``action`` is his
            class.
        stride: Of videos, every how many frames are taken.
        limit: Images at most, over all splits.
        valid_share: Share of games or clips to validate on, in (0, 1), where no split is given.
        within_clips: Validate on the end of every clip instead of on other clips: for views of one
            game. The score is too good then: the players are known.
        drop_duplicates: Leave out images that look like one that is kept.
        seed: Of what is drawn.

    Yields:
        Images written, and images in all.

    Returns:
        Where it is and how much there is.

    Raises:
        CurationError: If the view, its labels or an image cannot be used, all boxes are of one
            class, or there is one game only.
    """
    origins = origins_of(view)
    chosen = Splits(origins, valid_share, within_clips, seed)
    frames = [
        (split, one)
        for one in labelled_frames(view, origins, field, stride)
        if (split := chosen.of(one.origin, one.frame))
    ]
    frames = draw(frames, [""] * len(frames), limit, seed)
    _check_boxes(frames)
    classes = Counter(name for _, one in frames for name in one.classes)
    names = CLASSES if set(classes) <= set(CLASSES) else tuple(sorted(classes))
    duplicates = Duplicates() if drop_duplicates else None
    kept: list[tuple[str, LabelledFrame]] = []
    files: dict[str, list[coco_images.LabeledImage]] = {}
    with new_path(out) as folder:
        for done, ((split, one), image) in enumerate(with_images(frames), start=1):
            yield done, len(frames)
            if duplicates and duplicates.repeats(image):
                continue
            kept.append((split, one))
            file, size = write_frame(folder / split, one, image), image.shape[1::-1]
            files.setdefault(split, []).append((file, size, one.labels(size)))
        learnt = _check_boxes(kept)
        for split, rows in files.items():
            coco_images.write_coco(folder / split / coco_images.ANNOTATIONS, names, rows)
    settings = {"field": field, "stride": stride, "limit": limit, "seed": seed}
    dropped = len(frames) - len(kept)
    return _made(view, out, coco_images.ANNOTATIONS, files, learnt, dropped, settings)


def _check_boxes(frames: Sequence[tuple[str, LabelledFrame]]) -> Counter[str]:
    learnt = Counter(name for split, one in frames for name in one.classes if split == "train")
    check([split for split, _ in frames], learnt, "image", "box")
    return learnt


def reader_steps(
    view: fo.core.collections.SampleCollection,
    out: str | Path,
    *,
    padding: int | None = None,
    drop_duplicates: bool = False,
    **choice: Any,
) -> Generator[tuple[int, int], None, TrainingData]:
    """Writes the number crops of a view as the reader's training data.

    Splits are made as in :func:`detector_steps`.

    Args:
        view: Videos, whose number boxes are cut out as the stage ``read`` does it; or images, each
            of them a crop.
        out: The folder to write; it must not be there yet.
        padding: Of videos: pixels around a box; by default those of the stage ``read``.
        drop_duplicates: Leave out crops that look like one of the same number that is kept.
        **choice: As for :func:`plan_reader`: sources, stride, limit, negatives and the like.

    Yields:
        Crops looked at, and crops in all.

    Returns:
        Where it is and how much there is.

    Raises:
        CurationError: If the view, a number or an image cannot be used, all crops say the same, or
            there is one game only.
    """
    labels = plan_reader(view, **choice)
    margin = ReadSettings.padding if padding is None else padding
    duplicates = Duplicates() if drop_duplicates else None
    rows: dict[str, list[jsonl.Example]] = {}
    dropped = 0
    with new_path(out) as folder:
        for done, ((split, one), image) in enumerate(with_images(labels), start=1):
            yield done, len(labels)
            crop = image if one.box is None else padded_crop(image, one.box, margin)
            if not crop.size or (one.inferred and crop_quality(crop) < LEAST_QUALITY):
                continue
            if duplicates and duplicates.repeats(crop, one.answer):
                dropped += 1
                continue
            found = rows.setdefault(split, [])
            file = folder / split / f"{stem(one)}-{len(found):06d}.png"
            write_image(file, crop)
            found.append(jsonl.Example(file, one.answer))
        learnt = Counter(example.answer for example in rows.get("train", ()))
        check(list(rows), learnt, "crop", "crop")
        for split, found in rows.items():
            jsonl.write_examples(folder / split / jsonl.ANNOTATIONS, found)
    settings = {**choice, "names": None, "padding": margin}
    return _made(view, out, jsonl.ANNOTATIONS, rows, learnt, dropped, settings)


def plan_reader(
    view: fo.core.collections.SampleCollection,
    *,
    field: str = "ground_truth",
    sources: Sequence[str] = ("ground_truth", "corrections"),
    stride: int = 5,
    limit: int | None = None,
    negatives: float = 0.2,
    valid_share: float = 0.2,
    within_clips: bool = False,
    seed: int = 0,
    names: Fields | None = None,
) -> list[tuple[str, CropLabel]]:
    """Chooses the crops, without writing any: what :func:`reader_steps` writes, and its balance.

    Args:
        view: Videos, or images that are crops.
        field: Of images: the ``Classification`` with the number, or "none".
        sources: Of videos: where numbers come from. "ground_truth"; "corrections", what people
            said; "validated", the numbers that the stage ``validate`` is sure of. What two sources
            say of one box, the first one says.
        stride: Of videos, the least number of frames between two crops of one track.
        limit: Crops at most, over all splits; rare numbers are likelier to be drawn.
        negatives: Share of crops without a readable number at most, in [0, 1).
        valid_share: As of :func:`detector_steps`, also for what follows.
        within_clips: See there.
        seed: See there.
        names: The names of the label fields.

    Returns:
        Split and crop, video after video, in order of frame. Those that cannot be read, or repeat
        others, are found out only when they are cut.

    Raises:
        CurationError: As of :func:`reader_steps`.
    """
    if not 0 <= negatives < 1:
        raise CurationError(f"negatives is {negatives}: give a share from 0 up to, but not, 1")
    origins, dataset = origins_of(view), root_dataset(view)
    if dataset.media_type == "video":
        found = video_crops(dataset, origins, sources, stride, names or Fields())
    else:
        found = list(image_crops(dataset, origins, field))
    if not found:
        where = f"the sources {', '.join(sources)}" if origins[0].spans else f"{field!r}"
        raise CurationError(f"nothing in the view has a number in {where}: label or correct some")
    chosen = Splits(origins, valid_share, within_clips, seed)
    labels = [(split, one) for one in found if (split := chosen.of(one.origin, one.frame))]
    labels = thin_negatives(labels, negatives, seed)
    labels = draw(labels, [one.answer for _, one in labels], limit, seed)
    learnt = Counter(one.answer for split, one in labels if split == "train")
    check([split for split, _ in labels], learnt, "crop", "crop")
    return labels


def _made(
    view: fo.core.collections.SampleCollection,
    out: str | Path,
    annotations: str,
    rows: Mapping[str, Sequence[Any]],
    labels: Counter[str],
    dropped: int,
    settings: Mapping[str, Any],
) -> TrainingData:
    images = {split: len(rows[split]) for split in SPLITS if split in rows}
    stages = [str(stage) for stage in view_stages(view)]
    source = {
        "dataset": root_dataset(view).name,
        "view": [stage if len(stage) < 200 else f"{stage[:200]}…" for stage in stages],
        "samples": len(view),
        **{name: value for name, value in settings.items() if value is not None},
        **images,
        "near_duplicates_dropped": dropped,
    }
    return TrainingData(Path(out), annotations, images, dict(labels.most_common()), dropped, source)
