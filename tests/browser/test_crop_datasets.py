"""Crops in Chromium: points in the Embeddings panel, colored by team."""

from __future__ import annotations

import fiftyone as fo
import people
import pytest
from driving import PATIENCE, choose, open_dataset, open_panel
from playwright.sync_api import expect

from hoop_plugins.mining.crops import crops_name, embed_crops
from hoop_plugins.profiles import load_profile

pytestmark = pytest.mark.browser


def test_crops_are_points_colored_by_team(clip, app, page, tmp_path):
    people.decide(clip)
    list(embed_crops(clip.dataset, profile=load_profile("sample"), interval=0.2, device="cpu"))
    crops = fo.load_dataset(crops_name(clip.dataset))
    try:
        open_dataset(page, app, crops.name)
        open_panel(page, "Embeddings")
        page.get_by_text("hoop_player_crops").last.click()
        expect(page.get_by_text(f"{len(crops)} points").first).to_be_visible(timeout=PATIENCE)
        choose(page, "Color by", "team")
        legend = page.locator("[class*=emb-legend]")
        for team in ("dark", "light"):
            expect(legend.get_by_text(team).first).to_be_visible(timeout=PATIENCE)
        page.screenshot(path=tmp_path / "colored.png")
    finally:
        crops.delete()
