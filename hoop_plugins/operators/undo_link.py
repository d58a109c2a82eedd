"""The operator that undoes a join or a split of the identity timeline."""

from __future__ import annotations

from typing import Any, ClassVar

from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.data.options import Option
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import HoopOperator
from hoop_plugins.operators.correct_track import field_names, show_corrected
from hoop_plugins.operators.inputs import ask

APART, TOGETHER = "apart", "together"


class UndoLink(HoopOperator):
    """Undoes a join or a split, as the identity timeline shows them.

    Its parameters: ``sample_id``, ``index`` (the person) and ``frame``, where it is; and
    ``answer``: "apart" for somebody else than before, "together" for who the track was before, or
    the key of a correction to take back.
    """

    operator_name = "undo_link"
    title = "undo a join or a split"
    icon = "link_off"
    modes: ClassVar = {"unlisted": True}
    explanation = "Says who is the same person, and who is not; the game is linked again with it."

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """What is known of it, and what can be said."""
        found = _find(ctx)
        inputs.view("about", types.Notice(label=found.about))
        option = Option("answer", "str", next(iter(found.answers)), "")
        ask(inputs, option, choices=found.answers, label="What is right?")

    def execute(self, ctx: Any) -> dict[str, Any]:
        """Says it, and links the game again."""
        found, names = _find(ctx), field_names(ctx)
        answer = ctx.params.get("answer") or next(iter(found.answers))
        where: dict[str, Any] = {"sample": found.sample_id, "fields": names}
        if answer == APART:
            problems = api.correct(ctx.dataset, found.index, other_from=found.frame, **where)
        elif answer == TOGETHER:
            who: Any = {"frame": found.frame, "same_as": found.split}
            problems = api.correct(ctx.dataset, found.index, **who, **where)
        else:
            problems = api.undo(ctx.dataset, [answer], fields=names)
        show_corrected(ctx, "linked again", problems)
        return {"problems": problems}


def _find(ctx: Any) -> api.LinkAnswers:
    where = {name: ctx.params.get(name) for name in ("sample_id", "index", "frame")}
    if None in where.values():
        raise HoopError("which join or split? click one in the Identity timeline")
    return api.link_answers(ctx.dataset, **where, fields=field_names(ctx))
