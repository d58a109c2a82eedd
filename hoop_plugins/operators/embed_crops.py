"""The operator that lays crops of players or numbers out in the Embeddings panel."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any

from fiftyone.operators import types

from hoop_plugins.operators.base import LongOperator, chosen_profile
from hoop_plugins.operators.inputs import choose_device, choose_profile

ROLES = {"players": "players, as teams are told apart", "numbers": "numbers, as they are read"}


class EmbedCrops(LongOperator):
    """Embeds crops of the target view's videos.

    Its parameters, all optional: ``role`` ("players" or "numbers"), ``profile``, ``interval`` in
    seconds, and ``device``.
    """

    operator_name = "embed_crops"
    title = "embed crops"
    explanation = (
        "Crops that look alike lie together in the Embeddings panel: color them by team or "
        "number, and see who lies with the wrong ones."
    )
    target = "Take crops from"

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Which crops, whose embedder, and how many."""
        roles = types.RadioGroup()
        for role, label in ROLES.items():
            roles.add_choice(role, label=label)
        inputs.enum("role", roles.values(), default="players", view=roles, label="Crops")
        choose_profile(inputs, chosen_profile(ctx), "Whose embedder is used.")
        inputs.float(
            "interval",
            default=1.0,
            label="Interval",
            description="Seconds between two crops of a player.",
        )
        choose_device(inputs)

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Embeds."""
        from hoop_plugins.api import embed

        return embed.steps(
            ctx.target_view(),
            ctx.params.get("role") or "players",
            chosen_profile(ctx),
            interval=float(ctx.params.get("interval") or 1.0),
            device=ctx.params.get("device") or "auto",
        )

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Opens the dataset of the crops."""
        yield ctx.ops.open_dataset(result.dataset)
        yield ctx.ops.notify(
            f"Open the Embeddings panel, and choose {result.brain_key}", variant="success"
        )
