"""How long ``hoop evaluate`` takes: ten minutes of video with ten players, in the database.

    python benchmarks/evaluation.py
    python benchmarks/evaluation.py --masks

A dataset of one-minute clips is made, once, and the command runs on it: its whole time counts, from
Python's start over reading, comparing, marking every label and saving the views of errors to the
table. CPU seconds are those of the command, without the database's.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import supervision as sv
from bson import ObjectId

from hoop_plugins.compat.fiftyone import frame_collection
from hoop_plugins.data import masks
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.video import write_video

WIDTH, HEIGHT, RATE = 640, 360, 30
FRAMES, REPEATED = 60 * RATE, 10 * RATE
"""Of a clip; its labels are those of ten seconds, again and again."""

PLAYERS, REFEREES = 10, 2
PERSON, NUMBER = (30, 75), (12, 14)
FREE = (WIDTH - PERSON[0], HEIGHT - PERSON[1])
MISSED, FALSE, MISREAD, SWAPPED = 0.05, 0.3, 0.1, 100
"""Shares of people who are missed, of frames with a false player and of reads that are wrong; two
tracks swap every so many frames."""

Labels = dict[str, sv.Detections]


def make_dataset(name: str, minutes: int, masked: bool) -> None:
    """Makes a dataset of clips that are alike.

    Args:
        name: The dataset's name.
        minutes: How many clips.
        masked: Whether people have masks.
    """
    folder = Path(fo.config.default_dataset_dir) / name
    folder.mkdir(parents=True, exist_ok=True)
    image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    write_video(folder / "0.mp4", (image for _ in range(FRAMES)), RATE)
    dataset = fo.Dataset(name, persistent=True)
    for clip in range(minutes):
        if clip:
            (folder / f"{clip}.mp4").write_bytes((folder / "0.mp4").read_bytes())
        dataset.add_sample(fo.Sample(filepath=str(folder / f"{clip}.mp4")))
    stores = [SampleStore(dataset, sample_id) for sample_id in dataset.values("id")]
    frames = dict(enumerate(made_up(masked), start=1))
    for role in ("ground_truth", "detections", "players", "numbers"):
        stores[0].write(role, {number: labels[role] for number, labels in frames.items()})
    people = range(1, PLAYERS + REFEREES + 1)
    documents = list(frame_collection(dataset).find())
    for store in stores:
        store.write_tracks(Track(index, 1, FRAMES) for index in people)
        for first in range(0, FRAMES, REPEATED):
            if (store, first) != (stores[0], 0):
                of_clip = {"_sample_id": ObjectId(store.sample_id)}
                frame_collection(dataset).insert_many(
                    {
                        **document,
                        **of_clip,
                        "_id": ObjectId(),
                        "frame_number": first + document["frame_number"],
                    }
                    for document in documents
                )


def made_up(masked: bool) -> Iterator[Labels]:
    """People who walk at random, with tracks that miss some of them and swap now and then.

    Args:
        masked: Whether they have masks.

    Yields:
        A frame's labels, by role.
    """
    random = np.random.default_rng(0)
    count = PLAYERS + REFEREES
    place, tracks = random.uniform((0, 0), FREE, (count, 2)), np.arange(count)
    everybody = np.arange(count)
    for frame in range(1, REPEATED + 1):
        place = (place + random.normal(0, 1.5, place.shape)).clip((0, 0), FREE)
        if frame % SWAPPED == 0:
            tracks[[0, 1]] = tracks[[1, 0]]
        truth = _labels(place, everybody, everybody, masked)
        found = np.flatnonzero(random.random(count) > MISSED)
        near = (place + random.normal(0, 1.5, place.shape)).clip((0, 0), FREE)[found]
        if random.random() < FALSE:
            near = np.vstack([near, random.uniform((0, 0), FREE)])
            predicted = _labels(near, np.append(found, 0), np.append(tracks[found], 50), masked)
        else:
            predicted = _labels(near, found, tracks[found], masked)
        predicted.confidence = random.uniform(0.3, 1, len(predicted)).astype(np.float32)
        numbers = predicted.data["class_name"] == "number"
        wrong = numbers & (random.random(len(predicted)) < MISREAD)
        predicted.data["text"][wrong] = "77"
        yield {
            "ground_truth": truth,
            "detections": predicted,
            "players": predicted[~numbers],
            "numbers": predicted[numbers],
        }


def _labels(place: np.ndarray, who: np.ndarray, ids: np.ndarray, masked: bool) -> sv.Detections:
    """People and, after them, the numbers of the players, of whom the first ones are."""
    place = place.round()
    players = who < PLAYERS
    corners = np.concatenate([place, place[players] + (9, 15)])
    sizes = [PERSON] * len(who) + [NUMBER] * int(players.sum())
    labels = ["player" if one < PLAYERS else "referee" for one in who]
    texts = [str(one) if one < PLAYERS else None for one in who]
    teams = [["dark", "light", None][one % 2 if one < PLAYERS else 2] for one in who]
    without = [None] * int(players.sum())
    columns = {
        "class_name": labels + ["number"] * len(without),
        "team": teams + without,
        "number": texts + without,
        "number_status": ["validated"] * len(who) + without,
        "text": [None] * len(who) + [text for text in texts if text],
        "text_confidence": [None] * len(who) + [0.9] * len(without),
        "probabilities": [None] * len(who) + [np.zeros(102, np.float16) for _ in without],
    }
    columns = {name: _objects(values) for name, values in columns.items()}
    crops = [_outline(*PERSON) for _ in who] + [np.ones(NUMBER[::-1], dtype=bool) for _ in without]
    starts = [(int(x), int(y)) for x, y in corners]
    return sv.Detections(
        np.hstack([corners, corners + sizes]).astype(np.float32),
        mask=masks.from_crops(crops, starts, (HEIGHT, WIDTH)) if masked else None,
        confidence=np.full(len(corners), 0.9, np.float32),
        tracker_id=np.concatenate([ids, ids[players]]) + 1,
        data=columns,
    )


def _objects(values: list[object]) -> np.ndarray:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _outline(width: int, height: int) -> np.ndarray:
    """An ellipse: about as many pixels, and as hard to pack, as a person."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return x**2 + y**2 < 1


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--masks", action="store_true", help="with masks to compare too")
    given = parser.parse_args()
    name = f"benchmark-{given.minutes}{'-masks' * given.masks}"
    if not fo.dataset_exists(name):
        make_dataset(name, given.minutes, given.masks)
    start = time.perf_counter()
    subprocess.run([Path(sys.executable).with_name("hoop"), "evaluate", name], check=True)
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    frames = given.minutes * FRAMES
    print(
        f"{frames} frames of {PLAYERS} players{', with masks' * given.masks}: {wall:.0f} s, "
        f"{used.ru_utime + used.ru_stime:.0f} s of CPU"
    )


if __name__ == "__main__":
    main()
