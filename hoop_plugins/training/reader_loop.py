"""The loop that trains a reader, and what it needs to go on from disk."""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from hoop_plugins.errors import CheckpointError, HoopError
from hoop_plugins.formats.jsonl import Example
from hoop_plugins.models.smolvlm import SmolVLMReader
from hoop_plugins.training.checkpoints import require_space, save
from hoop_plugins.training.reader_data import Crops, augment
from hoop_plugins.training.reader_scores import score_crops
from hoop_plugins.training.reader_weights import write_weights

STATE_FILE = "training_state.pt"
SAVE_SECONDS = 60.0
REPORT_STEPS, REPORT_SECONDS = 50, 10.0
"""Progress is told after so many steps, or so much time where steps are slow."""


@dataclass(frozen=True)
class Progress:
    """How a training stands.

    Attributes:
        step: Steps done, those of earlier runs included.
        fraction: Share of the budget used, in [0, 1].
        seconds: Time spent training, that of earlier runs included.
        loss: Mean cross entropy of an answer's token over the last steps.
        exact: Share of validation crops read right ("none" included) when last measured.
        numbers: The same over crops with a number.
        best: The best ``exact`` so far; its weights are what the output folder holds.
        before: ``exact`` of what is fine-tuned; negative where nothing is.
        crops_per_second: Training speed of this run.
    """

    step: int = 0
    fraction: float = 0.0
    seconds: float = 0.0
    loss: float = 0.0
    exact: float = 0.0
    numbers: float = 0.0
    best: float = -1.0
    before: float = -1.0
    crops_per_second: float = 0.0

    @property
    def scores(self) -> dict[str, float]:
        """What the registry keeps: the best exact match, and that from before."""
        before = {"exact_before": self.before} if self.before >= 0 else {}
        return {"exact": self.best, **before}

    def __str__(self) -> str:
        return (
            f"step {self.step} ({self.fraction:.0%})  loss {self.loss:.4f}  exact match "
            f"{self.exact:.4f}, numbers {self.numbers:.4f}, best {max(self.best, 0):.4f}  "
            f"{self.crops_per_second:.0f} crops/s"
        )


