"""What people do in the App, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Error, Locator, Page, TimeoutError, expect

PATIENCE = 120_000
"""Milliseconds: machines that run tests are busy."""

TRIES = 12

MANY = 500
"""Pixels of one color that are a shape, not noise."""

WHERE = """([name, i, j]) => {
  const plots = [...document.querySelectorAll(".js-plotly-plot")];
  const plot = plots.find(plot => plot.data.some(trace => trace.name === name));
  plot.scrollIntoView({block: "center"});
  const trace = plot.data.find(trace => trace.name === name);
  const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
  // Numbers that are names of categories are places among them, not numbers.
  const place = (axis, value) => axis._offset + (
    axis.type === "category" ? axis.l2p(axis._categories.indexOf(value)) : axis.d2p(value)
  );
  return [box.x + place(xaxis, trace.x[i]), box.y + place(yaxis, trace.y[j])];
}"""
"""The pixel at which a point of a plot's trace lies."""


COUNTED = """counts => {
  const traces = [...document.querySelectorAll(".js-plotly-plot")].flatMap(plot => plot.data);
  const found = name => traces.find(trace => trace.name === name)?.x.length ?? 0;
  return Object.entries(counts).every(([name, count]) => found(name) === count);
}"""
"""Whether traces of a plot have so many points."""


def open_dataset(page: Page, app: str, name: str) -> None:
    """Opens a dataset, and waits for its samples."""
    page.goto(f"{app}/datasets/{name}")
    expect(page.locator("[data-cy=looker]").first).to_be_visible(timeout=PATIENCE)


def open_sample(page: Page) -> Locator:
    """Opens the first sample, and gives where it is shown."""
    page.locator("[data-cy=looker]").first.click()
    shown = page.locator("[data-cy=modal-looker-container]")
    expect(shown).to_be_visible(timeout=PATIENCE)
    return shown


def choose_track(page: Page, sample_id: str, index: int) -> None:
    """Selects a track in the list of FiftyOne's own editor."""
    from hoop_plugins.data.label_codec import identity_values  # and with it FiftyOne

    back = page.locator("[data-cy=annotate-edit-back]")
    if back.count():
        back.click()
    instance = identity_values(sample_id, index)["instance"]["_id"]
    page.locator(f"[data-cy=annotate-label-{instance}]").click()
    page.locator("[data-cy=root_number_container]").wait_for()


def saved(page: Page, act: Callable[[], Any]) -> None:
    """Does something, and waits until the editor has stored it."""
    with page.expect_response(lambda got: got.request.method == "PATCH", timeout=PATIENCE) as told:
        act()
    assert told.value.ok, told.value.text()


def move_box(page: Page, sample_id: str, index: int, left: float) -> None:
    """Moves a track's box in the editor, so that it begins at that share of the width."""
    choose_track(page, sample_id, index)
    field = page.locator("[data-cy=root_position_x_container] input")
    field.fill(str(left))
    saved(page, lambda: field.press("Enter"))


def open_form(page: Page, title: str) -> Locator:
    """Opens an operator's form, and gives it."""
    page.keyboard.press("`")
    page.get_by_placeholder("Search operations").fill(title)
    page.get_by_text(f"Hoop: {title}").first.click()
    expect(page.get_by_role("button", name="Execute").last).to_be_visible(timeout=PATIENCE)
    return page.locator("[data-cy=operators-prompt-modal]")


def execute(page: Page) -> None:
    """Starts the operator whose form is open."""
    page.get_by_role("button", name="Execute").last.click()


def below(page: Page, label: str) -> Locator:
    """The input that comes after a label of the form."""
    form = page.locator("[data-cy=operators-prompt-modal]")
    heading = form.get_by_text(re.compile(rf"^{label}\s*\*?$")).first
    return heading.locator("xpath=following::input[1]")


def open_panel(page: Page, name: str) -> None:
    """Opens a panel beside the samples."""
    page.locator("[data-cy=new-panel-btn]").last.click()
    page.get_by_text(name, exact=True).last.click()


def open_beside(page: Page, name: str, width: int) -> Locator:
    """Opens a panel beside the samples, so many pixels wide, and gives it."""
    beside = {"name": name, "isActive": True, "layout": "horizontal"}
    page.evaluate("params => window.__foo__.executeOperator('open_panel', params)", beside)
    panel = page.locator(f"[data-cy=panel-content-{name}]")
    expect(panel).to_be_visible(timeout=PATIENCE)
    whole = page.viewport_size
    assert whole
    # It moves while it is opened.
    for _ in range(TRIES):
        box = panel.bounding_box()
        assert box
        if abs(box["width"] - width) <= 2:
            return panel
        page.mouse.move(box["x"], box["y"] + 300)
        page.mouse.down()
        page.mouse.move(whole["width"] - width, box["y"] + 300, steps=5)
        page.mouse.up()
    raise AssertionError(f"{name} does not become {width} pixels wide")


