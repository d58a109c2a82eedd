"""Following ten people with masks: ours, and the official video predictor of SAM2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import sam2.sam2_video_predictor
import sam2.utils.misc
import supervision as sv
import torch
from numpy.typing import NDArray
from sam2.build_sam import build_sam2_video_predictor
from torch import nn

from hoop_plugins import Image, load_model
from hoop_plugins.compat.sam2 import build, packaged
from hoop_plugins.models.sam2_session import SAM2Session
from hoop_plugins.models.sam2_stream import SAM2Stream
from hoop_plugins.sample.networks import tracker
from speed import clip
from speed.harness import Row
from speed.inside import NETWORKS, inside_networks

PEOPLE = 10
TINY = "configs/sam2.1/sam2.1_hiera_t.yaml"
SIDES = {"cpu": 512, "cuda": 1024}
"""The network's input, in pixels: on a CPU the official 1024 take minutes."""


def rows(device: str) -> Iterator[Row]:
    """The sample network; see :mod:`speed.harness`."""
    network = load_model("tracker", "sample", device).model
    official = predictor(network, tracker.CONFIG, tracker.overrides(), device)
    yield from _rows("sample network", network, official, frames=12, rounds=3, random=False)


def long_rows(device: str) -> Iterator[Row]:
    """Hiera tiny with random weights: masks are noise, of which sessions make nothing."""
    side = SIDES[device.partition(":")[0]]
    overrides = [f"++model.image_size={side}"]
    for kind in ("self_attention", "cross_attention"):
        sizes = f"feat_sizes=[{side // 16},{side // 16}]"
        overrides.append(f"++model.memory_attention.layer.{kind}.{sizes}")
    torch.manual_seed(0)
    network = build(packaged(TINY), overrides).to(device)
    # Random weights say of some that they are not there, which costs less.
    last: Any = network.sam_mask_decoder.pred_obj_score_head.layers[-1]
    nn.init.constant_(last.bias, 3)
    official = predictor(network, TINY, overrides, device)
    yield from _rows(
        f"hiera tiny, {side} px, coarse masks", network, official, frames=10, rounds=3, random=True
    )


def predictor(network: nn.Module, config: str, overrides: list[str], device: str) -> Any:
    """The official predictor with a network's weights."""
    silent: Callable[..., Any] = lambda steps, **options: steps  # noqa: E731
    sam2.sam2_video_predictor.tqdm = sam2.utils.misc.tqdm = silent
    made = build_sam2_video_predictor(
        config, device=device, hydra_overrides_extra=list(overrides), apply_postprocessing=False
    )
    made.load_state_dict(network.state_dict())
    return made


def extract(images: list[Image], folder: Path) -> None:
    """Writes frames as the official predictor wants them."""
    for number, image in enumerate(images):
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{number:05d}.jpg"), bgr)


def propagate(
    official: Any, folder: Path, boxes: NDArray[np.float32]
) -> Iterator[tuple[int, list[int], NDArray[np.bool_]]]:
    """Follows boxes of the first frame through a folder: frames, ids and full masks."""
    cuda = official.device.type == "cuda"
    precision = torch.autocast("cuda", torch.bfloat16) if cuda else nullcontext()
    with torch.inference_mode(), precision:
        state = official.init_state(str(folder))
        for index, box in enumerate(boxes, start=1):
            official.add_new_points_or_box(state, 0, index, box=box)
        for number, ids, logits in official.propagate_in_video(state):
            yield number, ids, (logits[:, 0] > 0).cpu().numpy()


def _rows(
    name: str, network: Any, official: Any, frames: int, rounds: int, random: bool
) -> Iterator[Row]:
    images = clip.images(frames)
    people = clip.people(1)[1]
    boxes = people.xyxy[people.data["class_name"] == "player"][:PEOPLE]
    found = sv.Detections(boxes, data={"class_name": np.array(["player"] * len(boxes), object)})

    def session() -> None:
        tracked = SAM2Session(SAM2Stream(network, dense_boxes=False), check_every=0)
        for image in images:
            tracked.step(image, found if tracked.wants_detections() else None)

    def stream() -> None:
        followed = SAM2Stream(network, dense_boxes=False)
        for number, image in enumerate(images):
            followed.step(image)
            if number == 0:
                followed.prompt(list(range(1, len(boxes) + 1)), boxes)

    def theirs() -> None:
        with TemporaryDirectory() as folder:
            extract(images, Path(folder))
            for _ in propagate(official, Path(folder), boxes):
                pass

    def ours() -> dict[str, float]:
        with inside_networks() as spent:
            stream() if random else session()
        return {NETWORKS: spent.seconds}

    yield Row(
        f"SAM2, {len(boxes)} people, {name}",
        "frame",
        frames,
        ours,
        {"the official predictor": theirs},
        {} if random else {"our stream of coarse masks alone": stream},
        rounds,
    )
