"""Panels and cards in little room: nothing is cut off, and what is wider can be scrolled to."""

from __future__ import annotations

import pytest
from driving import PATIENCE, open_beside, open_dataset
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CUT = """panel => {
  const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const told = (element) => [...element.childNodes].some((node) => node.nodeType === 3);
  const texts = [...panel.querySelectorAll("*")].filter(told);
  const place = (element) => {
    for (let above = element; above !== panel; above = above.parentElement)
      if (scrolls(above)) return above;
    return element;
  };
  const whole = panel.getBoundingClientRect();
  const cut = (text) => !within(place(text).getBoundingClientRect(), whole);
  return texts.filter((text) => text.getBoundingClientRect().width && cut(text)).map(
    (text) => text.textContent
  );
}"""
"""The texts of a panel that reach out of it, and that no bar of their own scrolls to."""


@pytest.fixture
def alone(clips):
    """The clips in a dataset of the test's own: the App remembers the panels of each."""
    made = clips.clone()
    yield made
    made.delete()


@pytest.mark.parametrize(("width", "theme"), [(200, "dark"), (280, "light")])
@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("recognition_report", ".js-plotly-plot .heatmaplayer"),
        ("identity_timeline", ".js-plotly-plot .bars"),
        ("review_queue", "[data-hoop=review][data-ready=true]"),
    ],
)
def test_nothing_is_cut_off(alone, name, drawn, width, theme, app, page, tmp_path):
    page.add_init_script(f"localStorage.setItem('mui-mode', '{theme}')")
    open_dataset(page, app, alone.name)
    panel = open_beside(page, name, width)
    expect(panel.locator(drawn).first).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "panel.png")
    page.wait_for_function(f"panel => ({CUT})(panel).length === 0", arg=panel.element_handle())
