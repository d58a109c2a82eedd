"""The operator that tells teams apart."""

from __future__ import annotations

from hoop_plugins.operators.stage_operator import StageOperator


class ClusterTeams(StageOperator):
    """Runs the stage ``teams``."""

    operator_name = "cluster_teams"
    title = "tell the teams apart"
    explanation = (
        "Clusters crops of the jerseys into two teams and writes the team of every track "
        "into frames.players and tracks."
    )
    stages = ("teams",)
