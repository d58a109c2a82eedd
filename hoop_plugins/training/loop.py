"""The loop that trains every network here: budget, learning rate, validation, going on from disk.

docs/loop.md says why it is not rfdetr's or transformers' trainer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from hoop_plugins.data.saving import save
from hoop_plugins.errors import CheckpointError, HoopError
from hoop_plugins.training.job import STATE_FILE, TrainingJob, TrainingProgress
from hoop_plugins.training.resources import gpu_memory, require_space
from hoop_plugins.training.settings import TrainingSettings

SAVE_SECONDS = 60.0
REPORT_STEPS, REPORT_SECONDS = 50, 10.0
"""Progress is told after so many steps, or so much time where steps are slow."""
WARMUP_FRACTION = 0.05
FINAL_RATE = 0.02
"""Share of the learning rate that the cosine ends with."""


class Learner(Protocol):
    """A network with its data: all that differs between trainings.

    Attributes:
        metric: The name under which the best score is recorded.
        optimizer: Holds what learns; the rate of each group is its peak when the training begins.
        warmup_steps: Steps over which the rate rises.
        level: Share of the budget before the rate begins to fall.
        gradient_norm: What gradients are clipped to.
        scored_before: Whether the network can do its job already, and is measured at the beginning.
        identity: What must be the same when a training goes on, besides seed and batches.
    """

    metric: str
    optimizer: torch.optim.Optimizer
    warmup_steps: int
    level: float
    gradient_norm: float
    scored_before: bool
    identity: dict[str, Any]

    def batches(self, start: int) -> Generator[Any, None, None]:
        """Yields endless batches from the ``start``-th on."""

    def loss(self, batch: Any) -> torch.Tensor:
        """The mean loss of a batch, with its graph."""

    def after_step(self, step: int) -> None:
        """Does what follows the optimizer's ``step``-th step, counted from 1."""

    def validate(self) -> dict[str, float]:
        """Figures in [0, 1] by name, the one that counts first."""

    def save_best(self) -> None:
        """Writes the weights that were just validated, for use."""

    def state(self) -> dict[str, Any]:
        """The weights to go on with."""

    def restore(self, state: dict[str, Any]) -> None:
        """Takes back the weights of :meth:`state`."""


@dataclass
class Standing:
    """Where a training stands, over all its sessions."""

    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    before: float = -1.0
    stale: int = 0