def choose(page: Page, menu: str, option: str) -> None:
    """Opens a menu and takes one of its options; the App may close it while it draws."""
    for _ in range(TRIES):
        page.get_by_role("button", name=menu).click()
        with suppress(TimeoutError):
            page.get_by_role("option", name=option, exact=True).click(timeout=PATIENCE / TRIES)
            return
        page.keyboard.press("Escape")
    raise AssertionError(f"{menu} does not offer {option}")


def pick(page: Page, shown: str, option: str) -> None:
    """Takes another option in a panel's dropdown, which shows one now; it may be drawn anew."""
    dropdown = page.get_by_role("combobox").filter(has_text=shown).first
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(TRIES):
        with suppress(TimeoutError):
            dropdown.click(timeout=PATIENCE / TRIES)
            wanted.click(timeout=PATIENCE / TRIES)
            return
        page.keyboard.press("Escape")
    raise AssertionError(f"no dropdown with {shown} offers {option}")


def expect_points(page: Page, **counts: int) -> None:
    """Waits until traces of plots have so many points, 0 without a trace of that name."""
    page.wait_for_function(COUNTED, arg=counts)


def click_point(page: Page, trace: str, i: int, j: int | None = None, opens: str = "") -> None:
    """Clicks the point of a plot's trace until it opens something: plots move while others load.

    Args:
        page: Where the plot is.
        trace: The trace's name.
        i: Which of its ``x``.
        j: Which of its ``y``, where that is another, as in a table's cells.
        opens: A text that is there then, and not before.
    """
    for _ in range(TRIES):
        with suppress(AssertionError, Error):
            x, y = page.evaluate(WHERE, [trace, i, i if j is None else j])
            page.mouse.move(x - 2, y)
            page.mouse.move(x, y)
            hovered = page.locator(".hoverlayer .hovertext").first
            expect(hovered).to_be_visible(timeout=PATIENCE / TRIES)
            page.mouse.down()
            page.mouse.up()
            expect(page.get_by_text(opens).first).to_be_visible(timeout=PATIENCE / TRIES)
            return
    raise AssertionError(f"no click on point {i} of {trace} opens {opens}")


def click_box(
    video: Locator, corners: tuple[float, float, float, float], size: tuple[int, int]
) -> None:
    """Clicks the middle of a box in an open video.

    Args:
        video: Where it is shown.
        corners: xyxy in the video's pixels.
        size: The video's width and height.
    """
    box = video.bounding_box()
    assert box
    x, y, width, height = place_of(video, corners, size)
    video.click(position={"x": x - box["x"] + width / 2, "y": y - box["y"] + height / 2})


def place_of(
    video: Locator, corners: tuple[float, float, float, float], size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Where a box in an open video is on the page: x, y, width, height; as :func:`click_box`."""
    left, top, right, bottom = corners
    box = video.bounding_box()
    assert box
    scale = min(box["width"] / size[0], box["height"] / size[1])
    x, y = (
        box[start] + (box[side] - scale * whole) / 2 + scale * where
        for start, side, whole, where in zip(
            "xy", ("width", "height"), size, (left, top), strict=True
        )
    )
    return x, y, scale * (right - left), scale * (bottom - top)


def shows_colors(png: bytes, colors: Iterable[str]) -> bool:
    """Whether a picture has many pixels of exactly each color, given as "#rrggbb"."""
    return all(_pixels(png, color).sum() > MANY for color in colors)


def expect_colors(shown: Locator, colors: Iterable[str]) -> None:
    """Waits until what is shown has many pixels of each color, given as "#rrggbb"."""
    wanted, end = list(colors), monotonic() + PATIENCE / 1000
    while not shows_colors(shown.screenshot(), wanted):
        assert monotonic() < end, f"{wanted} are not shown"


def expect_drawn(page: Page, *paths: str, left_out: Iterable[str] = ()) -> None:
    """Waits until the sidebar, of the open video where one is, says that fields are drawn."""
    for path in (*paths, *left_out):
        box = page.get_by_title(f"Show {path}", exact=True).last.get_by_role("checkbox")
        expect(box).to_be_checked(checked=path in paths, timeout=PATIENCE)


def _pixels(png: bytes, color: str) -> NDArray[np.bool_]:
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
    return (picture == [int(color[i : i + 2], 16) for i in (1, 3, 5)]).all(axis=2)
