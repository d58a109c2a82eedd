"""The plugin in Chromium as people install it: copied, not linked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import people
import pytest
from driving import PATIENCE, open_dataset, open_panel
from playwright.sync_api import Page, expect

import hoop_plugins
from hoop_plugins.cli.app import install_plugin
from hoop_plugins.data.store import SampleStore

pytestmark = pytest.mark.browser

REPOSITORY = Path(hoop_plugins.__file__).resolve().parents[1]

RUN = "params => window.__foo__.executeOperator('@hoop/hoop_plugins/recognize_players', params)"


def installed(plugins: Path) -> None:
    """What ``hoop plugin install`` makes: description, entry and scripts, the package elsewhere."""
    assert install_plugin().parent == plugins


def downloaded(plugins: Path) -> None:
    """What ``fiftyone plugins download`` makes, which copies the folder with the description."""
    target = plugins / "@hoop" / "hoop_plugins"
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "hoop_plugins", target / "hoop_plugins", ignore=unwanted)
    shutil.copy(REPOSITORY / "fiftyone.yml", target)


@pytest.mark.parametrize("way", [installed, downloaded])
def test_queue_legend_and_end_card_are_there(
    clip: SampleStore,
    way: Callable[[Path], None],
    serve: Callable,
    page: Page,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people.doubt(clip)
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    monkeypatch.setattr(fo.config, "plugins_dir", str(plugins))
    way(plugins)
    with serve(FIFTYONE_PLUGINS_DIR=str(plugins)) as app:
        open_dataset(page, app, clip.dataset.name)
        open_panel(page, "Review queue")
        queue = page.locator("[data-hoop=review][data-ready=true]")
        expect(queue).to_be_visible(timeout=PATIENCE)
        page.evaluate(RUN, {"profile": "sample", "stages": ["pair"]})
        card = page.locator("[data-cy=hoop-run]")
        expect(card).to_contain_text("in doubt", timeout=PATIENCE)
        card.get_by_role("button", name="Close").click()
        open_panel(page, "Identity timeline")
        expect(page.locator("[data-hoop=legend]")).to_contain_text("dark", timeout=PATIENCE)
        page.screenshot(path=tmp_path / "installed.png")