class Training:
    """A training that goes on from the state in its folder, if there is one.

    Every minute and at each validation the state is written; the weights that did best in
    validation are what the learner has saved. With a budget in steps, on the CPU, a training that
    was stopped ends with the same weights as one that was not.

    Args:
        learner: What learns.
        job: Its settings say how long and how; weights and state are in its folder.

    Raises:
        CheckpointError: If the state is of another training.
        HoopError: If the disk has no room for the checkpoints.
    """

    def __init__(self, learner: Learner, job: TrainingJob) -> None:
        settings: TrainingSettings = job.settings
        self._learner, self._settings, self._folder = learner, settings, job.folder
        same = ("seed", "batch_size", "accumulate")
        self._identity = {name: getattr(settings, name) for name in same} | learner.identity
        self._peaks = [group["lr"] for group in learner.optimizer.param_groups]
        self._learned = [p for group in learner.optimizer.param_groups for p in group["params"]]
        self._at = Standing()
        self._restore()
        self._begin = time.monotonic() - self._at.seconds
        # The weights, an average and the optimizer's two moments, what is best, and the file that
        # replaces one of them.
        require_space(job.folder, 9 * sum(p.nbytes for p in self._learned))
        job.folder.mkdir(parents=True, exist_ok=True)

    def run(self) -> Generator[TrainingProgress, None, None]:
        """Trains to the end of the budget or of the patience; closing the iterator stops it.

        Yields:
            How it stands: every 50 steps or 10 seconds, and after each validation.

        Raises:
            HoopError: If the loss diverges, or disk space or GPU memory runs out.
        """
        settings, at = self._settings, self._at
        images = settings.batch_size * settings.accumulate
        losses: list[float] = []
        validation: dict[str, float] = {}
        saved = reported = time.monotonic()

        def report(fraction: float) -> TrainingProgress:
            loss = sum(losses) / max(len(losses), 1)
            speed = len(losses) * images / (time.monotonic() - reported)
            before = {f"{self._learner.metric}_before": at.before} if at.before >= 0 else {}
            scores = {self._learner.metric: at.best, **before}
            return TrainingProgress(fraction, "", at.step, loss, speed, validation, at.best, scores)

        with gpu_memory(settings.batch_size):
            if at.best < 0 and self._learner.scored_before:
                validation = self._validate()
                at.before = at.best
            start = at.step * settings.accumulate
            try:
                if at.best >= 0:
                    yield report(self._fraction())
                ended = self._ended()
                with closing(self._learner.batches(start)) as batches:
                    while not ended:
                        losses.append(self._step(batches))
                        ended = self._ended()
                        validate = ended or at.step % settings.validate_every == 0
                        validation = self._validate() if validate else {}
                        ended |= self._out_of_patience()
                        if validate or time.monotonic() - saved > SAVE_SECONDS:
                            self._save()
                            saved = time.monotonic()
                        slow = time.monotonic() - reported > REPORT_SECONDS
                        if validate or slow or at.step % REPORT_STEPS == 0:
                            yield report(1.0 if ended else self._fraction())
                            losses, reported = [], time.monotonic()
            except GeneratorExit:
                self._save()
                raise

    def _fraction(self) -> float:
        """Share of the budget that is used, in [0, 1]."""
        if self._settings.steps is not None:
            return min(self._at.step / self._settings.steps, 1.0)
        assert self._settings.minutes is not None
        return min((time.monotonic() - self._begin) / (60 * self._settings.minutes), 1.0)

    def _ended(self) -> bool:
        return self._fraction() >= 1 or self._out_of_patience()

    def _out_of_patience(self) -> bool:
        patience = self._settings.patience
        return patience is not None and self._at.stale >= patience

    def _step(self, batches: Generator[Any, None, None]) -> float:
        """Learns from one batch, or several; returns the mean loss."""
        learner, accumulate = self._learner, self._settings.accumulate
        factor = learning_rate_factor(
            self._at.step, self._fraction(), learner.warmup_steps, learner.level
        )
        for group, peak in zip(learner.optimizer.param_groups, self._peaks, strict=True):
            group["lr"] = peak * factor
        learner.optimizer.zero_grad()
        total = 0.0
        for _ in range(accumulate):
            loss = learner.loss(next(batches)) / accumulate
            loss.backward()
            total += loss.item()
        if not math.isfinite(total):
            raise HoopError(
                f"the loss diverged at step {self._at.step}: lower the learning rate, now "
                f"{max(self._peaks):g}"
            )
        torch.nn.utils.clip_grad_norm_(self._learned, learner.gradient_norm)
        learner.optimizer.step()
        self._at.step += 1
        learner.after_step(self._at.step)
        return total

    def _validate(self) -> dict[str, float]:
        """Measures, and has the weights saved where they are the best so far."""
        figures = self._learner.validate()
        score = next(iter(figures.values()))
        self._at.stale += 1
        if score > self._at.best:
            self._at.best, self._at.stale = score, 0
            self._learner.save_best()
        return figures

    def _save(self) -> None:
        self._at.seconds = time.monotonic() - self._begin
        state = {
            "identity": self._identity,
            "standing": vars(self._at),
            "learner": self._learner.state(),
            "optimizer": self._learner.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
        }
        save(state, self._folder / STATE_FILE)

    def _restore(self) -> None:
        path = self._folder / STATE_FILE
        if not path.is_file():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state.get("identity") != self._identity:
            raise CheckpointError(
                f"{path} is of another training ({state.get('identity')}): use another folder, or "
                "the same settings"
            )
        self._learner.restore(state["learner"])
        self._learner.optimizer.load_state_dict(state["optimizer"])
        self._at = Standing(**state["standing"])
        torch.set_rng_state(state["rng"])


def train(
    job: TrainingJob, learner: Callable[[TrainingJob], Learner]
) -> Generator[TrainingProgress, None, None]:
    """Trains what a job asks for, with the learner that is built for it; see :class:`Training`."""
    if job.settings.threads:
        torch.set_num_threads(job.settings.threads)
    with gpu_memory(job.settings.batch_size):
        built = learner(job)
    yield from Training(built, job).run()


def learning_rate_factor(step: int, spent: float, warmup_steps: int, level: float) -> float:
    """Share of the peak of the learning rate: a rise, perhaps a plain, a cosine to 2%.

    Args:
        step: Steps done.
        spent: Share of the budget spent, in [0, 1].
        warmup_steps: The rise takes so many steps or 5% of the budget, whichever ends first.
        level: Share of the budget before the fall, in [0, 1).
    """
    rise = min(1.0, max((step + 1) / warmup_steps, spent / WARMUP_FRACTION))
    fallen = max(0.0, spent - level) / (1 - level)
    return rise * (FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * fallen)) / 2)
