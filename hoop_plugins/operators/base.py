"""What all operators share: configuration, form, call from a script, progress, errors."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.data.options import option_of
from hoop_plugins.errors import HoopError, ProfileError
from hoop_plugins.operators.inputs import ask, filled, find_input
from hoop_plugins.operators.run_card import (
    Action,
    Ending,
    show_ending,
    show_progress,
    stoppable,
)

if TYPE_CHECKING:
    from hoop_plugins.profiles import Profile

PLUGIN = "@hoop/hoop_plugins"

DELEGATED = {"allow_immediate_execution": True, "allow_delegated_execution": True}

UPDATE_SECONDS = 0.3
"""Between two messages to the App; it draws each of them."""


class HoopOperator(foo.Operator):
    """An operator with a form that refuses in one line what cannot work.

    Attributes:
        operator_name: The operator's name.
        title: Its label, and the title of its form.
        explanation: What it does. The App sorts its list of operators by the first letter of this.
        icon: The name of one of Google's Material icons, which the App brings.
        target: What is done to the view that the form lets people choose, as "Run on"; empty where
            there is no choice.
        required: Names of the parameters that a call may give by place.
        modes: More of FiftyOne's configuration: how it can be run.
        use_case: What it starts: a function, whose parameters are those of the form.
        form: The parameters that are asked for, in order: what
            :func:`~hoop_plugins.operators.inputs.ask` is told about each besides, or a function of
            the context that says it, ``None`` where the input is left out.
    """

    operator_name: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str]
    icon: ClassVar[str] = "extension"
    target: ClassVar[str] = ""
    required: ClassVar[tuple[str, ...]] = ()
    modes: ClassVar[Mapping[str, bool]] = {}
    use_case: ClassVar[Any]
    form: ClassVar[Mapping[str, Any]] = {}

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name=self.operator_name,
            label=f"Hoop: {self.title}",
            description=self.explanation,
            icon=self.icon,
            dynamic=True,
            **self.modes,
        )

    def __call__(self, view: Any, *values: Any, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: A dataset or view.
            *values: The parameters that :attr:`required` names, in that order.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        params |= zip(self.required, values, strict=False)
        return foo.execute_operator(
            self.uri, view=view.view(), params=params, request_delegation=delegate
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        inputs = types.Object()
        try:
            if ctx.dataset is None:
                raise HoopError("no dataset is open: open one first")
            if self.target:
                inputs.view_target(ctx, action_description=self.target)
            self.fill(inputs, ctx)
            self.check(ctx)
        except HoopError as error:
            refusal = find_input(inputs, error.about)
            if refusal is None:
                refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        about = self.about(ctx)
        return types.Property(inputs, view=types.View(label=self.title, description=about))

    def about(self, ctx: Any) -> str:
        """What the form says above its inputs."""
        return self.explanation

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Adds the form's inputs.

        Raises:
            HoopError: If there is no form for what is given.
        """
        for name, about in self.form.items():
            told = about(ctx) if callable(about) else about
            if told is not None:
                ask(inputs, option_of(self.use_case, name), **told)

    def given(self, ctx: Any) -> dict[str, Any]:
        """What the form says, as the use case takes it; what is empty is left out."""
        return filled([option_of(self.use_case, name) for name in self.form], ctx.params)

    def check(self, ctx: Any) -> None:
        """Looks at what is given.

        Raises:
            HoopError: If it cannot work.
        """


