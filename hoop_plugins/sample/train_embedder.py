"""Trains the sample game's small SigLIP: team-mates together, opponents apart.

    python -m hoop_plugins.sample.train_embedder --train DIR --valid DIR --out DIR --minutes 60

Supervised contrastive learning (Khosla et al. 2020, arXiv 2004.11362) on the central crops of
players, where the negatives of a crop are the opponents in its own game: kits repeat between games.
Run again, it goes on from what is in the output folder.
"""

from __future__ import annotations

import argparse
import math
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from torch.nn import functional
from transformers.utils import logging

from hoop_plugins import HoopError, read_frames
from hoop_plugins.data.folders import files_in
from hoop_plugins.sample.export import load_truth
from hoop_plugins.sample.networks.embedder import build
from hoop_plugins.stages.clustering import central_crop

FRAMES = 12
"""Frames taken of each clip, evenly spread."""
LEAST_VISIBLE = 0.3
GAMES = 12
"""Games in a batch."""
MATES = 4
"""Crops of each team and game in a batch."""
TEMPERATURE = 0.1
LEARNING_RATE = 1e-3
WARM_UP = 100
SAVE_SECONDS = 60.0
VALID_SECONDS = 120.0


@dataclass(frozen=True, eq=False)
class Game:
    """The crops of a clip: uint8 ``(N, S, S, 3)``, whether the team is the home team, track."""

    images: NDArray[np.uint8]
    home: NDArray[np.bool_]
    track: NDArray[np.int64]


def load_games(folder: Path, cache: Path, augment: bool) -> list[Game]:
    """Cuts the players out of rendered clips, once; later calls read the cache.

    Args:
        folder: What ``hoop sample render`` wrote: ``clips/*.mp4``, ``ground_truth/*.json.gz``.
        cache: Where the crops are kept, a file a clip.
        augment: Whether boxes are jittered, and a quarter of the crops keep their background.

    Returns:
        The clips in which both teams can be seen.

    Raises:
        HoopError: If there is no such clip.
    """
    cache.mkdir(parents=True, exist_ok=True)
    games = []
    # A clip's ground truth is written last: where it stands, the clip is complete.
    for truth in files_in(folder, "ground_truth/*.json.gz"):
        name = truth.name.removesuffix(".json.gz")
        kept = cache / f"{name}.npz"
        if not kept.exists():
            rng = np.random.default_rng(zlib.crc32(name.encode())) if augment else None
            game = _cut(folder / "clips" / f"{name}.mp4", truth, rng)
            partial = kept.with_suffix(".part.npz")
            np.savez(partial, images=game.images, home=game.home, track=game.track)
            partial.replace(kept)
        with np.load(kept) as saved:
            game = Game(saved["images"], saved["home"], saved["track"])
        if 0 < game.home.sum() < len(game.home):
            games.append(game)
    if not games:
        raise HoopError(f"{folder} holds no clips of two teams; render some: hoop sample render")
    return games


def _cut(clip: Path, truth_file: Path, rng: np.random.Generator | None) -> Game:
    truths = {truth.frame_number: truth for truth in load_truth(truth_file)}
    wanted = {int(n) for n in np.linspace(1, max(truths), FRAMES)}
    crops, home, track = [], [], []
    for number, frame in read_frames(clip, stop=max(wanted)):
        people = truths[number].people if number in wanted else ()
        for person in people:
            if person.label != "player" or person.visible < LEAST_VISIBLE:
                continue
            box = np.asarray(person.box, dtype=float)
            if rng is None:
                crops.append(central_crop(frame, box, person.mask))
            elif rng.random() < 0.25:
                jitter = np.tile(box[2:] - box[:2], 2) * rng.uniform(-0.06, 0.06, 4)
                crops.append(central_crop(frame, box + jitter, None, rng.uniform(0.34, 0.5)))
            else:
                crops.append(central_crop(frame, box, person.mask, rng.uniform(0.34, 0.5)))
            home.append(person.team == "home")
            track.append(person.track_id)
    _, processor = build()
    images = [
        processor(images=crop, do_rescale=False, do_normalize=False)["pixel_values"][0]
        for crop in crops
    ]
    side = processor.size["height"]
    stack = np.array(images, dtype=np.uint8).reshape(-1, 3, side, side).transpose(0, 2, 3, 1)
    return Game(stack, np.array(home, dtype=bool), np.array(track, dtype=np.int64))


