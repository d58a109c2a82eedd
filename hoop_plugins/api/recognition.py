"""From video files to identified players."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.planning import plan
from hoop_plugins.api.use_case import UseCase
from hoop_plugins.data.steps import mapped

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.fields import Fields
    from hoop_plugins.profiles import Profile
    from hoop_plugins.stages.engines import Engine
    from hoop_plugins.stages.stage import Progress


@UseCase
def import_videos(
    paths: Sequence[str | Path],
    dataset: str,
    *,
    normalize: bool = False,
    clip_length: str | float | None = None,
    into: str | Path | None = None,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, tuple[fo.Dataset, list[str]]]:
    """Adds videos to a dataset, each once, with metadata measured by PyAV.

    A video is known by its copy, too, and keeps the labels that it has.

    Args:
        paths: Video files.
        dataset: The dataset's name; made, and kept, where it does not exist.
        normalize: Take a copy of each video that the App would not show frame by frame, as
            :func:`normalize_videos` does.
        clip_length: Cut each recording into clips of at most this length, that the App shows frame
            by frame: seconds, or as 5m or 1:30. Without encoding again where that is possible.
        into: The folder for the clips; by default one in FiftyOne's folder of datasets.
        progress: Called with a :class:`~hoop_plugins.stages.stage.Progress` after every clip, and
            every video that is normalized.

    Returns:
        The dataset, and the sample ids in the order of ``paths``; of a recording, of its clips.
        These have the recording's name in ``game``, their own in ``clip``, and seconds in
        ``start_time``. They are added when all are made; what is made stays where it is stopped.

    Raises:
        VideoError: If a file is missing, is no video also by its name, has no frames, or is one of
            the dataset's that has moved.
        HoopError: If the dataset holds other media, or a recording in another way; if a clip would
            be where another file is, or there is no space. Nothing has been changed in any case.
    """
    from hoop_plugins.data import recordings, videos
    from hoop_plugins.errors import HoopError
    from hoop_plugins.stages.stage import Progress

    if into is not None and clip_length is None:
        raise HoopError("a folder for clips, and no clips: give --clip-length, too", "clip_length")
    planned = None
    if clip_length is None:
        videos.probed(paths)
    else:
        planned = recordings.plan_games(paths, dataset, clip_length, into)

    def steps() -> Generator[Progress, None, tuple[fo.Dataset, list[str]]]:
        if planned is None:
            found, ids = videos.import_videos(paths, dataset)
            if normalize and ids:
                yield from normalize_videos.steps(found.select(ids))
            return found, ids
        total = sum(map(len, planned))
        return (
            yield from mapped(
                recordings.import_games(planned, dataset),
                lambda step: Progress("cut", "", step[0], total, step[1], unit="clip"),
            )
        )

    return steps()


def added(
    paths: Sequence[str | Path], dataset: str
) -> AbstractContextManager[fo.core.collections.SampleCollection]:
    """Adds videos for a run, as :func:`import_videos`: those of which nothing is done when it is
    refused or stopped are taken away again, and so is a dataset that was made for them.

    Args:
        paths: Video files.
        dataset: The dataset's name.

    Returns:
        A context of the view of the videos.
    """
    from hoop_plugins.data import videos

    return videos.added(paths, dataset)


def video_notes(view: fo.core.collections.SampleCollection) -> list[str]:
    """What people should know of a view's videos, a line each: what the App shows elsewhere."""
    from hoop_plugins.data.video import probe

    return [note for path in view.values("filepath") for note in probe(path).notes]


def open_dataset(name: str) -> fo.Dataset:
    """Loads a dataset.

    Raises:
        HoopError: If there is none of that name (the message lists the known ones), or the database
            does not answer.
    """
    from hoop_plugins.data import videos

    return videos.open_dataset(name)


@UseCase
def normalize_videos(
    view: fo.core.collections.SampleCollection,
    *,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, int]:
    """Exchanges videos that the App does not show frame by frame for copies that it does: at a
    constant rate, upright, in H.264.

    Labels follow their pictures, corrections too; what stages made is made anew by the next run.

    Args:
        view: A video dataset or view.
        progress: Called after every video with a :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        How many were exchanged. The files themselves stay where they are.

    Raises:
        HoopError: If the view holds no whole videos, or one of them cannot be read.
    """
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.corrections import lifted, listed
    from hoop_plugins.data import normalize, video
    from hoop_plugins.data.moved_labels import exchange, finish
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.views import videos_of
    from hoop_plugins.stages.stage import Progress

    view = videos_of(view, whole=())
    dataset = dataset_of(view)
    infos = {sample_id: video.probe(path) for sample_id, path in _paths(view)}
    for sample_id in infos:
        listed(SampleStore(dataset, sample_id))  # whose frame numbers change, too

    def steps() -> Generator[Progress, None, int]:
        exchanged = 0
        for done, (sample_id, info) in enumerate(infos.items(), start=1):
            clip, name, message = SampleStore(dataset, sample_id), Path(info.path).name, ""
            if normalize.plays_exactly(info):
                finish(clip)  # may have been killed before
            else:
                pictures = normalize.pictures_on_beat(video.clock(info.path))
                path = str(normalize.normalized(info.path))
                with lifted([clip]):
                    lost = exchange(clip, path, pictures)
                exchanged += 1
                if lost:
                    message = f"{name}: {lost} labeled frames come too fast to be shown"
            yield Progress("normalize", name, done, len(infos), message, unit="video")
        dataset.reload()
        return exchanged

    return steps()


