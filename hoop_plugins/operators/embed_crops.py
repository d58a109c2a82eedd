"""The operator that lays crops of players or numbers out in the Embeddings panel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError

if TYPE_CHECKING:
    from hoop_plugins.profiles import Profile

ROLES = {"players": "players, as teams are told apart", "numbers": "numbers, as they are read"}


class EmbedCrops(foo.Operator):
    """Embeds crops of the target view's videos.

    Its parameters, all optional: ``role`` ("players" or "numbers"), ``profile``, ``interval`` in
    seconds, and ``device``.
    """

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="embed_crops",
            label="Hoop: embed crops",
            description="Crops that look alike lie together in the Embeddings panel: colour them "
            "by team or number, and see who lies with the wrong ones.",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def __call__(self, view: Any, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: A video dataset or view.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(
            self.uri, view=view.view(), params=params, request_delegation=delegate
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        from hoop_plugins import profiles
        from hoop_plugins.mining.views import check_videos

        inputs = types.Object()
        inputs.view_target(ctx, action_description="Take crops from")
        try:
            check_videos(ctx.target_view())
            roles = types.RadioGroup()
            for role, label in ROLES.items():
                roles.add_choice(role, label=label)
            inputs.enum("role", roles.values(), default="players", view=roles, label="Crops")
            known = types.AutocompleteView(allow_user_input=True)
            for name in profiles.names():
                known.add_choice(name, label=name)
            inputs.str(
                "profile",
                default=_profile(ctx).name,
                view=known,
                label="Profile",
                description="Whose embedder is used.",
            )
            inputs.float(
                "interval",
                default=1.0,
                label="Interval",
                description="Seconds between two crops of a player.",
            )
            inputs.str("device", default="auto", label="Device")
        except HoopError as error:
            refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        return types.Property(inputs, view=types.View(label="Embed crops"))

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``."""
        from hoop_plugins.mining.crops import KINDS, crops_name, embed_crops
        from hoop_plugins.models.device import resolve_device

        role = ctx.params.get("role") or "players"
        steps = embed_crops(
            ctx.target_view(),
            role,
            _profile(ctx),
            interval=float(ctx.params.get("interval") or 1.0),
            device=resolve_device(ctx.params.get("device") or "auto"),
        )
        for done, total in steps:
            progress, label = done / max(1, total), f"crop {done} of {total}"
            if ctx.delegated:
                ctx.set_progress(progress=progress, label=label)
            else:
                yield ctx.ops.set_progress(progress=progress, label=label)
        if not ctx.delegated:
            yield ctx.ops.open_dataset(crops_name(ctx.dataset, role))
            yield ctx.ops.notify(
                f"Open the Embeddings panel, and choose {KINDS[role].key}", variant="success"
            )


def _profile(ctx: Any) -> Profile:
    from hoop_plugins import profiles

    info = ctx.dataset.info if ctx.dataset else {}
    return profiles.load_profile(ctx.params.get("profile") or info.get("profile", "pretrained"))