def draw_batch(games: list[Game], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draws crops, of as many different players of a team as there are.

    Half of the games have their color channels permuted: other kits, for both teams alike.

    Returns:
        uint8 ``(GAMES, 2, MATES, S, S, 3)``.
    """
    batch = []
    for index in rng.choice(len(games), GAMES, replace=len(games) < GAMES):
        game = games[index]
        picks = [_pick(game.track, game.home == side, rng) for side in (True, False)]
        images = game.images[np.stack(picks)]
        batch.append(images[..., rng.permutation(3)] if rng.random() < 0.5 else images)
    return np.stack(batch)


def _pick(track: NDArray[np.int64], team: NDArray[np.bool_], rng: np.random.Generator) -> Any:
    order = rng.permutation(np.flatnonzero(team))
    _, first = np.unique(track[order], return_index=True)
    rest = np.setdiff1d(np.arange(len(order)), first)
    return np.resize(order[np.concatenate([rng.permutation(first), rest])], MATES)


def augment(images: torch.Tensor) -> torch.Tensor:
    """Changes light, sharpness and place of crops, never which color is which.

    Args:
        images: float32 ``(N, 3, S, S)`` in [0, 1].

    Returns:
        The same shape and range.
    """
    count, _, side, _ = images.shape
    zoom = torch.empty(count, 2).uniform_(0.8, 1.0)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = zoom[:, 0] * (1 - 2 * (torch.rand(count) < 0.5))
    theta[:, 1, 1] = zoom[:, 1]
    theta[:, :, 2] = (torch.rand(count, 2) * 2 - 1) * (1 - zoom)
    grid = functional.affine_grid(theta, [count, 3, side, side], align_corners=False)
    images = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    blurred = functional.avg_pool2d(functional.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
    images = torch.where(torch.rand(count, 1, 1, 1) < 0.3, blurred, images)
    slope = torch.linspace(-0.5, 0.5, side)
    lean = torch.empty(count, 2, 1).uniform_(-0.25, 0.25)
    light = torch.empty(count, 1, 1).uniform_(0.7, 1.2)
    light = light + (lean[:, 0] * slope)[:, None, :] + (lean[:, 1] * slope)[:, :, None]
    tint = torch.empty(count, 3, 1, 1).uniform_(0.94, 1.06)
    images = images * light[:, None] * tint + torch.randn_like(images) * 0.015
    return images.clamp(0, 1)


def contrastive_loss(embeddings: torch.Tensor) -> torch.Tensor:
    """Supervised contrastive loss within each game.

    Args:
        embeddings: float32 ``(games, 2, mates, D)``.

    Returns:
        A scalar.
    """
    games, teams, mates, _ = embeddings.shape
    unit = functional.normalize(embeddings, dim=-1).reshape(games, teams * mates, -1)
    logits = unit @ unit.transpose(1, 2) / TEMPERATURE
    itself = torch.eye(teams * mates, dtype=torch.bool)
    team = torch.arange(teams).repeat_interleave(mates)
    mate = (team[:, None] == team) & ~itself
    log_share = logits.masked_fill(itself, -1e9).log_softmax(-1)
    return -log_share.masked_fill(~mate, 0).sum(-1).div(mates - 1).mean()


@torch.inference_mode()
def embed(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Embeds crops of the network's size, uint8 ``(N, S, S, 3)``, as unit vectors ``(N, D)``."""
    model.eval()
    rows = [
        model(pixel_values=_scale(images[start : start + 64]) * 2 - 1).last_hidden_state.mean(1)
        for start in range(0, len(images), 64)
    ]
    model.train()
    return functional.normalize(torch.cat(rows), dim=1).numpy()


def _scale(images: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255


def validate(model: Any, games: list[Game]) -> tuple[float, float]:
    """Clusters each game's crops in two with KMeans.

    Returns:
        The share of crops on the right side, and the same for the games' tracks, by majority.
    """
    crops, tracks = [], []
    for game in games:
        label = KMeans(2, n_init=4, random_state=0).fit_predict(embed(model, game.images)) == 1
        if (label == game.home).mean() < 0.5:
            label = ~label
        crops.append((label == game.home).mean())
        own = [game.track == track for track in np.unique(game.track)]
        tracks.append(np.mean([(label == game.home)[mine].mean() > 0.5 for mine in own]))
    return float(np.mean(crops)), float(np.mean(tracks))


def train(train_folder: Path, valid_folder: Path, out: Path, minutes: float, seed: int = 0) -> None:
    """Trains for a total of ``minutes``, earlier runs into the same folder included.

    Args:
        train_folder: Rendered clips to learn from.
        valid_folder: Rendered clips of other seeds to choose by.
        out: Gets ``checkpoint.pt``, ``crops/`` and ``siglip/``: the best network so far in half
            precision with its processor, as ``SiglipVisionModel.from_pretrained`` reads them.
        minutes: Training time; validation and cutting out crops are not counted.
        seed: Of the weights and of what is drawn.
    """
    games = load_games(train_folder, out / "crops" / "train", augment=True)
    held_out = load_games(valid_folder, out / "crops" / "valid", augment=False)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model, _ = build()
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=0.05)
    checkpoint = out / "checkpoint.pt"
    step, spent, best = 0, 0.0, -1.0
    if checkpoint.exists():
        step, spent, best = _restore(checkpoint, model, optimizer, rng)
    print(f"{len(games)} games, {len(held_out)} held out, from step {step}", flush=True)
    budget = minutes * 60
    next_save, next_valid, since = spent + SAVE_SECONDS, spent + VALID_SECONDS, spent
    losses: list[float] = []
    while spent < budget:
        began = time.perf_counter()
        share = min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * spent / budget))
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * share
        batch = draw_batch(games, rng)
        pixels = augment(_scale(batch.reshape(-1, *batch.shape[3:]))) * 2 - 1
        hidden = model(pixel_values=pixels).last_hidden_state.mean(1)
        loss = contrastive_loss(hidden.reshape(*batch.shape[:3], -1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        losses.append(loss.item())
        spent += time.perf_counter() - began
        if spent >= next_valid or spent >= budget:
            crops, tracks = validate(model, held_out)
            if crops >= best:
                best = crops
                export(model, out / "siglip")
            rate = len(losses) / (spent - since)
            print(
                f"step {step} {spent / 60:.1f} min loss {np.mean(losses):.4f} "
                f"valid crops {crops:.4f} tracks {tracks:.4f} {rate:.1f} steps/s",
                flush=True,
            )
            losses.clear()
            next_valid, since = spent + VALID_SECONDS, spent
        if spent >= next_save or spent >= budget:
            _save(checkpoint, model, optimizer, rng, (step, float(spent), float(best)))
            next_save = spent + SAVE_SECONDS


def _save(
    path: Path,
    model: Any,
    optimizer: torch.optim.Optimizer,
    rng: np.random.Generator,
    progress: tuple[int, float, float],
) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "rng": rng.bit_generator.state,
        "torch_rng": torch.get_rng_state(),
        "progress": progress,
    }
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def _restore(
    path: Path, model: Any, optimizer: torch.optim.Optimizer, rng: np.random.Generator
) -> tuple[int, float, float]:
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    rng.bit_generator.state = state["rng"]
    torch.set_rng_state(state["torch_rng"])
    result: tuple[int, float, float] = state["progress"]
    return result


def export(model: Any, folder: Path) -> None:
    """Writes the network in half precision, with its processor."""
    half, processor = build()
    half.load_state_dict(model.state_dict())
    half.half().save_pretrained(folder)
    processor.save_pretrained(folder)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--train", type=Path, required=True, help="rendered clips to learn from")
    parser.add_argument("--valid", type=Path, required=True, help="rendered clips of other seeds")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0, help="training time in all")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    logging.disable_progress_bar()
    train(args.train, args.valid, args.out, args.minutes, args.seed)


if __name__ == "__main__":
    main()
