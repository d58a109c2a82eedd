"""Crops of players and numbers: laid out by their looks, read, labeled, and readers compared."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.use_case import UseCase, counted
from hoop_plugins.errors import OptionError, concerning
from hoop_plugins.models import UNTUNED

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.fields import Fields
    from hoop_plugins.profiles import Profile
    from hoop_plugins.stages.stage import Progress
    from hoop_plugins.training.compare import ComparedReaders
    from hoop_plugins.training.prelabel import Prelabeled


@dataclass(frozen=True)
class EmbeddedCrops:
    """Where crops were laid out.

    Attributes:
        dataset: The name of the dataset of crops.
        brain_key: What the Embeddings panel calls them.
    """

    dataset: str
    brain_key: str


@UseCase
def embed(
    view: fo.core.collections.SampleCollection,
    role: str = "players",
    profile: str | Path | Profile | None = None,
    *,
    embedder: str | None = None,
    interval: float = 1.0,
    device: str = "auto",
    fields: Fields | None = None,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, EmbeddedCrops]:
    """Lays crops of players or numbers out for the App's Embeddings panel.

    Args:
        view: A video dataset or view; of its labels, those that it shows.
        role: "players" or "numbers".
        profile: Whose embedder is used, and how crops are cut; by default the one that the dataset
            was recognized with last, or "pretrained".
        embedder: A model instead of the profile's.
        interval: Seconds between two crops of a track.
        device: Where the networks run: "auto" (a GPU if there is one), "cpu", "mps" or "cuda:N".
        fields: The names of the label fields.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Where they are.

    Raises:
        HoopError: If the view holds no videos, or too few crops.
    """
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.views import videos_of
    from hoop_plugins.mining.crops import KINDS, crops_name, embed_crops
    from hoop_plugins.models.loading import resolve_device
    from hoop_plugins.profiles import Profile, load_profile, remembered

    view = videos_of(view)
    if not isinstance(profile, Profile):
        profile = load_profile(profile or remembered(dataset_of(view)))
    chosen, place = profile.with_models(embedder=embedder), resolve_device(device)
    names = fields or Fields()

    def steps() -> Generator[Progress, None, EmbeddedCrops]:
        crops = embed_crops(view, role, chosen, interval=interval, device=place, names=names)
        yield from counted("embed", "crop", crops)
        return EmbeddedCrops(crops_name(dataset_of(view), role), KINDS[role].key)

    return steps()


@UseCase
def prelabel(
    view: fo.core.collections.SampleCollection,
    reader: str = UNTUNED,
    *,
    device: str = "auto",
    stride: int = 25,
    limit: int | None = None,
    name: str = "",
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, Prelabeled]:
    """Lets a reader read crops, and orders them for correcting: the least certain first.

    Args:
        view: Images that are crops, or videos whose number boxes are cut out.
        reader: Any reader, also an untuned one: a name, a folder, or a hub name.
        device: Where the networks run: "auto" (a GPU if there is one), "cpu", "mps" or "cuda:N".
        stride: Of videos, the least number of frames between two crops of one track.
        limit: Of videos, crops at most.
        name: Of videos, the dataset of their crops; by default "DATASET-crops".
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        The dataset of the crops, how many were read, and the view to open.

    Raises:
        HoopError: If nobody knows the reader, or there are no crops.
    """
    from hoop_plugins import plugins
    from hoop_plugins.models.loading import resolve_device
    from hoop_plugins.specs import Role
    from hoop_plugins.training.prelabel import prelabel_steps

    with concerning("reader"):
        plugins.find_model(Role.READER, reader)
    place = resolve_device(device)
    crops = prelabel_steps(view, reader, device=place, stride=stride, limit=limit, name=name)
    return counted("read", "crop", crops)


def label_crops(crops: fo.core.collections.SampleCollection, number: str = "") -> int:
    """Says what is to be read on crops.

    Args:
        crops: Images.
        number: "0" to "99", "00", or "none" where nothing can be read; by default what a reader
            said of each.

    Returns:
        How many were labeled.

    Raises:
        HoopError: If it is no number, or no reader has read the crops.
    """
    from hoop_plugins.training.prelabel import label_crops

    return label_crops(crops, number)


@UseCase
def score_reader(
    crops: str | Path | fo.core.collections.SampleCollection,
    readers: Sequence[str] = (UNTUNED,),
    *,
    field: str = "ground_truth",
    limit: int | None = None,
    device: str = "auto",
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, ComparedReaders]:
    """Compares readers on the same labeled crops.

    Crops of a dataset get what each reader says of them, a ``Classification`` ``read_READER`` with
    ``label``, ``confidence``, ``correct`` and ``reader``, and where there are several readers, the
    saved view "hoop: readers differ".

    Args:
        crops: An annotations.jsonl, the folder that holds one, or a dataset of crops: its name, or
            a view of it.
        readers: Any readers, also untuned ones: names, folders, or hub names.
        field: Of a dataset: the ``Classification`` with the number, or "none".
        limit: Crops at most, spread evenly over all of them.
        device: Where the networks run: "auto" (a GPU if there is one), "cpu", "mps" or "cuda:N".
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        The scores of each, and the dataset.

    Raises:
        HoopError: If nobody knows a reader, there are no labeled crops, a label is no number, or a
            field holds what the reader did not write. Nothing is stored then.
    """
    from hoop_plugins import plugins
    from hoop_plugins.models.loading import resolve_device
    from hoop_plugins.specs import Role
    from hoop_plugins.training.compare import check_fields, compare_steps, labeled_crops

    names = list(dict.fromkeys([readers] if isinstance(readers, str) else readers))
    if not names:
        raise OptionError("there are no readers: give one or more", about="readers")
    with concerning("readers"):
        for name in names:
            plugins.find_model(Role.READER, name)
    place, found = resolve_device(device), labeled_crops(crops, field, limit)
    if found.dataset is not None:
        check_fields(found.dataset, names)
    return compare_steps(found, names, place)
