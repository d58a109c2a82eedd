"""Crops as points: which are taken, where they end up, and what the App shows of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import fiftyone as fo
import numpy as np
import people
import pytest
from fiftyone import ViewField as F

from hoop_plugins import plugins
from hoop_plugins.data.frame_images import images_folder
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.mining.crops import KINDS, choose_places, crops_name, crops_view, embed_crops
from hoop_plugins.profiles import load_profile
from hoop_plugins.specs import ModelSpec, Role
from hoop_plugins.stages.pipeline import build_stages, run_stages

PROFILE = load_profile("sample")


@pytest.fixture
def game(dataset: fo.Dataset, make_video: Callable[..., Path]) -> Iterator[SampleStore]:
    """Three seconds with everybody identified."""
    sample = fo.Sample(filepath=str(make_video(frames=75)))
    dataset.add_sample(sample)
    store = SampleStore(dataset, sample.id)
    people.write(store)
    people.decide(store)
    yield store
    fo.delete_datasets(f"{dataset.name}-*")


def embed(view: Any, *args: Any, **options: Any) -> list[tuple[int, int]]:
    return list(embed_crops(view, *args, profile=PROFILE, device="cpu", **options))


def test_one_crop_a_second_and_track_is_taken(game: SampleStore) -> None:
    frames = {frame: found for frame, found in game.read("players") if frame <= 40}
    for frame in range(1, 11):
        frames[frame] = frames[frame].select(frames[frame].tracker_id != 4)
    game.write("players", frames)
    places = choose_places(game, KINDS["players"], interval=1.0)
    assert places == {1: {1, 2, 3}, 11: {4}, 26: {1, 2, 3}, 36: {4}, 51: {1, 2, 3}, 61: {4}}


def test_players_are_points_that_can_be_colored(game: SampleStore) -> None:
    assert embed(game.dataset)[-1] == (12, 12)
    game.dataset.reload()
    view = game.dataset.load_saved_view("hoop: player crops")
    assert sorted(zip(*view.values(["frame_number", "players.index"]), strict=True)) == [
        (frame, index) for frame in (1, 26, 51) for index in (1, 2, 3, 4)
    ]
    crops = fo.load_dataset(crops_name(game.dataset))
    results = crops.load_brain_results("hoop_player_crops")
    assert results.points.shape == (12, 2)
    assert np.isfinite(results.points).all()
    who = {person.index: (person.team, person.number) for person in people.PEOPLE}
    for crop in crops:
        assert (crop["team"], crop["number"]) == who[crop["track"]]
        image = cv2.imread(crop.filepath)
        assert image.shape[0] in (people.HEIGHT, people.HEIGHT + 1)
        assert image.shape[1] in (people.WIDTH, people.WIDTH + 1)


class ShadeEmbedder:
    """Embeds crops as numbers that begin at an option of its own."""

    def __init__(self, shade: int) -> None:
        self.shade = shade
        self.vectors: list[np.ndarray] = []

    def embed(self, crops: Sequence[Image]) -> np.ndarray:
        noise = np.random.default_rng(len(self.vectors)).normal(size=(len(crops), 4))
        self.vectors.append((self.shade + noise).astype(np.float32))
        return self.vectors[-1]


class Shades:
    """A plugin whose embedder has an option."""

    def __init__(self) -> None:
        self.loaded: list[ShadeEmbedder] = []

    @hookimpl
    def register_models(self, register: Any) -> None:
        def load(source: str, device: str = "auto", shade: int = 1) -> ShadeEmbedder:
            self.loaded.append(ShadeEmbedder(shade))
            return self.loaded[-1]

        register(ModelSpec("shades", Role.EMBEDDER, load))


def test_the_embedder_gets_the_options_of_the_profile(game: SampleStore) -> None:
    plugin = Shades()
    plugins.manager().register(plugin)
    try:
        teams = replace(PROFILE.stages["teams"], model="shades", options={"shade": 9})
        profile = replace(PROFILE, stages={**PROFILE.stages, "teams": teams})
        list(embed_crops(game.dataset, profile=profile, device="cpu"))
    finally:
        plugins.manager().unregister(plugin)
    (embedder,) = plugin.loaded
    assert embedder.shade == 9
    assert sum(map(len, embedder.vectors)) == 12


def test_numbers_replace_what_was_embedded_before(game: SampleStore) -> None:
    list(run_stages(game.dataset, build_stages(PROFILE, ["pair"])))
    embed(game.dataset, "numbers", interval=0.2)
    embed(game.dataset, "numbers", interval=1.0)
    assert len(crops_view(game.dataset, "numbers")) == 12
    crops = fo.load_dataset(crops_name(game.dataset, "numbers"))
    assert crops.load_brain_results("hoop_number_crops").total_index_size == len(crops) == 12
    assert len(list(images_folder(game.dataset).glob("*-crops/*.png"))) == 12
    assert game.dataset.count("frames.numbers.detections") == 4 * 75
    marked = game.dataset.filter_labels("frames.numbers", F("embedded") == True)  # noqa: E712
    assert marked.count("frames.numbers.detections") == 12


def test_what_cannot_be_laid_out_is_refused(clip: SampleStore) -> None:
    with pytest.raises(HoopError, match="4 crops are too few for UMAP; give more videos or a"):
        embed(clip.dataset, interval=60)
    with pytest.raises(MissingFieldError, match="no frame field 'numbers'"):
        embed(clip.dataset, "numbers")
    with pytest.raises(HoopError, match="'rims' cannot be cut out: give players or numbers"):
        embed(clip.dataset, "rims")
    with pytest.raises(HoopError, match="interval 0: give the seconds"):
        embed(clip.dataset, interval=0)
    assert not fo.dataset_exists(crops_name(clip.dataset))
    assert not clip.dataset.list_saved_views()
