"""JSON as other programs write it: what cannot be read is named in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from hoop_plugins.data.text_file import read_text
from hoop_plugins.errors import HoopError

Id = Annotated[int | str, Field(union_mode="left_to_right")]
"""A whole number, which may be written as text, or text."""

Number = Annotated[float, Strict()]
"""A number that is not written as text; NaN and infinite ones are numbers here."""


class Shape(BaseModel):
    """What a JSON file has to look like. What is not described may be there too.

    Attributes:
        kind: What a file of this shape is called.
    """

    model_config = ConfigDict(extra="allow")
    kind: ClassVar[str] = ""


AnyShape = TypeVar("AnyShape", bound=Shape)


def read_json(path: Path, shape: type[AnyShape]) -> AnyShape:
    """Reads a JSON file of some shape.

    Raises:
        HoopError: If it is no JSON, or has another shape: with the entry and the value.
    """
    return parse_json(read_text(path), shape, str(path))


def parse_json(text: str, shape: type[AnyShape], place: str) -> AnyShape:
    """Reads JSON of some shape; ``place`` says in messages where it stands."""
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
    if wrong["type"] == "json_invalid":
        raise HoopError(f"{place} is no JSON: {wrong['ctx']['error']}: export it again")
    where = [part for part in wrong["loc"] if part not in ("int", "str")]
    if len(where) < 2 or not isinstance(where[1], int):
        named = f"{where[0]}: " if where else ""
        raise HoopError(f"{place} is not {shape.kind}: {named}{_problem(wrong)}")
    entry = json.loads(text)[where[0]][where[1]]
    name = entry.get("id") if isinstance(entry, dict) else None
    name = where[1] + 1 if name is None else name
    singular = str(where[0]).replace("ies", "ys").removesuffix("s")
    inner = ".".join(map(str, where[2:]))
    raise HoopError(f"{place}, {singular} {name}: {inner + ': ' if inner else ''}{_problem(wrong)}")


def _problem(wrong: Any) -> str:
    if wrong["type"] == "missing":
        return "this is missing"
    return f"{shown(wrong['input'])} is wrong: {wrong['msg'].replace('Input should', 'it should')}"


def shown(value: Any) -> str:
    """A value as JSON has it, for messages: the beginning where it is long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"
