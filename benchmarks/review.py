"""How long a person waits in the review queue: from a key to the next track, with its pictures.

    python benchmarks/review.py

A clip of 1280x720 with 24 doubtful tracks is made, and the panel is opened in Chromium. Every track
is answered the moment it shows, without looking: nobody is that fast, so pictures are never loaded
while somebody thinks. At the end all answers are stored. What was made is deleted. The plugin must
be installed (hoop plugin install), and Playwright with a Chromium.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import fiftyone as fo
import numpy as np
import requests
import supervision as sv
from playwright.sync_api import Page, sync_playwright
from requests.adapters import HTTPAdapter, Retry

from hoop_plugins.corrections import listed
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.video import write_video

WIDTH, HEIGHT, RATE, FRAMES = 1280, 720, 25, 750
TRACKS, AT_ONCE = 24, 8
"""Tracks in all, and so many side by side; the next ones come when these have left."""

PERSON, NUMBER = (50, 130), (15, 25)
FLAGS = ("--no-sandbox", "--disable-gpu")
READY = "[data-hoop=review][data-ready=true]"
NEXT = """([key, before]) => new Promise((done) => {
  const root = document.querySelector("[data-hoop=review]");
  const begun = performance.now();
  const look = () => {
    const { track, ready } = root.dataset;
    if (track !== before && (ready === "true" || !track)) {
      requestAnimationFrame(() => done([track, performance.now() - begun]));
    } else requestAnimationFrame(look);
  };
  root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  look();
})"""
"""Presses a key; gives the next track and the milliseconds until it has been drawn."""


def make_dataset(folder: Path) -> fo.Dataset:
    """Makes a clip of people of whom something is in doubt, all of them."""
    random = np.random.default_rng(0)
    court = random.integers(60, 200, (HEIGHT // 20, WIDTH // 20, 1), np.uint8)
    court = court.repeat(20, 0).repeat(20, 1).repeat(3, 2)
    write_video(folder / "clip.mp4", (np.roll(court, f, 1) for f in range(FRAMES)), RATE)
    dataset = fo.Dataset()
    dataset.add_sample(fo.Sample(filepath=str(folder / "clip.mp4")))
    store = SampleStore(dataset, dataset.first().id)
    stretch = FRAMES * AT_ONCE // TRACKS
    players, numbers = {}, {}
    for frame in range(1, FRAMES + 1):
        ids = (frame - 1) // stretch * AT_ONCE + np.arange(AT_ONCE) + 1
        corners = np.column_stack([100 + 130 * np.arange(AT_ONCE) + frame / 10, np.full(8, 300)])
        players[frame] = boxes(corners, PERSON, ids, "player")
        numbers[frame] = boxes(np.add(corners, (18, 30)), NUMBER, ids, "number")
        read = ids + 10 * (random.random(AT_ONCE) < 0.3)
        numbers[frame].data["text"] = np.array([str(number) for number in read], object)
        numbers[frame].data["text_confidence"] = np.full(AT_ONCE, 0.9, object)
    store.write("players", players)
    store.write("numbers", numbers)
    store.write_tracks(
        Track(i + 1, i // AT_ONCE * stretch + 1, (i // AT_ONCE + 1) * stretch, number=str(i + 1))
        for i in range(TRACKS)
    )
    return dataset


def boxes(corners: np.ndarray, size: tuple[int, int], ids: np.ndarray, label: str) -> sv.Detections:
    """Boxes of one size, by their upper left corners."""
    return sv.Detections(
        xyxy=np.column_stack([corners, corners + size]).astype(np.float32),
        tracker_id=ids,
        data={"class_name": np.full(len(ids), label, object)},
    )


def answer_all(page: Page) -> list[float]:
    """Confirms every track; returns the seconds after each key until the next one showed."""
    waits = []
    track = page.locator(READY).get_attribute("data-track")
    while track:
        track, waited = page.evaluate(NEXT, ["Enter", track])
        waits.append(waited / 1000)
    return waits


def main() -> None:
    """Measures, and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    program = parser.parse_args().chromium
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        dataset = make_dataset(Path(folder))
        main = find_spec("fiftyone.server.main").origin
        server = subprocess.Popen([sys.executable, main, "--port", str(port)])
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(120_000)
            page.add_init_script("localStorage.setItem('fiftyone-enterprise-tooltip-seen', 'true')")
            address = f"http://127.0.0.1:{port}"
            session = requests.Session()
            tries = Retry(200, backoff_factor=1, backoff_max=1)
            session.mount(address, HTTPAdapter(max_retries=tries))
            session.get(f"{address}/fiftyone", timeout=60).raise_for_status()
            open_queue(page, f"{address}/datasets/{dataset.name}")
            begun = time.monotonic()
            waits = answer_all(page)
            page.locator("[data-hoop=review][data-waiting='0']").wait_for()
            whole = time.monotonic() - begun
            dataset.reload()
            store = SampleStore(dataset, dataset.first().id)
            stored = len({(one.frame, *one.bounding_box) for one in listed(store)})
        finally:
            browser.close()
            server.terminate()
            server.wait()
            dataset.delete()
    print(f"{len(waits)} tracks, {stored} stored")
    print(f"from the key to the next track: median {statistics.median(waits):.2f} s,", end=" ")
    print(f"longest {max(waits):.2f} s; all stored after {whole:.1f} s")


def open_queue(page: Page, address: str) -> None:
    """Opens the panel beside the samples."""
    page.goto(address)
    page.locator("[data-cy=looker]").first.wait_for()
    page.locator("[data-cy=new-panel-btn]").last.click()
    page.get_by_text("Review queue", exact=True).last.click()
    page.locator(READY).wait_for()


if __name__ == "__main__":
    main()
