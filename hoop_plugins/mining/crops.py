"""Crops of players or numbers as points: those that look alike lie together, so that the ones that
lie with the wrong team, or the wrong number, stand out in the Embeddings panel."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import fiftyone as fo
import numpy as np
from fiftyone import ViewExpression
from fiftyone import ViewField as F
from numpy.typing import NDArray

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data import video
from hoop_plugins.data.detections import compact_masks, track_ids
from hoop_plugins.data.fields import Fields, declare
from hoop_plugins.data.frame_images import write_images
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.mining.crop_dataset import make_crop_dataset
from hoop_plugins.mining.doubts import PLAYER
from hoop_plugins.mining.views import check_videos
from hoop_plugins.models.roles import Embedder
from hoop_plugins.profiles import Profile, load_profile
from hoop_plugins.specs import Role

MOST = 20_000
"""Crops in all; the interval is doubled until there are no more. UMAP lays them out in minutes."""


@dataclass(frozen=True)
class CropKind:
    """What is cut out.

    Attributes:
        name: What people call it.
        role: Attribute of :class:`~hoop_plugins.data.fields.Fields`: the frame field of its boxes.
        wanted: What holds for a label to be cut out, as in FiftyOne's ``filter_labels``.
    """

    name: str
    role: str
    wanted: ViewExpression

    @property
    def title(self) -> str:
        """The name of the saved view."""
        return f"hoop: {self.name} crops"

    @property
    def key(self) -> str:
        """The brain key, by which the Embeddings panel knows the points."""
        return f"hoop_{self.name}_crops"


KINDS = {
    "players": CropKind("player", "players", PLAYER & F("index").exists()),
    "numbers": CropKind("number", "numbers", F("index").exists()),
}
"""By role."""

Places = dict[int, set[int]]
"""Ids of the tracks that are cut out, by frame."""


def embed_crops(
    view: fo.core.collections.SampleCollection,
    role: str = "players",
    profile: Profile | None = None,
    *,
    interval: float = 1.0,
    device: str = "auto",
    names: Fields | None = None,
) -> Generator[tuple[int, int], None, None]:
    """Embeds crops of the videos of a view, and lays them out in two dimensions with UMAP.

    The crops are marked (``embedded``) and saved as a view of patches, and they become a dataset of
    images (:func:`crops_name`), where the points are a brain run that can be coloured; all of these
    replace those of an earlier call.

    Args:
        view: A video dataset or view.
        role: "players", cut out as the stage teams does, or "numbers", as the stage read does.
        profile: Whose embedder is used, and how crops are cut; "pretrained" by default.
        interval: Seconds between two crops of a track.
        device: "auto", "cpu", "mps" or "cuda:N".
        names: The names of the label fields.

    Yields:
        Crops done, and crops in all.

    Raises:
        HoopError: If the view holds no videos, or too few crops to lay out.
        MissingFieldError: If there are no such boxes.
    """
    names, profile = names or Fields(), profile or load_profile()
    kind = _check(view, role, interval, names)
    dataset = dataset_of(view)
    stores = [SampleStore(dataset, sample_id, names) for sample_id in view.values("id")]
    places = _choose_all(stores, kind, interval)
    total = sum(len(tracks) for chosen in places for tracks in chosen.values())
    settings = profile.stages["teams"]
    embedder: Embedder = plugins.load_model(
        Role.EMBEDDER, settings.model, device=device, **settings.options
    )
    ids: list[str] = []
    vectors: list[NDArray[np.float32]] = []
    marks: list[list[tuple[int, int, dict[str, bool]]]] = []
    for store, chosen in zip(stores, places, strict=True):
        marks.append([])
        for frame, found, crops in _cut(store, kind, chosen, profile):
            ids += found
            marks[-1] += [(index, frame, {"embedded": True}) for index in found.values()]
            vectors.append(embedder.embed(crops))
            yield len(ids), total
    points = _lay_out(ids, vectors)
    declare(dataset, names, role)
    for sample_id in dataset.values("id"):
        SampleStore(dataset, sample_id, names).erase(role, "embedded")
    for store, chosen, marked in zip(stores, places, marks, strict=True):
        store.assign(role, marked)
        write_images(store, chosen)
    _save(dataset, kind, points, names)


def crops_view(
    dataset: fo.Dataset, role: str = "players", names: Fields | None = None
) -> fo.core.patches.PatchesView:
    """The crops that were embedded.

    Args:
        dataset: A video dataset.
        role: "players" or "numbers".
        names: The names of the label fields.

    Returns:
        A patch for each.
    """
    name = getattr(names or Fields(), role)
    path = f"frames.{name}"
    # Before the frames are copied: only what is embedded is.
    kept = dataset.select_fields([path, "frames.filepath"])
    marked = kept.filter_labels(path, F("embedded") == True)  # noqa: E712
    return marked.to_frames().to_patches(name)


def crops_name(dataset: fo.Dataset, role: str = "players") -> str:
    """The name of the dataset that the crops of a dataset go into."""
    return f"{dataset.name}-{KINDS[role].name}-crops"


def choose_places(store: SampleStore, kind: CropKind, interval: float) -> Places:
    """Chooses the crops of a clip: the first one of each track, and then one every so often.

    Args:
        store: The clip.
        kind: What is cut out.
        interval: Seconds between two crops of a track.

    Returns:
        The places, in order of frame.
    """
    step = max(1, round(interval * store.video.frame_rate))
    due: dict[int, int] = {}
    places: Places = {}
    for frame, labels in store.find(kind.role, kind.wanted):
        tracks = {label["index"] for label in labels if frame >= due.get(label["index"], 0)}
        due.update(dict.fromkeys(tracks, frame + step))
        if tracks:
            places[frame] = tracks
    return places


def _check(
    view: fo.core.collections.SampleCollection, role: str, interval: float, names: Fields
) -> CropKind:
    check_videos(view)
    if role not in KINDS:
        raise HoopError(f"{role!r} cannot be cut out: give {' or '.join(KINDS)}")
    if not interval > 0:
        raise HoopError(f"interval {interval}: give the seconds between two crops, more than 0")
    if not view.has_frame_field(getattr(names, role)):
        raise MissingFieldError(
            f"dataset {dataset_of(view).name!r} has no frame field {getattr(names, role)!r}; "
            "run the stage that writes it first"
        )
    return KINDS[role]


def _choose_all(stores: Sequence[SampleStore], kind: CropKind, interval: float) -> list[Places]:
    places = [choose_places(store, kind, interval) for store in stores]
    if sum(len(tracks) for chosen in places for tracks in chosen.values()) > MOST:
        return _choose_all(stores, kind, 2 * interval)
    return places


def _cut(
    store: SampleStore, kind: CropKind, places: Places, profile: Profile
) -> Iterator[tuple[int, dict[str, int], list[Image]]]:
    """Cuts a clip's crops out, frame by frame: the frame, track by label id, and the crops."""
    from hoop_plugins.stages.clustering import central_crop
    from hoop_plugins.stages.read import padded_crop

    for frame, image in video.read_frames(store.video.path):
        if frame not in places:
            continue
        labels = store.read_ids([kind.role], frame, frame)[frame][kind.role]
        cut: dict[str, int] = {}
        crops: list[Image] = []
        for _, found in store.read(kind.role, frame, frame):
            masks = compact_masks(found)
            for i, index in enumerate(track_ids(found).tolist()):
                if index not in places[frame]:
                    continue
                if kind.role == "players":
                    mask = None if masks is None else masks.crop(i)
                    share = profile.stages["teams"].central
                    crop = central_crop(image, found.xyxy[i], mask, share)
                else:
                    crop = padded_crop(image, found.xyxy[i], profile.stages["read"].padding)
                if crop.size:
                    cut[labels[i]] = index
                    crops.append(crop)
        yield frame, cut, crops


def _lay_out(
    ids: Sequence[str], vectors: Sequence[NDArray[np.float32]]
) -> dict[str, NDArray[np.float64]]:
    """The place of each crop in the plane, by its label's id."""
    from hoop_plugins.stages.clustering import reduce

    embeddings = np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32)
    points, refusal = reduce(embeddings, dimensions=2)
    if refusal:
        raise HoopError(
            f"the crops cannot be laid out: {refusal.partition(';')[0]}; "
            "give more videos or a shorter interval"
        )
    return dict(zip(ids, points, strict=True))


def _save(
    dataset: fo.Dataset, kind: CropKind, points: dict[str, NDArray[np.float64]], names: Fields
) -> None:
    view = crops_view(dataset, kind.role, names)
    dataset.save_view(kind.title, view, description=f"{len(points)} crops", overwrite=True)
    name = crops_name(dataset, kind.role)
    made = make_crop_dataset(view, kind.role, points, name, kind.key, names)
    made.info["crops_of"] = dataset.name
    made.save()