class LongOperator(HoopOperator):
    """An operator that shows its progress, can be delegated, and can be stopped.

    The App stays free: a card shows how it stands, see :mod:`hoop_plugins.operators.run_card`.
    """

    modes: ClassVar = {"execute_as_generator": True, **DELEGATED}

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Starts the use case with what the form says; see :class:`~hoop_plugins.api.use_case`.

        Raises:
            HoopError: If it cannot work; nothing has been changed then.
        """
        steps: Generator[Any, None, Any] = self.use_case.steps(ctx.target_view(), **self.given(ctx))
        return steps

    def check(self, ctx: Any) -> None:
        """Refuses what the use case refuses."""
        self.start(ctx).close()

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``; what is done when it is stopped, is kept.

        Yields:
            What the App must hear of, as often as people can see it.
        """
        messages: dict[str, None] = {}
        result: list[Any] = []

        def work() -> Generator[Any, None, None]:
            result.append((yield from self.start(ctx)))

        last, step = 0.0, None
        with stoppable(ctx) as stop, closing(work()) as steps:
            for step in steps:
                if message := getattr(step, "message", ""):
                    messages[message] = None
                now = time.monotonic()
                if stop.is_set():
                    break
                if step.fraction < 1 and now - last < UPDATE_SECONDS:
                    continue
                last = now
                if ctx.delegated:
                    ctx.set_progress(progress=step.fraction, label=step.text)
                else:
                    yield show_progress(ctx, self, step)
        if ctx.delegated:
            return
        if not result:
            yield show_ending(ctx, self, self._stopped(ctx, step))
            yield show_changes(ctx)
            return
        yield show_ending(ctx, self, self.ending(ctx, result[0]))
        yield from self.finish(ctx, result[0], messages)

    def _stopped(self, ctx: Any, step: Any) -> Ending:
        lines = [f"Stopped: {step.text}", "What is done is kept: run it again to go on."]
        return Ending(lines, [Action("Go on", self.uri, dict(ctx.params), prompt=True)])

    def ending(self, ctx: Any, result: Any) -> Ending | None:
        """What the card shows once all is done; ``None`` where it goes then.

        Args:
            ctx: The operator's ``ExecutionContext``.
            result: What the use case returned.
        """

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Shows in the App what has been done.

        Args:
            ctx: The operator's ``ExecutionContext``.
            result: What the use case returned.
            messages: What it told people on the way.

        Yields:
            What the App must hear of.
        """
        yield show_changes(ctx, self.written(ctx, result))
        yield ctx.ops.notify("; ".join([self.summary(result), *messages]), variant="success")

    def written(self, ctx: Any, result: Any) -> list[str]:
        """The label fields that the App must draw now, as "frames.players"."""
        return []

    def summary(self, result: Any) -> str:
        """What has been done, in one line."""
        return f"{self.title}: done"


def telling(kind: type[foo.Operator]) -> type[foo.Operator]:
    """The operator, which says in the App in one line why it fails: FiftyOne leaves that out.

    Args:
        kind: Any operator, ours or another package's.
    """
    if inspect.iscoroutinefunction(kind.execute) or inspect.isasyncgenfunction(kind.execute):
        return kind

    @functools.wraps(kind.execute)
    def execute(self: foo.Operator, ctx: Any) -> Any:
        try:
            result = kind.execute(self, ctx)
        except Exception as error:
            _tell(ctx, error)
            raise
        steps: Any = result
        return _told(ctx, self, steps) if inspect.isgenerator(result) else result

    about = {"execute": execute, "__doc__": kind.__doc__, "__module__": kind.__module__}
    return type(kind.__name__, (kind,), about)


def _told(ctx: Any, operator: foo.Operator, steps: Generator[Any, None, Any]) -> Iterator[Any]:
    try:
        yield from steps
    except Exception as error:
        if not ctx.delegated:
            yield show_ending(ctx, operator, None)
        yield _tell(ctx, error)
        raise


def _tell(ctx: Any, error: Exception) -> Any:
    """Says in one line what went wrong; returns what a generator must yield."""
    line = str(error)
    if not isinstance(error, HoopError):
        reason = (line.strip() or "no reason given").splitlines()[0]
        line = f"{type(error).__name__}: {reason}; the terminal that runs the App says where"
    return None if ctx.delegated else ctx.ops.notify(line, variant="error")


def show_changes(ctx: Any, paths: Sequence[str] = ()) -> Any:
    """Lets the App load the dataset again, its colors, and the labels of a video that is open.

    FiftyOne's ``reload_dataset`` leaves an open video with the labels that it has, and the page
    with the colors that it was opened with.

    Args:
        ctx: The operator's ``ExecutionContext``.
        paths: Label fields that are drawn then, besides those that are drawn already.

    Returns:
        What a generator must yield, so that the App hears of it.
    """
    return ctx.trigger(f"{PLUGIN}/show_changes", {"paths": list(paths)})


def shown_profile(ctx: Any) -> Profile:
    """The chosen profile, or "pretrained" while nobody knows the one that is typed: for forms."""
    from hoop_plugins import profiles

    try:
        return chosen_profile(ctx)
    except ProfileError:
        return profiles.load_profile()


def chosen_profile(ctx: Any) -> Profile:
    """The profile that the form says, or the dataset, or "pretrained"."""
    from hoop_plugins import profiles

    known = profiles.remembered(ctx.dataset) if ctx.dataset else "pretrained"
    return profiles.load_profile(ctx.params.get("profile") or known)
