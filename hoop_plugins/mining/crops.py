"""Crops of players or numbers as points: those that look alike lie together, so that the ones that
lie with the wrong team, or the wrong number, stand out in the Embeddings panel."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import cv2
import fiftyone as fo
import numpy as np
from fiftyone import ViewField as F
from numpy.typing import NDArray

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data import video
from hoop_plugins.data.classes import labeled
from hoop_plugins.data.detections import compact_masks, track_ids
from hoop_plugins.data.fields import Fields, declare
from hoop_plugins.data.frame_images import frames_view, images_folder, write_images
from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import mask_of
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.views import all_videos, videos_of
from hoop_plugins.errors import HoopError, MissingFieldError
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
    """

    name: str
    role: str

    @property
    def title(self) -> str:
        """The name of the saved view."""
        return f"hoop: {self.name} crops"

    @property
    def key(self) -> str:
        """The brain key, by which the Embeddings panel knows the points."""
        return f"hoop_{self.name}_crops"


KINDS = {
    "players": CropKind("player", "players"),
    "numbers": CropKind("number", "numbers"),
}
"""By role."""

OF_TRACK = dict.fromkeys(("team", "number", "number_status"), fo.StringField)

OF_LABEL: dict[str, type[fo.Field]] = {
    "text": fo.StringField,
    "source": fo.StringField,
    "text_confidence": fo.FloatField,
    "eval": fo.StringField,
    **dict.fromkeys(("team_correct", "number_correct", "identity_correct"), fo.BooleanField),
    "owner_correct": fo.BooleanField,
}

FIELDS: dict[str, type[fo.Field]] = {
    "video": fo.StringField,
    "frame": fo.IntField,
    "track": fo.IntField,
    **OF_TRACK,
    **OF_LABEL,
}
"""What points can be colored by: what each crop is of, and what is known and said of it."""

CROPS_OF = "crops_of"
"""What a dataset of crops remembers the dataset of the videos by."""

Places = dict[int, set[int]]
"""Ids of the tracks that are cut out, by frame."""


def embed_crops(
    view: fo.core.collections.SampleCollection,
    role: str = "players",
    profile: Profile | None = None,
    *,
    interval: float = 1.0,
    device: str = "auto",
    names: Fields = Fields(),
) -> Generator[tuple[int, int], None, None]:
    """Embeds crops of the videos of a view, and lays them out in two dimensions with UMAP.

    The crops are marked (``embedded``) and saved as a view of patches, and they become a dataset of
    images (:func:`crops_name`), where the points are a brain run that can be colored; all of these
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
    from hoop_plugins.stages.clustering import reduce

    profile = profile or load_profile()
    view = videos_of(view)
    dataset = dataset_of(view)
    if role not in KINDS:
        raise HoopError(f"{role!r} cannot be cut out: give {' or '.join(KINDS)}")
    if not interval > 0:
        raise HoopError(f"interval {interval}: give the seconds between two crops, more than 0")
    if not view.has_frame_field(getattr(names, role)):
        raise MissingFieldError(
            f"dataset {dataset.name!r} has no frame field {getattr(names, role)!r}; "
            "run the stage that writes it first"
        )
    kind = KINDS[role]
    stores = stores_of(view, names)
    places = [choose_places(store, kind, interval) for store in stores]
    while (total := sum(len(tracks) for crops in places for tracks in crops.values())) > MOST:
        interval *= 2
        places = [choose_places(store, kind, interval) for store in stores]
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
    embeddings = np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32)
    points, refusal = reduce(embeddings, dimensions=2)
    if refusal:
        raise HoopError(
            f"the crops cannot be laid out: {refusal.partition(';')[0]}; "
            "give more videos or a shorter interval"
        )
    declare(dataset, names, role)
    for store in stores_of(all_videos(dataset), names):
        store.erase(role, "embedded")
    for store, chosen, marked in zip(stores, places, marks, strict=True):
        store.assign(role, marked)
        write_images(store, chosen)
    _save(dataset, kind, dict(zip(ids, points, strict=True)), names)


def choose_places(store: SampleStore, kind: CropKind, interval: float) -> Places:
    """Chooses the crops of a clip: each track's first, and then one every ``interval`` seconds."""
    step = max(1, round(interval * store.video.frame_rate))
    due: dict[int, int] = {}
    places: Places = {}
    wanted = F("index").exists()
    if kind.role == "players":
        wanted &= labeled("player", store.vocabulary.classes)
    for frame, labels in store.find(kind.role, wanted):
        tracks = {label["index"] for label in labels if frame >= due.get(label["index"], 0)}
        due.update(dict.fromkeys(tracks, frame + step))
        if tracks:
            places[frame] = tracks
    return places


