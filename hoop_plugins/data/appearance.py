"""How the App shows what the stages wrote: players in the colors of their teams."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from hoop_plugins.data.fields import Fields

TEAM_COLORS = {"dark": "#0072b2", "light": "#d55e00"}
"""Of Okabe and Ito's palette, which people with any color vision can tell apart."""

OTHER_COLOR = "#6c757d"
"""Of referees, and of players whose team is not known yet."""


def show_teams(dataset: fo.Dataset, names: Fields | None = None) -> None:
    """Makes the App color players and tracks by team, and show the players at first, before there
    are any the detections, and the patches in views of patches: there, frame fields have names
    without "frames.".

    What a person has chosen for the dataset already is kept.

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
    before_tracking = [names.path("detections")]
    if config.active_fields is None or config.active_fields.paths == before_tracking:
        tracked = dataset.has_frame_field(names.players)
        paths = [players, names.players, names.numbers] if tracked else before_tracking
        config.active_fields = fo.ActiveFields(paths=paths)
    dataset.save()


def _of_teams(path: str) -> dict[str, Any]:
    """How a field is colored."""
    # The App matches "None" with labels that have no team.
    colors = {**TEAM_COLORS, "None": OTHER_COLOR}
    values = [{"value": team, "color": color} for team, color in colors.items()]
    return {"path": path, "colorByAttribute": "team", "valueColors": values}
