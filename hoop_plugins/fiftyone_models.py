"""The networks as FiftyOne Models, for ``dataset.apply_model`` and ``compute_patch_embeddings``.

For clips: FiftyOne's writing of a video model's labels is quadratic in the number of frames, so
beyond about 1,000 frames use :func:`hoop_plugins.recognize`. It reads videos with ffmpeg.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import fiftyone as fo
import numpy as np
import supervision as sv
from fiftyone.core.models import EmbeddingsMixin, Model, SamplesMixin
from numpy.typing import NDArray

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.detections import objects
from hoop_plugins.data.fields import NUMBER_ATTRIBUTES, Fields
from hoop_plugins.data.image import Image
from hoop_plugins.data.label_codec import to_labels
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import Vocabulary
from hoop_plugins.models.roles import Detector, Embedder, NumberReader, Tracker
from hoop_plugins.specs import Role
from hoop_plugins.stages.detect import DetectSettings, select
from hoop_plugins.stages.doubles import without_doubles
from hoop_plugins.stages.read import ReadSettings, crop_quality, padded_crop, reading
from hoop_plugins.stages.track import adopt, people


class ImageModel(Model):
    """What FiftyOne asks of a model that sees single images."""

    config = transforms = None
    media_type = "image"
    ragged_batches = preprocess = False


class VideoModel(SamplesMixin, Model):
    """What FiftyOne asks of a model that sees whole videos and the labels that are there.

    The fields that it reads have their usual names, unless ``apply_model`` is told others:
    ``detections="boxes"``.

    Attributes:
        attributes: What its labels have besides the usual.
    """

    config = None
    media_type = "video"
    attributes: tuple[str, ...]

    def predict(self, arg: Any, sample: Any = None) -> dict[int, fo.Detections]:
        """Labels a video, given FiftyOne's reader and sample of it: labels by frame."""
        names = {role: path.removeprefix("frames.") for role, path in self.needs_fields.items()}
        store = SampleStore(dataset_of(sample), sample.id, Fields.named(names))
        step = self.start(store)
        labels = {}
        for image in arg:
            found = step(arg.frame_number, image)
            labels[arg.frame_number] = to_labels(found, _size(image), self.attributes, sample.id)
        return labels

    def start(self, store: SampleStore) -> Callable[[int, Image], sv.Detections]:
        """Begins a video; what comes back is given each frame's number and image in order."""
        raise NotImplementedError


class DetectorModel(ImageModel):
    """A detector: every image or frame gets its ``fo.Detections``.

    Args:
        detector: The network.
        settings: The least confidence, and when boxes are merged.
        classes: Our names for its classes, where they are not called as everybody calls them.
    """

    def __init__(
        self,
        detector: Detector,
        settings: DetectSettings | None = None,
        classes: Mapping[str, str] | None = None,
    ) -> None:
        self.detector = detector
        self.settings = settings or DetectSettings()
        self.vocabulary = Vocabulary(classes)

    def predict(self, arg: Image) -> fo.Detections:
        """Detects in one RGB uint8 image ``(H, W, 3)``."""
        return self.predict_all([arg])[0]

    def predict_all(self, args: Sequence[Image]) -> list[fo.Detections]:
        """Detects in several images."""
        found = zip(args, self.detector.detect(list(args)), strict=True)
        return [
            to_labels(select(seen, self.settings, self.vocabulary), _size(image))
            for image, seen in found
        ]


class TrackerModel(VideoModel):
    """A tracker: every frame gets its people, with masks, ``index`` and ``instance``.

    Args:
        tracker: The network. It is given the people of the field ``detections``.
    """

    attributes = ("action",)

    def __init__(self, tracker: Tracker) -> None:
        super().__init__()
        self.tracker = tracker

    def start(self, store: SampleStore) -> Callable[[int, Image], sv.Detections]:
        """See :class:`VideoModel`."""
        detections = dict(store.read("detections", masks=False))
        session = self.tracker.start(store.video)

        def step(number: int, image: Image) -> sv.Detections:
            found = without_doubles(people(detections.get(number, _nothing())))
            given = found if session.wants_detections() else None
            return adopt(session.step(image, given), found)

        return step


class ReaderModel(VideoModel):
    """A reader: number boxes get ``text``, ``text_confidence``, ``probabilities`` and ``quality``.

    Args:
        reader: The network. It reads the boxes labeled "number" of the field ``numbers``, which
            may as well be a detector's.
        settings: How crops are cut.
    """

    attributes = tuple(NUMBER_ATTRIBUTES)

    def __init__(self, reader: NumberReader, settings: ReadSettings | None = None) -> None:
        super().__init__()
        self.reader = reader
        self.settings = settings or ReadSettings()

    def start(self, store: SampleStore) -> Callable[[int, Image], sv.Detections]:
        """See :class:`VideoModel`."""
        boxes = dict(store.read("numbers", masks=False))

        def step(number: int, image: Image) -> sv.Detections:
            everything = boxes.get(number, _nothing())
            found = everything.select(np.asarray(everything.data["class_name"] == "number"))
            crops = [padded_crop(image, box, self.settings.padding) for box in found.xyxy]
            rows = [reading(row) for row in self.reader.read(crops)]
            for name in ("text", "text_confidence", "probabilities"):
                found.data[name] = objects(row[name] for row in rows)
            found.data["quality"] = objects(map(crop_quality, crops))
            return found

        return step


class EmbedderModel(EmbeddingsMixin, ImageModel):
    """An embedder, for ``dataset.compute_patch_embeddings``.

    Args:
        embedder: The network.
    """

    has_embeddings = True

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def embed(self, arg: Image) -> NDArray[np.float32]:
        """Embeds one RGB uint8 image ``(H, W, 3)`` as float32 ``(D,)``."""
        vector: NDArray[np.float32] = self.embed_all([arg])[0]
        return vector

    def embed_all(self, args: Sequence[Image]) -> NDArray[np.float32]:
        """Embeds images of any sizes as float32 ``(N, D)``."""
        return self.embedder.embed(list(args))


def _size(image: Image) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def _nothing() -> sv.Detections:
    nothing = sv.Detections.empty()
    nothing.data["class_name"] = np.empty(0, dtype=object)
    return nothing


MODELS = {
    Role.DETECTOR: DetectorModel,
    Role.TRACKER: TrackerModel,
    Role.EMBEDDER: EmbedderModel,
    Role.READER: ReaderModel,
}


def fiftyone_model(
    role: Role | str, source: str, device: str = "auto", **options: Any
) -> DetectorModel | TrackerModel | EmbedderModel | ReaderModel:
    """Loads a network as a FiftyOne Model.

    Args:
        role: "detector", "tracker", "embedder" or "reader".
        source: A registered name, a path, or a hub name.
        device: "auto", "cpu", "mps" or "cuda:N".
        **options: Passed to the network's ``load``.

    Returns:
        For ``dataset.apply_model(model, label_field=...)``; the embedder for
        ``dataset.compute_patch_embeddings(model, "players", ...)``.

    Raises:
        HoopError: If it cannot be loaded, in one line.
    """
    network = plugins.load_model(role, source, device, **options)
    if Role(role) is Role.DETECTOR:
        return DetectorModel(network, classes=plugins.find_model(Role.DETECTOR, source).classes)
    return MODELS[Role(role)](network)  # type: ignore[no-any-return]
