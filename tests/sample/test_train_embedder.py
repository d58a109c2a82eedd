"""The trainer of the small SigLIP, on crops of flat colors."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hoop_plugins.errors import HoopError
from hoop_plugins.models import siglip
from hoop_plugins.sample import train_embedder
from hoop_plugins.sample.train_embedder import Game, augment, contrastive_loss, draw_batch


def flat_game(seed: int) -> Game:
    """Four players a team, three crops each, in the colors of two kits."""
    rng = np.random.default_rng(seed)
    track = np.repeat(np.arange(8), 3)
    home = track < 4
    kits = rng.integers(40, 216, (2, 3))
    images = kits[home.astype(int)][:, None, None] + rng.integers(-9, 9, (24, 64, 64, 3))
    return Game(images.astype(np.uint8), home, track)


def test_a_batch_holds_different_players_of_both_teams() -> None:
    game = flat_game(0)
    # Every crop tells its player by its one color.
    game.images[:] = (game.track * 20)[:, None, None, None]
    batch = draw_batch([game], np.random.default_rng(0))
    assert batch.shape == (train_embedder.GAMES, 2, train_embedder.MATES, 64, 64, 3)
    players = batch[..., 0, 0, 0] // 20
    assert (players[:, 0] < 4).all()
    assert (players[:, 1] >= 4).all()
    assert all(len(set(team)) == train_embedder.MATES for team in players.reshape(-1, 4))


def test_augmentation_keeps_shape_range_and_colors_apart() -> None:
    torch.manual_seed(0)
    red = torch.zeros(50, 3, 64, 64)
    red[:, 0] = 0.8
    seen = augment(red)
    assert seen.shape == red.shape
    assert 0 <= float(seen.min()) <= float(seen.max()) <= 1
    means = seen.mean(dim=(2, 3))
    assert bool((means[:, 0] > 4 * means[:, 1:].amax(1)).all())
    assert float(means[:, 0].std()) > 0.03


def test_the_loss_wants_team_mates_together() -> None:
    axes = torch.eye(2).reshape(1, 2, 1, 2)
    apart = axes.expand(3, 2, 4, 2)
    mixed = torch.eye(2).repeat(2, 1).reshape(1, 1, 4, 2).expand(3, 2, 4, 2)
    assert contrastive_loss(apart) == pytest.approx(np.log(3), abs=1e-3)
    assert contrastive_loss(mixed) > contrastive_loss(apart) + 1


def test_trains_resumes_and_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split, seed in (("train", 0), ("valid", 10)):
        (tmp_path / split / "ground_truth").mkdir(parents=True)
        cache = tmp_path / "out" / "crops" / split
        cache.mkdir(parents=True)
        for each in range(seed, seed + 3):
            (tmp_path / split / "ground_truth" / f"{each}.json.gz").touch()
            game = flat_game(each)
            np.savez(cache / f"{each}.npz", **vars(game))
    folders = tmp_path / "train", tmp_path / "valid", tmp_path / "out"
    train_embedder.train(*folders, minutes=0.001)
    assert "from step 0" in capsys.readouterr().out
    embedder = siglip.load(str(tmp_path / "out" / "siglip"), device="cpu")
    assert embedder.embed([np.zeros((9, 9, 3), np.uint8)]).shape == (1, 64)
    train_embedder.train(*folders, minutes=0.001)
    assert "step 0" not in capsys.readouterr().out
    with pytest.raises(HoopError, match="no clips of two teams"):
        train_embedder.train(tmp_path, *folders[1:], minutes=1)
