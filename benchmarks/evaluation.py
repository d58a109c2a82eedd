"""How long evaluation takes: ten minutes of video with ten players, on boxes and on masks.

    python benchmarks/evaluation.py --minutes 10
    python benchmarks/evaluation.py --minutes 10 --masks

The labels are made up as it goes, and the time that this takes is not counted. What reading them
from the database takes comes on top. CPU seconds are those of one core of a
machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import supervision as sv

from hoop_plugins import masks
from hoop_plugins.evaluation.clip import Frame
from hoop_plugins.evaluation.report import evaluate_clips

WIDTH, HEIGHT, RATE = 1280, 720, 30
PLAYERS, REFEREES = 10, 2
PERSON, NUMBER = (60, 150), (24, 28)
FREE = (WIDTH - PERSON[0], HEIGHT - PERSON[1])
MISSED, SWAPPED = 0.05, 300


@dataclass
class MadeUpClip:
    """People who walk at random, with tracks that miss some of them and swap now and then.

    Attributes:
        minutes: How long it is.
        masked: Whether people have masks.
        name: What the report calls it.
        making: Seconds of wall and CPU time that making it took, once its frames are through.
    """

    minutes: float
    masked: bool
    name: str = "made up"
    making: tuple[float, float] = (0.0, 0.0)

    def frames(self) -> Iterator[Frame]:
        """Yields the frames."""
        random = np.random.default_rng(0)
        count = PLAYERS + REFEREES
        place, tracks = random.uniform((0, 0), FREE, (count, 2)), np.arange(count)
        for frame in range(1, round(self.minutes * 60 * RATE) + 1):
            start = np.array([time.perf_counter(), time.process_time()])
            place = (place + random.normal(0, 3, place.shape)).clip((0, 0), FREE)
            if frame % SWAPPED == 0:
                tracks[[0, 1]] = tracks[[1, 0]]
            truth = _labels(place, np.arange(count), np.arange(count), self.masked)
            found = np.flatnonzero(random.random(count) > MISSED)
            near = (place + random.normal(0, 3, place.shape)).clip((0, 0), FREE)
            predicted = _labels(near[found], found, tracks[found], self.masked)
            numbers = predicted.data["class_name"] == "number"
            shown = Frame(frame, predicted, predicted[~numbers], predicted[numbers], truth)
            spent = np.array([time.perf_counter(), time.process_time()]) - start
            self.making = (self.making[0] + spent[0], self.making[1] + spent[1])
            yield shown


def _labels(place: np.ndarray, who: np.ndarray, ids: np.ndarray, masked: bool) -> sv.Detections:
    """People and, after them, the numbers of the players, of whom the first ones are."""
    place = place.round()
    players = who < PLAYERS
    corners = np.concatenate([place, place[players] + (18, 30)])
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
        "text_confidence": [0.9] * len(corners),
    }
    crops = [np.ones(size[::-1], dtype=bool) for size in sizes]
    starts = [(int(x), int(y)) for x, y in corners]
    return sv.Detections(
        np.hstack([corners, corners + sizes]).astype(np.float32),
        mask=masks.from_crops(crops, starts, (HEIGHT, WIDTH)) if masked else None,
        confidence=np.full(len(corners), 0.9, np.float32),
        tracker_id=np.concatenate([ids, ids[players]]) + 1,
        data={name: np.array(values, dtype=object) for name, values in columns.items()},
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--masks", action="store_true", help="compare masks too")
    given = parser.parse_args()
    clip = MadeUpClip(given.minutes, given.masks)
    start = np.array([time.perf_counter(), time.process_time()])
    report = evaluate_clips([clip])
    end = np.array([time.perf_counter(), time.process_time()])
    wall, cpu = end - start - clip.making
    figures = report.to_json()
    print(
        f"{figures['frames']} frames of {PLAYERS} players{' with masks' * given.masks}: "
        f"{wall:.1f} s, {cpu:.1f} s of CPU; HOTA {figures['tracking']['hota']:.3f}"
    )


if __name__ == "__main__":
    main()
