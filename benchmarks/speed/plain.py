"""The job as a plain script does it, with the same networks: frames extracted as JPEGs, SAM2's
official loop, full masks, one answer of the reader a crop, teams on every frame, `sample.save()`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fiftyone as fo
import numpy as np
import supervision as sv
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from umap import UMAP

from hoop_plugins import Image, load_model, load_profile, read_frames
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS
from hoop_plugins.sample.networks import tracker
from hoop_plugins.stages.read import padded_crop
from speed import following, reading

INTERVAL, CONSECUTIVE, IOS, PADDING, CENTRAL, BATCH = 5, 3, 0.9, 10, 0.4, 64
"""A number is read so often, stands after so many equal reads, and belongs to whose mask covers so
much of its box; pixels around a crop; share of a player's box that shows the shirt; crops that are
embedded together."""


@dataclass(frozen=True)
class Networks:
    """The sample networks, as their own libraries have them."""

    detector: Any
    predictor: Any
    embedder: Any
    read: Callable[[Image], str]
    confidence: float

    @classmethod
    def load(cls, device: str) -> Networks:
        """Loads them."""
        network = load_model("tracker", "sample", device).model
        reader = load_model("reader", "sample", device)
        return cls(
            load_model("detector", "sample", device).network,
            following.predictor(network, tracker.CONFIG, tracker.overrides(), device),
            load_model("embedder", "sample", device),
            reading.generator(reader, split=False),
            load_profile("sample").stages["detect"].confidence,
        )


def recognize_plainly(sample: fo.Sample, networks: Networks) -> None:
    """Recognizes the players of a video; keeps everything on the way in memory."""
    images = [image for _, image in read_frames(sample.filepath)]
    detections = [networks.detector.predict(image, networks.confidence) for image in images]
    first = detections[0]
    boxes = first.xyxy[np.isin(first.data["class_name"], PLAYER_ACTIONS)].astype(np.float32)
    crops: list[Image] = []
    owners: list[int] = []
    reads: dict[int, list[str]] = defaultdict(list)
    people: list[tuple[list[int], NDArray[np.float32], NDArray[np.bool_]]] = []
    with TemporaryDirectory() as folder:
        following.extract(images, Path(folder))
        for number, ids, masks in following.propagate(networks.predictor, Path(folder), boxes):
            image, places = images[number], sv.mask_to_xyxy(masks).astype(np.float32)
            people.append((ids, places, masks))
            for index, box in zip(ids, places, strict=True):
                crops.append(_central(image, box))
                owners.append(index)
            if number % INTERVAL == 0:
                for index, text in _numbers(image, detections[number], masks, ids, networks):
                    reads[index].append(text)
    seen = [i for i, crop in enumerate(crops) if crop.size]
    batches = [seen[first : first + BATCH] for first in range(0, len(seen), BATCH)]
    vectors = np.concatenate(
        [networks.embedder.embed([crops[i] for i in batch]) for batch in batches]
    )
    laid_out = UMAP(n_components=3, random_state=0, n_jobs=1).fit_transform(vectors)
    teams = KMeans(2, n_init=10, random_state=0).fit_predict(laid_out)
    votes: dict[int, list[int]] = defaultdict(list)
    for i, team in zip(seen, teams.tolist(), strict=True):
        votes[owners[i]].append(team)
    for number, (ids, places, masks) in enumerate(people, start=1):
        sample.frames[number]["players"] = fo.Detections(
            detections=[
                _label(index, box, mask, votes[index], reads[index])
                for index, box, mask in zip(ids, places, masks, strict=True)
                if mask.any()
            ]
        )
    sample.save()


def _central(image: Image, box: NDArray[np.float32]) -> Image:
    x1, y1, x2, y2 = box
    spare = (1 - CENTRAL) / 2
    left, right = int(x1 + spare * (x2 - x1)), int(x2 - spare * (x2 - x1))
    top, bottom = int(y1 + spare * (y2 - y1)), int(y2 - spare * (y2 - y1))
    return image[top:bottom, left:right]


def _numbers(
    image: Image, found: sv.Detections, masks: NDArray[np.bool_], ids: list[int], networks: Networks
) -> list[tuple[int, str]]:
    """Who has which number by this frame: every box is read, then given to whose mask covers it."""
    boxes = found.xyxy[np.asarray(found.data["class_name"]) == "number"].round().astype(int)
    if not len(boxes):
        return []
    texts = [networks.read(padded_crop(image, box, PADDING)) for box in boxes]
    full = np.zeros((len(boxes), *image.shape[:2]), bool)
    for mask, (x1, y1, x2, y2) in zip(full, boxes.clip(0), strict=True):
        mask[y1:y2, x1:x2] = True
    overlap = sv.mask_iou_batch(full, masks, overlap_metric=sv.OverlapMetric.IOS)
    return [
        (ids[column], texts[row]) for row, column in zip(*np.nonzero(overlap >= IOS), strict=True)
    ]


def _label(
    index: int,
    box: NDArray[np.float32],
    mask: NDArray[np.bool_],
    votes: list[int],
    reads: list[str],
) -> fo.Detection:
    height, width = mask.shape
    x1, y1, x2, y2 = box.astype(int).tolist()
    streaks = zip(*(reads[i:] for i in range(CONSECUTIVE)), strict=False)
    number = next((streak[0] for streak in streaks if len({*streak}) == 1 and streak[0]), None)
    return fo.Detection(
        label="player",
        bounding_box=[x1 / width, y1 / height, (x2 - x1 + 1) / width, (y2 - y1 + 1) / height],
        mask=mask[y1 : y2 + 1, x1 : x2 + 1],
        index=index,
        team=max(votes, key=votes.count) if votes else None,
        number=number,
    )
