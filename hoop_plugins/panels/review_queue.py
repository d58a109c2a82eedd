"""The panel that shows what to look at next, and takes an answer a key.

What people see and press is drawn by ``review_queue.js``, which asks the methods below.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import TYPE_CHECKING, Any

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.compat.fiftyone import serialize
from hoop_plugins.errors import HoopError

if TYPE_CHECKING:
    from hoop_plugins.data.store import SampleStore

SECONDS = 1.0
"""After so long, the clips that were read are shown; the browser asks for the rest."""

HELP = """What a person should look at next, the worst first: reads that disagree, low margins of
team, number and link, contradictions with the roster, errors against ground truth, and who has no
number yet. One key is one answer, which is kept like every correction:

digits and **Enter** the number · **Enter** all is right as it shows · **N** not a person ·
**R** referee · **T** the other team (after digits: with that number) · **S**, digits, **Enter** the
same person as another track · **U** undo · **→** later
"""


def _telling(
    method: Callable[[Any, Any], dict[str, Any]],
) -> Callable[[Any, Any], dict[str, Any]]:
    """Tells the browser in one line what cannot be."""

    @wraps(method)
    def told(self: Any, ctx: Any) -> dict[str, Any]:
        try:
            return method(self, ctx)
        except HoopError as error:
            return {"error": str(error)}

    return told


class ReviewQueue(foo.Panel):
    """Tracks to look at, the worst first."""

    @property
    def config(self) -> foo.PanelConfig:
        """See FiftyOne's ``Panel.config``."""
        return foo.PanelConfig(
            name="review_queue",
            label="Review queue",
            icon="fact_check",
            category=foo.Categories.CURATE,
            help_markdown=HELP,
        )

    def on_load(self, ctx: Any) -> None:
        """Lets the browser begin anew where another view shows: the App says so more often."""
        shown = [ctx.dataset.name, serialize(ctx.view)] if ctx.dataset else []
        ctx.panel.state.stamp = json.dumps(shown, default=str)

    on_change_dataset = on_change_view = on_load

    def render(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Panel.render``."""
        view = types.View(
            component="HoopReviewQueue", composite_view=True, stamp=ctx.panel.state.stamp
        )
        return types.Property(types.Object(), view=view)

    @_telling
    def clips(self, ctx: Any) -> dict[str, Any]:
        """The clips of what the App shows: their samples' ids."""
        if ctx.dataset is None:
            raise HoopError("no dataset is open: open one first")
        ctx.dataset.reload()
        return {"ids": [store.sample_id for store in _stores(ctx)]}

    @_telling
    def look(self, ctx: Any) -> dict[str, Any]:
        """What there is to look at in the clips ``ids``, or in the first ones of them; what was
        changed in FiftyOne's own editor is taken over first.
        """
        from hoop_plugins.mining.review_queue import read_queue

        stores = {store.sample_id: store for store in _stores(ctx)}
        begun, found, problems = time.monotonic(), {}, []
        for sample_id in ctx.params["ids"]:
            store = stores[sample_id]
            problems += api.take_over_edits(store.videos.select(sample_id), fields=store.names)
            found[sample_id] = read_queue(store).to_json()
            if time.monotonic() - begun > SECONDS:
                break
        return {"clips": found, "problems": problems}

    @_telling
    def pictures(self, ctx: Any) -> dict[str, Any]:
        """The pictures of ``items``, each a ``sample_id`` and ``stills``, in the same order."""
        from hoop_plugins.mining.review_stills import draw_stills

        stores = {store.sample_id: store for store in _stores(ctx)}
        drawn: dict[int, Any] = {}
        items = list(enumerate(ctx.params["items"]))
        for sample_id in {item["sample_id"] for _, item in items}:
            mine = [
                (place, item["stills"]) for place, item in items if item["sample_id"] == sample_id
            ]
            found = draw_stills(stores[sample_id], [stills for _, stills in mine])
            drawn |= {place: asdict(one) for (place, _), one in zip(mine, found, strict=True)}
        return {"pictures": [drawn[place] for place, _ in items]}

    @_telling
    def answer(self, ctx: Any) -> dict[str, Any]:
        """Stores what a person ``said``, as :func:`hoop_plugins.correct` takes it, of a track."""
        sample_id, index, said = (ctx.params[name] for name in ("sample_id", "index", "said"))
        store = _store(ctx, sample_id)
        where: dict[str, Any] = {"sample": sample_id, "fields": store.names}
        problems = api.correct(ctx.dataset, index, **said, **where)
        return {"clips": _touched(ctx, store, "same_as" in said), "problems": problems}

    @_telling
    def take_back(self, ctx: Any) -> dict[str, Any]:
        """Takes the newest answer back, whoever gave it where: what was said at one time."""
        ids = {store.sample_id for store in _stores(ctx)}
        names = _stores(ctx)[0].names if ids else None
        found = [
            (one.created_at, store, index, one)
            for store, index, one in api.list_corrections(ctx.dataset, fields=names)
            if store.sample_id in ids
        ]
        if not found:
            raise HoopError("there is nothing to undo")
        newest, store, index, _ = max(found, key=lambda each: each[0])
        said = [one for when, *_, one in found if when == newest]
        problems = api.undo(ctx.dataset, [one.key for one in said], fields=names)
        identity = any(one.other is not None for one in said)
        return {
            "clips": _touched(ctx, store, identity),
            "key": None if index is None else f"{store.sample_id}:{index}",
            "told": f"taken back: {', '.join(map(str, said))} ({store.name})",
            "problems": problems,
        }


def _stores(ctx: Any) -> list[SampleStore]:
    from hoop_plugins.mining.review_queue import review_stores

    return review_stores(ctx.view)


def _store(ctx: Any, sample_id: str) -> SampleStore:
    for store in _stores(ctx):
        if store.sample_id == sample_id:
            return store
    raise HoopError("this video is no longer in the view: refresh the panel")


def _queues(ctx: Any, ids: list[str]) -> dict[str, Any]:
    """What there is to look at in clips, by the sample's id."""
    from hoop_plugins.mining.review_queue import read_queue

    stores = {store.sample_id: store for store in _stores(ctx)}
    return {sample_id: read_queue(stores[sample_id]).to_json() for sample_id in ids}


def _touched(ctx: Any, store: SampleStore, identity: bool) -> dict[str, Any]:
    """The clips that an answer may have changed: of who is who, all of the game."""
    from hoop_plugins.data.games import clips_of_game

    shown = {each.sample_id for each in _stores(ctx)}
    changed = clips_of_game(store) if identity else [store]
    return _queues(ctx, [one.sample_id for one in changed if one.sample_id in shown])
