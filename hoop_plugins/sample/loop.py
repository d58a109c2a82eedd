"""The loop on a world that the shipped networks have never seen: measure, curate, train, measure.

Games of the ``street`` domain stand for somebody's own footage, ``arena`` for the old domain, which
must not be forgotten.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from hoop_plugins import Role
from hoop_plugins.sample.weights import weights
from hoop_plugins.sample.workers import workers

DATASET = "hoop-loop"


@dataclass(frozen=True)
class Games:
    """Rendered clips of one purpose.

    Attributes:
        domain: "arena" or "street".
        seed: Of the first clip; nothing that is shipped was trained or tuned on any of them.
        clips: How many.
        stride: Frames between the images that are kept.
        seconds: Length of a clip.
    """

    domain: str
    seed: int
    clips: int
    stride: int
    seconds: float = 2.0


GAMES = {
    "new": Games("street", 60000, 24, 4),
    "old": Games("arena", 61000, 30, 4),
    "new-test": Games("street", 62000, 30, 3),
    "old-test": Games("arena", 63000, 32, 3),
}
"""Those to curate from, those of the old domain to replay, and those to score on."""


@dataclass(frozen=True)
class Plan:
    """How much is curated and trained. The whole takes less than half an hour on two cores.

    Attributes:
        frames: Numbers of labeled frames for the detector, a training each, the most last.
        crops: Numbers of labeled crops for the reader, likewise.
        detector_minutes: Of each training.
        reader_minutes: Of each training.
        test_images: Held-out images of each domain that the detector is scored on.
    """

    frames: tuple[int, ...] = (100, 300)
    crops: tuple[int, ...] = (100, 300, 800)
    detector_minutes: float = 7.0
    reader_minutes: float = 4.5
    test_images: int = 240


@dataclass(frozen=True)
class Score:
    """A score on both domains, fractions from 0 to 1."""

    new: float
    old: float


@dataclass(frozen=True)
class Course:
    """How one network fared.

    Attributes:
        before: As shipped.
        after: By the number of labels that it was fine-tuned on.
        tested: Images or crops it was scored on, by domain.
    """

    before: Score
    after: dict[int, Score]
    tested: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """The figures with the most labels, and the learning curve."""
        labels = max(self.after)
        return {
            "new_before": self.before.new,
            "new_after": self.after[labels].new,
            "old_before": self.before.old,
            "old_after": self.after[labels].old,
            "labels": labels,
            "tested": self.tested,
            "curve": [
                {"labels": count, **asdict(score)}
                for count, score in sorted({0: self.before, **self.after}.items())
            ],
        }


def run_loop(
    work: Path,
    plan: Plan | None = None,
    games: Mapping[str, Games] = GAMES,
    tell: Callable[[str], Any] = print,
) -> dict[str, Course]:
    """Renders, measures, curates, trains and measures again. What is done is kept and not redone.

    Args:
        work: Folder for everything.
        plan: How much.
        games: What to render, by the names of :data:`GAMES`.
        tell: Called with a line at each step.

    Returns:
        The courses of "detector" and "reader".
    """
    plan = plan or Plan()
    work.mkdir(parents=True, exist_ok=True)
    # Two cores, two processes of one thread: faster than one process on both.
    with workers(2) as pool:
        tell("rendering games of both domains")
        for done in [pool.submit(_render, work / name, some) for name, some in games.items()]:
            done.result()
        tell("curating labels of the new domain")
        frames, crops = _curate(work, plan, games["new"].stride)
        tell(f"training: detector {plan.frames} frames, reader {plan.crops} crops")
        detectors = [pool.submit(_fit_detector, work, folder, plan) for folder in frames.values()]
        readers = [pool.submit(_fit_reader, work, folder, plan) for folder in crops.values()]
        scores: dict[str, list[Future[Score]]] = {
            "detector": [
                pool.submit(_score_detector, source, work, plan.test_images)
                for source in ("sample", *(one.result() for one in detectors))
            ],
            "reader": [
                pool.submit(_score_reader, source, work)
                for source in ("sample", *(one.result() for one in readers))
            ],
        }
        tell("scoring on held-out games")
        courses = {}
        for kind, counts in (("detector", list(frames)), ("reader", list(crops))):
            before, *after = (one.result() for one in scores[kind])
            tested = _tested(work, kind, plan)
            courses[kind] = Course(before, dict(zip(counts, after, strict=True)), tested)
    return courses


def write_json(courses: dict[str, Course], path: Path) -> None:
    """Writes both courses."""
    content = {kind: course.to_json() for kind, course in courses.items()}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def table(courses: dict[str, Course]) -> Table:
    """The learning curves, for a terminal."""
    shown = Table(title="The loop: street is new, arena is old")
    for column in ("network", "labels", "score", "street", "arena"):
        shown.add_column(column, justify="left" if column in ("network", "score") else "right")
    measures = {"detector": "mean AP50", "reader": "exact match"}
    for kind, course in courses.items():
        for labels, score in sorted({0: course.before, **course.after}.items()):
            name = kind if labels == 0 else ""
            shown.add_row(name, str(labels), measures[kind], f"{score.new:.3f}", f"{score.old:.3f}")
        shown.add_section()
    return shown


def _render(out: Path, games: Games) -> None:
    from hoop_plugins.sample.export import render_clips

    render_clips(out, games.seed, games.seconds, games.clips, games.domain, games.stride)


def _curate(work: Path, plan: Plan, stride: int) -> tuple[dict[int, Path], dict[int, Path]]:
    """Training data of every size, from a dataset that could be looked at and corrected first."""
    from hoop_plugins.data.steps import drain
    from hoop_plugins.sample.loading import load_rendered
    from hoop_plugins.training.curation import detector_steps, reader_steps

    view = load_rendered(work / "new", DATASET).view()
    frames = {count: work / f"frames-{count}" for count in plan.frames}
    crops = {count: work / f"crops-{count}" for count in plan.crops}
    for count, folder in frames.items():
        if not folder.exists():
            drain(detector_steps(view, folder, stride=stride, limit=count))
    for count, folder in crops.items():
        if not folder.exists():
            drain(reader_steps(view, folder, stride=stride, limit=count))
    return frames, crops


def _fit_detector(work: Path, data: Path, plan: Plan) -> str:
    from hoop_plugins import TrainingFiles, train_into

    out = work / f"detector-{data.name}"
    train_into(
        out,
        Role.DETECTOR,
        TrainingFiles.at(data),
        model="sample",
        replay=work / "old" / "coco" / "_annotations.coco.json",
        replay_share=0.4,
        minutes=plan.detector_minutes,
        learning_rate=4e-4,
        even_rates=True,
        paste=("ball",),
        validate_every=400,
        validation_images=60,
        threads=1,
        progress=lambda now: print(now.text, flush=True),
    )
    return str(out / "checkpoint_best_total.pth")


def _fit_reader(work: Path, data: Path, plan: Plan) -> str:
    from hoop_plugins import TrainingFiles, train_into

    out = work / f"reader-{data.name}"
    train_into(
        out,
        Role.READER,
        TrainingFiles.at(data),
        model="sample",
        replay=work / "old" / "reader" / "annotations.jsonl",
        replay_share=0.5,
        minutes=plan.reader_minutes,
        learning_rate=1.5e-3,
        validate_every=100,
        threads=1,
        progress=lambda now: print(now.text, flush=True),
    )
    return f"{weights(Role.READER)}+{out}"


def _score_detector(source: str, work: Path, images: int) -> Score:
    from hoop_plugins.training.scores import evaluate_detector, mean_ap50

    return _on_both(
        work / "{}" / "coco" / "_annotations.coco.json",
        lambda path: mean_ap50(evaluate_detector(source, path, images=images, device="cpu")),
    )


def _score_reader(source: str, work: Path) -> Score:
    from hoop_plugins import score_reader

    return _on_both(
        work / "{}" / "reader" / "annotations.jsonl",
        lambda path: score_reader(path, [source], device="cpu").scores[source].exact,
    )


def _on_both(pattern: Path, score: Callable[[Path], float]) -> Score:
    new, old = (score(Path(str(pattern).format(name))) for name in ("new-test", "old-test"))
    return Score(new, old)


def _tested(work: Path, kind: str, plan: Plan) -> dict[str, int]:
    if kind == "detector":
        return dict.fromkeys(("new", "old"), plan.test_images)
    return {
        domain: sum(1 for _ in (work / f"{domain}-test" / "reader" / "annotations.jsonl").open())
        for domain in ("new", "old")
    }


def clear(work: Path) -> None:
    """Removes what an earlier loop left, so that the next one measures afresh."""
    import fiftyone as fo

    shutil.rmtree(work, ignore_errors=True)
    if fo.dataset_exists(DATASET):
        fo.delete_dataset(DATASET)