def _paths(view: fo.core.collections.SampleCollection) -> list[tuple[str, str]]:
    return list(zip(*view.values(["id", "filepath"]), strict=True))


def dataset_profile(name: str) -> str:
    """The profile that a dataset was recognized with last; "pretrained" before that."""
    import fiftyone as fo

    from hoop_plugins.data.database import connect
    from hoop_plugins.profiles import remembered

    connect()
    return remembered(fo.load_dataset(name)) if fo.dataset_exists(name) else "pretrained"


def named_fields(names: Sequence[str]) -> Fields:
    """The label fields of a job of which some have other names.

    Args:
        names: Such as "detections=boxes".

    Raises:
        HoopError: If one is written otherwise, or no stage has a field of that role.
    """
    from hoop_plugins.errors import HoopError
    from hoop_plugins.stages.pipeline import job_fields

    for text in names:
        if not all(text.partition("=")):
            raise HoopError(f"{text!r} names no field: write it as detections=boxes")
    return job_fields(**{text.partition("=")[0]: text.partition("=")[2] for text in names})


def relocate(dataset: fo.Dataset, old: str | Path, new: str | Path) -> int:
    """Tells a dataset where its videos are now.

    Args:
        dataset: A dataset.
        old: The folder, or the file, that they were in.
        new: The one that they are in.

    Returns:
        How many have moved.

    Raises:
        HoopError: If no path begins with ``old``, or a file is not there, or is another video;
            nothing has been changed then.
    """
    from hoop_plugins.data import videos

    return videos.relocate(dataset, old, new)


@UseCase
def recognize(
    view: fo.core.collections.SampleCollection,
    profile: str | Path | Profile | None = None,
    *,
    stages: Sequence[str] | None = None,
    detector: str | None = None,
    tracker: str | None = None,
    embedder: str | None = None,
    reader: str | None = None,
    device: str = "auto",
    classes: Mapping[str, str] | str | None = None,
    roster: str | Path | None = None,
    court: str | None = None,
    fields: Fields | None = None,
    fresh: bool = False,
    overwrite: bool = False,
    engine: str = "local",
    worker_cpus: float = 1.0,
    worker_gpus: float | None = None,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, None]:
    """Turns the videos of a view into identified players.

    Args:
        view: A video dataset or view.
        profile: A profile, its name, or the path of its file: "sample", "pretrained", your own. By
            default the one that the dataset was recognized with last, or "pretrained".
        stages: The stages to run, other packages' among them; by default those of the profile.
        detector: A model instead of the profile's: a registered name, a path or a hub name.
        tracker: Likewise.
        embedder: Likewise.
        reader: Likewise.
        device: Where the networks run: "auto" (a GPU if there is one), "cpu", "mps" or "cuda:N".
        classes: Our names for classes of the detector, or of labels that are there already, also as
            "athlete=player,crowd="; one without is left out. The dataset remembers them.
        roster: Who may play, instead of the profile's: the path of a CSV file with the columns
            team, number and name, and color where it is known.
        court: Where players are, instead of the profile's: x,y of the court's corners in the first
            frame, from 0 to 1, as "0,0.72 1,0.7 1,1 0,1". A polygon drawn in the sample field
            "court" comes before it.
        fields: The names of the label fields.
        fresh: Start anew; otherwise what was done with the same settings is kept, and a run that
            was stopped goes on where it was.
        overwrite: Replace labels that no stage made, such as those that people drew.
        engine: Who does it: "local", this process, or "ray", a clip a task on every machine of a
            Ray cluster.
        worker_cpus: With Ray: CPU cores a worker.
        worker_gpus: With Ray: GPUs a worker, 0.5 for two on one. By default one where there are
            any.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Raises:
        HoopError: If something cannot work, in one line; nothing has been changed then. With Ray
            also at the end, if some clips failed.
    """
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.data.appearance import show_teams
    from hoop_plugins.profiles import Profile, load_profile, remember, remembered
    from hoop_plugins.stages.engines import MODEL
    from hoop_plugins.stages.pipeline import job_fields, run_stages

    dataset = dataset_of(view)
    if not isinstance(profile, Profile):
        profile = load_profile(profile or remembered(dataset))
    models = {"detector": detector, "tracker": tracker, "embedder": embedder, "reader": reader}
    how: dict[str, Any] = {"stages": stages, "device": device, "classes": classes, **models}
    job = plan(profile, roster=roster, court=court, **how)
    names = fields or job_fields()
    doing = _engine(engine, worker_cpus, worker_gpus)
    run = run_stages(view, job, names, fresh, overwrite, doing)

    def steps() -> Generator[Progress, None, None]:
        try:
            with closing(run):
                for step in run:
                    if step.unit != MODEL:
                        remember(dataset, profile)
                    yield step
        finally:
            # What is done shows, too, where it is stopped.
            show_teams(dataset, names)

    return steps()


def _engine(name: str, cpus: float, gpus: float | None) -> Engine:
    from hoop_plugins.stages.engines import RAY, ThisProcess, check_engine
    from hoop_plugins.stages.on_ray import RayWorkers

    check_engine(name)
    return RayWorkers(cpus, gpus) if name == RAY else ThisProcess()