def crops_view(
    dataset: fo.Dataset, role: str = "players", names: Fields = Fields()
) -> fo.core.patches.PatchesView:
    """The crops of a video dataset that were embedded, a patch each."""
    name = getattr(names, role)
    embedded = F("embedded") == True  # noqa: E712
    frames = {
        store.sample_id: [frame for frame, _ in store.find(role, embedded)]
        for store in stores_of(all_videos(dataset), names)
    }
    view = frames_view(dataset, {video: found for video, found in frames.items() if found})
    return view.select_fields(name).filter_labels(name, embedded).to_patches(name)


def crops_name(dataset: fo.Dataset, role: str = "players") -> str:
    """The name of the dataset that the crops of a dataset go into."""
    return f"{dataset.name}-{KINDS[role].name}-crops"


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
                    share = profile.stages["teams"].central
                    crop = central_crop(image, found.xyxy[i], mask_of(masks, i), share)
                else:
                    crop = padded_crop(image, found.xyxy[i], profile.stages["read"].padding)
                if crop.size:
                    cut[labels[i]] = index
                    crops.append(crop)
        yield frame, cut, crops


def _save(
    dataset: fo.Dataset, kind: CropKind, points: dict[str, NDArray[np.float64]], names: Fields
) -> None:
    """Saves crops, by the id of their label, as a view and as a dataset of images of their own.

    The Embeddings panel colors points by fields of its dataset's own samples: in a dataset of
    videos it has no choice to offer.
    """
    import fiftyone.brain as fob

    view = crops_view(dataset, kind.role, names)
    dataset.save_view(kind.title, view, description=f"{len(points)} crops", overwrite=True)
    name = crops_name(dataset, kind.role)
    folder = images_folder(dataset) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = fo.Dataset(name, persistent=True, overwrite=True)
    for field, of_type in FIELDS.items():
        made.add_sample_field(field, of_type)
    stores = {store.sample_id: store for store in stores_of(all_videos(dataset), names)}
    tracks = {video: store.read_tracks() for video, store in stores.items()}
    titles = {video: store.name for video, store in stores.items()}
    samples, places = [], []
    for patch in view.iter_samples():
        label = patch[getattr(names, kind.role)]
        path = folder / f"{label.id}.png"
        cv2.imwrite(str(path), _part(patch.filepath, label.bounding_box))
        track = tracks[patch.sample_id].get(label.index)
        values = {
            "video": titles[patch.sample_id],
            "frame": patch.frame_number,
            "track": label.index,
            **{field: getattr(track, field, None) for field in OF_TRACK},
            **{field: label.get_attribute_value(field, None) for field in OF_LABEL},
        }
        samples.append(fo.Sample(filepath=str(path), **values))
        places.append(points[label.id])
    made.add_samples(samples, progress=False)
    fob.compute_visualization(
        made, points=np.array(places), num_dims=2, brain_key=kind.key, verbose=False
    )
    made.info[CROPS_OF] = dataset.name
    made.save()


def _part(path: str, box: list[float]) -> NDArray[np.uint8]:
    """The part of an image in a relative box: left, top, width, height."""
    image = np.asarray(cv2.imread(path), np.uint8)
    left, top, width, height = np.array(box) * np.tile(image.shape[1::-1], 2)
    rows = slice(int(top), int(top + height) + 1)
    return image[rows, int(left) : int(left + width) + 1]
