"""Reads frame labels: ``sv.Detections`` out of what MongoDB keeps, as a view shows it.

Reading goes through a database cursor, so a video of any length is read in constant memory.
FiftyOne's own ways do not (views break on samples of many thousand frames).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from typing import Any

import supervision as sv

from hoop_plugins.data.classes import remembered
from hoop_plugins.data.fields import BUILT_IN
from hoop_plugins.data.label_codec import LABEL_ATTRIBUTES, from_documents
from hoop_plugins.data.label_queries import PAGE, LabelQueries
from hoop_plugins.data.vocabulary import STORED_SPELLINGS, Vocabulary
from hoop_plugins.errors import HoopError, MissingFieldError

OF_ANYBODY = frozenset(spec.role for spec in BUILT_IN if spec.level == "frame")
"""The roles whose fields people may have from elsewhere, with class names of their own."""


class LabelReader(LabelQueries):
    """The frame labels of one video sample, to be read; made as :class:`LabelQueries` is."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What labels are read with that other people wrote; they stay as they are."""
        return Vocabulary({**remembered(self.dataset), **self.names.classes})

    def read(
        self,
        role: str,
        first: int = 1,
        last: int | None = None,
        masks: bool | Container[int] = True,
        without: Sequence[str] = (),
    ) -> Iterator[tuple[int, sv.Detections]]:
        """Reads frame labels in order of frame, one frame in memory at a time.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`: "detections", "players", …
            first: First frame, from 1.
            last: Last frame, inclusive, or ``None`` for all.
            masks: Whether masks are decoded, or the frames in which they are.
            without: Attributes that are not wanted; decoding arrays takes long.

        Yields:
            Frame number, and detections: ``xyxy`` in pixels, ``mask`` (``sv.CompactMask`` or
            ``None``), ``confidence`` (NaN where absent), ``tracker_id`` (-1 where absent),
            ``data["class_name"]`` (ours, where the vocabulary knows it; "" where it is left out)
            and one object array an attribute of the role, ``None`` where absent. Frames that were
            never labeled are left out; one that shows nothing is empty.

        Raises:
            MissingFieldError: If the dataset has no such field.
        """
        if not self.has(role):
            raise MissingFieldError(
                f"dataset {self.dataset.name!r} has no frame field {getattr(self.names, role)!r}; "
                "run the stage that writes it first"
            )
        for number, (found,) in self.join([role], first, last, masks, without):
            yield number, found

    def join(
        self,
        roles: Sequence[str],
        first: int = 1,
        last: int | None = None,
        masks: bool | Container[int] = True,
        without: Sequence[str] = (),
        former: bool = False,
    ) -> Iterator[tuple[int, list[sv.Detections]]]:
        """Reads several fields together, otherwise as :meth:`read`.

        Args:
            roles: Attributes of :class:`~hoop_plugins.data.fields.Fields`. Frames in which the
                first one's field was never labeled are left out; in the others' nothing is
                found then.
            first: First frame, from 1.
            last: Last frame, inclusive, or ``None`` for all.
            masks: Whether masks are decoded, or the frames in which they are.
            without: Attributes that are not wanted; decoding arrays takes long.
            former: Whether players and numbers are read as ``keep_former`` kept them, where it did.

        Yields:
            Frame number, and detections of each role.
        """
        fields = {role: getattr(self.names, role) for role in roles}
        attributes = {
            role: tuple(name for name in self.names.attributes(role) if name not in without)
            for role in roles
        }
        masked = ("mask", "mask_path") if masks is not False else ()
        others = [name for names in STORED_SPELLINGS.values() for name in names]
        wanted = {
            f"{field}.detections.{name}": 1
            for role, field in fields.items()
            for name in (*LABEL_ATTRIBUTES, *attributes[role], *masked, *others)
        }
        labeled = {fields[roles[0]]: {"$ne": None}}
        end = self.frame_count if last is None else last
        # In pages: one cursor over a long video would time out while a slow network works.
        for start in range(first, end + 1, PAGE):
            steps: list[dict[str, Any]] = [
                {"$match": labeled},
                {"$project": {"frame_number": 1, **wanted}},
            ]
            page = self._aggregate(steps, start, min(end, start + PAGE - 1), former)
            for document in list(page):
                number = document["frame_number"]
                try:
                    detections = [
                        from_documents(
                            (document.get(field) or {}).get("detections") or [],
                            self.size,
                            attributes[role],
                            self.vocabulary if role in OF_ANYBODY else None,
                            masks if isinstance(masks, bool) else number in masks,
                        )
                        for role, field in fields.items()
                    ]
                except HoopError as error:
                    raise HoopError(f"{self.name}, frame {number}: {error}") from error
                yield number, detections