class ReaderTraining:
    """A training that stands somewhere between its beginning and the end of its budget.

    Args:
        reader: What learns.
        answers: Token ids to say of each crop, of :func:`~.reader_data.encode_answers`.
        crops: The crops to learn from.
        weights: How often each is drawn, float64 ``(N,)`` that sums to 1.
        valid: What is measured on.
        valid_crops: Its crops.
        output: The folder of the results and the state.
        rate: The highest learning rate.
        half: Store weights in half precision.
        settings: What must be the same when a run goes on.
    """

    def __init__(
        self,
        reader: SmolVLMReader,
        answers: torch.Tensor,
        crops: Crops,
        weights: torch.Tensor,
        valid: list[Example],
        valid_crops: Crops,
        output: Path,
        rate: float,
        half: bool,
        settings: dict[str, Any],
    ) -> None:
        self.reader, self.model = reader, reader.model
        self.answers, self.crops, self.weights = answers, crops, weights
        self.valid, self.valid_crops = valid, valid_crops
        self.output, self.rate, self.half, self.settings = output, rate, half, settings
        self.learnt = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.optimizer = torch.optim.AdamW(
            self.learnt.values(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98)
        )
        self.now = Progress()
        self.stale = 0
        # Weights and the optimizer's two moments, what is best, and the file that replaces one.
        require_space(output, 7 * sum(p.nbytes for p in self.learnt.values()))
        output.mkdir(parents=True, exist_ok=True)

    def run(
        self, minutes: float | None, steps: int | None, validate_every: int, patience: int | None
    ) -> Generator[Progress, None, None]:
        """Trains to the end of the budget; see ``reader.reader_steps``."""
        began = saved = reported = time.monotonic()
        before = self.now = replace(
            self.now, fraction=_spent(self.now.step, self.now.seconds, minutes, steps)
        )
        if self.now.best < 0 and not self.settings["full"]:
            self.validate()
            self.now = replace(self.now, before=self.now.exact)
        try:
            if self.now.best >= 0:
                yield self.now
            while self.now.fraction < 1 and (patience is None or self.stale < patience):
                loss = self.step(self.rate * learning_rate_factor(self.now.step, self.now.fraction))
                if not math.isfinite(loss):
                    raise HoopError(
                        f"the loss diverged at step {self.now.step}: lower the learning rate, now "
                        f"{self.rate:g}"
                    )
                seconds, step = time.monotonic() - began, self.now.step + 1
                crops = self.settings["batch_size"] * self.settings["accumulate"]
                self.now = replace(
                    self.now,
                    step=step,
                    seconds=before.seconds + seconds,
                    fraction=_spent(step, before.seconds + seconds, minutes, steps),
                    loss=0.95 * self.now.loss + 0.05 * loss if self.now.step else loss,
                    crops_per_second=(step - before.step) * crops / seconds,
                )
                validate = step % validate_every == 0 or self.now.fraction >= 1
                if validate:
                    self.validate()
                if validate or time.monotonic() - saved > SAVE_SECONDS:
                    self.remember()
                    saved = time.monotonic()
                slow = time.monotonic() - reported > REPORT_SECONDS
                if validate or slow or step % REPORT_STEPS == 0:
                    reported = time.monotonic()
                    yield self.now
        except GeneratorExit:
            self.remember()
            raise

    def step(self, rate: float) -> float:
        """Learns from one batch, or several; returns the mean loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        total = 0.0
        for _ in range(self.settings["accumulate"]):
            loss = self.loss() / self.settings["accumulate"]
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(self.learnt.values(), 1.0)
        self.optimizer.step()
        return total

    def loss(self) -> torch.Tensor:
        """The cross entropy of the answers to a batch that is drawn."""
        drawn = torch.multinomial(self.weights, self.settings["batch_size"], replacement=True)
        device = self.model.device
        pixels = self.reader.normalise(augment(self.crops.batch(drawn.tolist()))).to(device)
        answers = self.answers[drawn].to(device)
        prompt = torch.tensor(self.reader.prompt_ids, device=device).expand(len(answers), -1)
        ids = torch.cat([prompt, answers[:, :-1].clamp_min(0)], 1)
        self.model.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            said = self.model(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                pixel_values=pixels,
                logits_to_keep=answers.shape[1],
                use_cache=False,
            ).logits
        return functional.cross_entropy(said.float().flatten(0, 1), answers.flatten())

    def validate(self) -> None:
        """Measures, and writes the weights where they are the best so far."""
        self.model.eval()
        size = self.settings["batch_size"]
        scores = score_crops(self.reader, self.valid, self.valid_crops, size)
        exact = scores.exact
        better = exact > self.now.best
        self.stale = 0 if better else self.stale + 1
        self.now = replace(
            self.now,
            exact=exact,
            numbers=scores.numbers,
            best=max(exact, self.now.best),
        )
        if better:
            write_weights(self.model, self.reader.processor, self.output, self.half)

    def remember(self) -> None:
        """Writes the state to resume from, all or nothing."""
        state = {
            "settings": self.settings,
            "progress": vars(self.now),
            "stale": self.stale,
            "weights": self.learnt,
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
        }
        save(state, self.output / STATE_FILE)

    def restore(self) -> None:
        """Goes on from the state, if there is one."""
        path = self.output / STATE_FILE
        if not path.is_file():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        shapes = {name: p.shape for name, p in self.learnt.items()}
        stored = {name: p.shape for name, p in state["weights"].items()}
        if state["settings"] != self.settings or shapes != stored:
            raise CheckpointError(
                f"{path} is of another training ({state['settings']}): use another output folder, "
                "the same settings, or start afresh"
            )
        with torch.no_grad():
            for name, parameter in self.learnt.items():
                parameter.copy_(state["weights"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        self.now, self.stale = Progress(**state["progress"]), state["stale"]
        torch.set_rng_state(state["rng"])


def learning_rate_factor(step: int, spent: float) -> float:
    """Share of the highest learning rate: 100 steps of warm-up, level, then a cosine to 1%.

    Args:
        step: Steps done.
        spent: Share of the budget spent, in [0, 1].
    """
    cosine = 0.5 * (1 + math.cos(math.pi * max(0.0, spent - 0.3) / 0.7))
    return min(1.0, (step + 1) / 100) * max(0.01, cosine)


def _spent(step: int, seconds: float, minutes: float | None, steps: int | None) -> float:
    """Share of the budget, at most 1."""
    of_time = seconds / (60 * minutes) if minutes else 0.0
    return min(1.0, max(of_time, step / steps if steps else 0.0))
