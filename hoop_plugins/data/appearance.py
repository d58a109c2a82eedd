"""How the App shows what the stages wrote: players in the colors of their teams."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from hoop_plugins.data.fields import (
    BUILT_IN,
    CLIP_FIELD,
    GAME_FIELD,
    OWN_SCHEMA,
    START_FIELD,
    Fields,
)
from hoop_plugins.data.mark_fields import FRAME_MARKS, SAMPLE_FIGURES

TEAM_COLORS = {"dark": "#0072b2", "light": "#d55e00"}
"""Of Okabe and Ito's palette, which people with any color vision can tell apart."""

OTHER_COLOR = "#6c757d"
"""Of referees, and of players whose team is not known yet."""

FIRST = ("players", "numbers", "tracks", "errors", "ground_truth")
"""The label fields that people look at most, by role: they are the first in the sidebar."""


def show_teams(dataset: fo.Dataset, names: Fields | None = None) -> None:
    """Makes the App color players and tracks by team, and show the players at first, before there
    are any the detections, and the patches in views of patches: there, frame fields have names
    without "frames.".

    In the sidebar, labels come first; figures and bookkeeping are folded. What a person has chosen
    for the dataset already is kept.

    Args:
        dataset: A video dataset.
        names: The names of the label fields.
    """
    names = names or Fields()
    players = names.path("players")
    config = dataset.app_config
    if config.color_scheme is None:
        config.color_scheme = fo.ColorScheme(color_by="value", fields=[])
    fields = config.color_scheme.fields or []
    # Fields of other names, too, where the colors are ours.
    if all(_of_teams(field["path"]) == field for field in fields):
        known = {field["path"] for field in fields}
        teams = (players, names.players, names.tracks)
        config.color_scheme.fields = fields + [_of_teams(p) for p in teams if p not in known]
    # Nobody can choose a path of patches in a dataset of videos: so this is known for ours.
    before_tracking = [names.path("detections"), names.players]
    if config.active_fields is None or config.active_fields.paths == before_tracking:
        tracked = dataset.has_frame_field(names.players)
        paths = [players, names.players, names.numbers] if tracked else before_tracking
        config.active_fields = fo.ActiveFields(paths=paths)
    if not config.sidebar_groups:
        config.sidebar_groups = _sidebar(dataset, names)
    dataset.save()


def _sidebar(dataset: fo.Dataset, names: Fields) -> list[fo.SidebarGroupDocument]:
    """Groups with fields that are there, or will be; the App leaves out those that are not.

    It adds the others: labels to "labels" and "frame labels", values to "primitives", the rest to
    "other".
    """
    roles = dict.fromkeys([*FIRST, *(spec.role for spec in BUILT_IN)])
    defaults = fo.DatasetAppConfig.default_sidebar_groups(dataset)
    metadata = [path for group in defaults if group.name == "metadata" for path in group.paths]
    figures = [*SAMPLE_FIGURES, *FRAME_MARKS, *(f"frames.{name}" for name in FRAME_MARKS)]
    groups = {
        "tags": ([], True),
        "labels": ([names.path(role) for role in roles], True),
        "primitives": (["filepath", GAME_FIELD, CLIP_FIELD, START_FIELD], True),
        "evaluation": (figures, False),
        "metadata": (metadata, False),
        "bookkeeping": ([*OWN_SCHEMA, "id", "created_at", "last_modified_at"], False),
    }
    return [
        fo.SidebarGroupDocument(name=name, paths=paths, expanded=expanded)
        for name, (paths, expanded) in groups.items()
    ]


def _of_teams(path: str) -> dict[str, Any]:
    """How a field is colored."""
    # The App matches "None" with labels that have no team.
    colors = {**TEAM_COLORS, "None": OTHER_COLOR}
    values = [{"value": team, "color": color} for team, color in colors.items()]
    return {"path": path, "colorByAttribute": "team", "valueColors": values}
