"""One App server and one browser, as people have them, and a page of each test's own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pytest
import requests
from driving import PATIENCE
from machine import CHROMIUM, free_port
from playwright.sync_api import Browser, Page, sync_playwright
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

if TYPE_CHECKING:
    import fiftyone as fo

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PREPARE = """
localStorage.setItem("fiftyone-enterprise-tooltip-seen", "true");
window.written = new Set();
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.add(text);
  return fillText.call(this, text, ...rest);
};
"""
"""What the App writes onto the video is pixels: this keeps the words as well. And no advertisement
lies over the page."""


@pytest.fixture(scope="session")
def app() -> Iterator[str]:
    """The address of an App server of the tests' own."""
    with served() as address:
        yield address


@contextmanager
def served(**environment: str) -> Iterator[str]:
    """An App server, and its address."""
    port = free_port()
    program = find_spec("fiftyone.server.main").origin
    server = subprocess.Popen(
        [sys.executable, program, "--port", str(port), "--address", "127.0.0.1"],
        env=os.environ | environment,
    )
    address = f"http://127.0.0.1:{port}"
    # It tells of each of its attempts.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    session = requests.Session()
    session.mount(address, HTTPAdapter(max_retries=Retry(200, backoff_factor=1, backoff_max=1)))
    try:
        session.get(f"{address}/fiftyone", timeout=60).raise_for_status()
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def serve() -> Callable[..., AbstractContextManager[str]]:
    """Starts an App server with other environment variables: ``with serve(NAME=value) as app``."""
    return served


MISREAD = {"many.mp4": {"17": (4, range(1, 49, 2)), "71": (2, [5])}, "one.mp4": {"17": (4, [20])}}
"""By clip: who is read as what, and in which frames."""

MISSED = range(60, 71)
"""Frames of the first clip in which nobody sees the player 3."""


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """Two clips with errors, evaluated together ("both"), and then the second alone ("second").

    A test that changes what was recognized does so in a clone.
    """
    import fiftyone as fo
    from planted_errors import FRAMES, Game

    from hoop_plugins.data.appearance import show_teams
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.video import write_video
    from hoop_plugins.evaluation.job import Evaluation
    from hoop_plugins.mining.views import find_errors

    folder = tmp_path_factory.mktemp("clips")
    made = fo.Dataset()
    for name, misread in MISREAD.items():
        path = folder / name
        write_video(path, np.full((FRAMES, 180, 400, 3), 128, dtype=np.uint8), 30)
        made.add_sample(fo.Sample(filepath=str(path)))
        game = Game(SampleStore(made, made.last().id))
        for text, (index, frames) in misread.items():
            game.set("numbers", index, frames, text=text)
        if name == "many.mp4":
            game.remove(3, MISSED)
        game.write()
    list(Evaluation(made, key="both").run())
    list(Evaluation(made.skip(1), key="second").run())
    list(find_errors(made))
    show_teams(made)
    made.reload()
    yield made
    made.delete()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window; while it runs, no test of another module can use ``asyncio``."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that remembers the words that are drawn into it, and nothing of other tests."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    made = context.new_page()
    made.set_default_timeout(PATIENCE)
    made.add_init_script(PREPARE)
    yield made
    context.close()
