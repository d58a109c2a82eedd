"""JSON Lines of number crops, image, prefix and suffix: what a reader is trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hoop_plugins.data.image import image_size
from hoop_plugins.data.text_file import read_text
from hoop_plugins.data.vocabulary import NO_NUMBER, NONE, NUMBERS, PROMPT, jersey_number
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.reading import Shape, parse_json

ANNOTATIONS = "annotations.jsonl"
"""Beside the crops, as Roboflow exports it."""


class AnnotationError(HoopError):
    """A line of a training file that cannot be used."""


@dataclass(frozen=True)
class Example:
    """One crop.

    Attributes:
        image: The file.
        answer: A number of ``NUMBERS``, or "none".
    """

    image: Path
    answer: str

    @property
    def index(self) -> int:
        """Place of the answer in a reader's distribution."""
        return NO_NUMBER if self.answer == NONE else NUMBERS.index(self.answer)


def read_examples(path: str | Path, prompt: str | None) -> list[Example]:
    """Reads JSON Lines of ``{"image": …, "prefix": …, "suffix": …}``.

    Image paths are relative to the file. The suffix is a number as a string ("0" is not "00"), or
    "none" or "" where there is nothing to read. The prefix may be left out; where no prompt is
    given, it may be any.

    Raises:
        AnnotationError: Naming file and line, if a row is malformed, its suffix is no jersey
            number, its prefix is not the prompt, or its image does not open.
    """
    path = Path(path)
    try:
        # Not splitlines: texts in JSON may hold what Unicode calls a line separator.
        lines = read_text(path).split("\n")
    except HoopError as error:
        raise AnnotationError(str(error)) from None
    examples = []
    for number, line in enumerate(lines, 1):
        try:
            examples += [_example(line, path.parent, prompt)] if line.strip() else []
        except HoopError as error:
            raise AnnotationError(f"{path}:{number}: {error}") from None
    if not examples:
        raise AnnotationError(f"{path} has no rows: give one JSON object a line")
    return examples


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Writes what :func:`read_examples` reads; images are named relative to the file's folder."""
    rows = [
        {"image": str(e.image.relative_to(path.parent)), "prefix": PROMPT, "suffix": e.answer}
        for e in examples
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


class _Row(Shape):
    kind: ClassVar[str] = "a row of image, prefix and suffix"
    image: str
    suffix: Any
    prefix: str | None = None


def _example(line: str, folder: Path, prompt: str | None) -> Example:
    row = parse_json(line, _Row, "this")
    if prompt is not None and row.prefix not in (None, prompt):
        raise HoopError(f"prefix {row.prefix!r} is not the reader's prompt {prompt!r}")
    try:
        answer = jersey_number(row.suffix) or NONE
    except ValueError as error:
        raise HoopError(f"suffix {error}, or {NONE}") from None
    image = folder / row.image
    image_size(image)
    return Example(image, answer)
