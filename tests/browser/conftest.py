"""One App server and one browser, as people have them, and a page of each test's own."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
import requests
from driving import PATIENCE
from machine import CHROMIUM, free_port
from playwright.sync_api import Browser, Page, sync_playwright
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

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
    port = free_port()
    program = find_spec("fiftyone.server.main").origin
    server = subprocess.Popen(
        [sys.executable, program, "--port", str(port), "--address", "127.0.0.1"]
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
