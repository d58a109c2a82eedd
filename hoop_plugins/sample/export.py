"""Writes clips of the sample game and their ground truth to disk."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import supervision as sv
from pycocotools import mask as coco_mask

from hoop_plugins.formats import mot

from .camera import HEIGHT, WIDTH
from .difficulty import Difficulty, measure
from .ground_truth import BallTruth, FrameTruth, NumberTruth, PersonTruth
from .kits import similarity
from .physics import FPS
from .renderer import Game
from .training_data import merge_training_data, write_training_data


def _encode(image: np.ndarray) -> dict[str, Any]:
    rle = coco_mask.encode(np.asfortranarray(image.view(np.uint8)))
    return {"size": [int(v) for v in rle["size"]], "counts": rle["counts"].decode()}


def _to_json(truth: FrameTruth) -> dict[str, Any]:
    return {
        "frame_number": truth.frame_number,
        "cut": truth.cut,
        "blur": round(truth.blur, 3),
        "rim": truth.rim,
        "ball": asdict(truth.ball) if truth.ball else None,
        "numbers": [asdict(number) for number in truth.numbers],
        "people": [{**vars(person), "mask": _encode(person.mask)} for person in truth.people],
    }


def from_json(frame: dict[str, Any]) -> FrameTruth:
    """Makes a frame's ground truth of what the file has of it."""
    people = [
        PersonTruth(**{**p, "box": tuple(p["box"]), "mask": coco_mask.decode(p["mask"]) > 0})
        for p in frame["people"]
    ]
    numbers = [NumberTruth(**{**n, "box": tuple(n["box"])}) for n in frame["numbers"]]
    ball = frame["ball"]
    return FrameTruth(
        frame["frame_number"], tuple(people), tuple(numbers),
        BallTruth(ball["label"], tuple(ball["box"]), ball["visible"]) if ball else None,
        tuple(frame["rim"]) if frame["rim"] else None, frame["cut"], frame["blur"],
    )  # fmt: skip


def read_json(path: Path) -> dict[str, Any]:
    """Reads a clip's native ground truth (`ground_truth/<clip>.json.gz`) as it is."""
    with gzip.open(path, "rt") as file:
        content: dict[str, Any] = json.load(file)
    return content


def load_truth(path: Path) -> list[FrameTruth]:
    """Reads the frames of a clip's native ground truth."""
    return [from_json(frame) for frame in read_json(path)["frames"]]


def load_difficulty(path: Path) -> Difficulty:
    """Reads a clip's difficulty from its native ground truth."""
    return Difficulty(**read_json(path)["difficulty"])


def _temporary(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{os.getpid()}-{path.name}")


def _people(truth: FrameTruth) -> sv.Detections:
    return sv.Detections(
        xyxy=np.array([p.box for p in truth.people]).reshape(-1, 4),
        tracker_id=np.array([p.track_id for p in truth.people], dtype=int),
        data={
            "class_name": np.array([p.label for p in truth.people], dtype=object),
            "visible": np.array([p.visible for p in truth.people], dtype=object),
        },
    )


def _render(
    clip: Path, game: Game, crf: int, progress: Callable[[int, int], Any] | None
) -> list[FrameTruth]:
    truths = []
    with av.open(str(clip), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
        for image, truth in game.frames():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            truths.append(truth)
            if progress:
                progress(truth.frame_number, game.count)
        container.mux(stream.encode())
    return truths


def render_clips(
    out: Path,
    seed: int,
    seconds: float,
    clips: int = 1,
    domain: str = "arena",
    stride: int = 10,
    progress: Callable[[int, int], None] | None = None,
    **options: bool,
) -> list[Difficulty]:
    """Renders clips with everything that training and evaluation need.

    Clip i has the seed `seed + i`. Finished clips are skipped, so that an interrupted run goes on.

    Args:
        out: folder to write `clips`, `ground_truth`, `mot`, `coco` and `reader` in.
        seed: seed of the first clip.
        seconds: length of each clip.
        clips: how many.
        domain: `arena` or `street`.
        stride: every how many frames images for detector and reader are kept; 0 for none.
        progress: called with (frames done, frames in all) over all the clips.
        **options: `cuts`, `entries`, `substitutions`, see `Game`.

    Returns:
        The clips' difficulties.
    """
    cv2.setNumThreads(1)
    out = Path(out)
    found = []
    each = max(1, round(seconds * FPS))
    for index in range(clips):
        name = f"{domain}-{seed + index:06d}"
        clip, truth_path = out / "clips" / f"{name}.mp4", out / "ground_truth" / f"{name}.json.gz"
        made = {"seed": seed + index, "seconds": seconds, "domain": domain, "stride": stride,
                "options": options}  # fmt: skip
        # The ground truth is written last: where it stands, the clip is complete.
        if truth_path.exists() and clip.exists() and read_json(truth_path)["made"] == made:
            found.append(load_difficulty(truth_path))
        else:
            before = index * each

            def report(done: int, _: int, before: int = before) -> None:
                if progress:
                    progress(before + done, clips * each)

            game = Game(seed + index, seconds, domain, **options)
            crf = int(np.random.default_rng([seed + index, 6]).integers(18, 27))
            temporary = _temporary(clip)
            truths = _render(temporary, game, crf, report)
            if stride:
                write_training_data(out, name, temporary, truths, stride, seed + index)
            people = ((truth.frame_number, _people(truth)) for truth in truths)
            mot.write_frames(out / "mot" / name / "gt" / "gt.txt", people)
            hard = measure(truths, similarity(game.kits["home"], game.kits["away"]))
            temporary.replace(clip)
            native = {
                "made": made, "fps": FPS, "width": WIDTH, "height": HEIGHT, "crf": crf,
                "difficulty": asdict(hard), "frames": [_to_json(t) for t in truths],
            }  # fmt: skip
            written = _temporary(truth_path)
            with gzip.open(written, "wt", compresslevel=5) as file:
                json.dump(native, file, separators=(",", ":"))
            written.replace(truth_path)
            found.append(hard)
    if stride:
        merge_training_data(out)
    return found
