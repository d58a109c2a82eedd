"""What classes are called in a dataset, beside what everybody calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import fiftyone as fo
from fiftyone import ViewExpression
from fiftyone import ViewField as F

from hoop_plugins.data.vocabulary import PLAYER_ACTIONS, Vocabulary, listed, naming, read_classes

if TYPE_CHECKING:
    from hoop_plugins.data.label_store import LabelStore

CLASSES_KEY = "hoop_classes"
"""In ``dataset.info``: our names for the classes of the dataset's labels, as people gave them."""


def remembered(dataset: fo.Dataset) -> dict[str, str]:
    """Our names, by theirs, that people gave for the classes of a dataset's labels."""
    where = f"dataset.info[{CLASSES_KEY!r}] of {dataset.name!r}"
    return read_classes(dataset.info.get(CLASSES_KEY), where)


def remember(dataset: fo.Dataset, classes: Mapping[str, str]) -> None:
    """Keeps such names with the dataset, for everything that reads its labels later."""
    known = remembered(dataset)
    if not classes.items() <= known.items():
        dataset.info[CLASSES_KEY] = {**known, **classes}
        dataset.save()


def labeled(label: str, classes: Mapping[str, str]) -> ViewExpression:
    """What holds for labels of one of our classes, whatever they are called in the database.

    Args:
        label: "player", whatever he does, or another class.
        classes: Our names by others', besides those that everybody uses.
    """
    table = Vocabulary(classes).table
    family = PLAYER_ACTIONS if label == "player" else (label,)
    name = F("label").lower()
    for mark in " -_.":
        name = name.replace(mark, "")
    found = name.is_in([spelling for spelling, ours in table.items() if ours in family])
    if label != "player":
        return found
    others = [spelling for spelling, ours in table.items() if ours not in family]
    return found | (name.starts_with("player") & ~name.is_in(others))


def lacking(store: LabelStore, role: str, label: str) -> str:
    """Why no label in a field is of a class, in one line; see :func:`missing`."""
    field = f"frames.{getattr(store.names, role)}"
    return missing(label, field, store.count_labels(role), store.vocabulary)


def missing(
    label: str, field: str, counts: Mapping[str, int], vocabulary: Vocabulary | None = None
) -> str:
    """Says that a class is missing where others are that nobody knows.

    Args:
        label: "player", whatever he does, or another class.
        field: Where it is missing.
        counts: What there is instead: how often, by name.
        vocabulary: What the names have to be read with, where they were not yet.

    Returns:
        One line that says how to name them; empty where the class is there, or all are known.
    """
    family = PLAYER_ACTIONS if label == "player" else (label,)
    unknown = _unknown(counts, vocabulary)
    if not unknown or any((vocabulary or Vocabulary()).label(name) in family for name in counts):
        return ""
    return f"{field} has no {label}: it has {_listed(counts)}; name them with {naming(unknown)}"


def unknown_classes(
    where: str, counts: Mapping[str, int], vocabulary: Vocabulary | None = None
) -> str:
    """Says in one line which classes nobody knows, and how to name them; empty without any.

    Args:
        where: Where they are.
        counts: How often, by name.
        vocabulary: What the names have to be read with, where they were not yet.
    """
    if not (unknown := _unknown(counts, vocabulary)):
        return ""
    names = f"{where} has classes that are not known here and not used: {_listed(unknown)}"
    return f"{names}; name them with {naming(unknown)}"


def _unknown(counts: Mapping[str, int], vocabulary: Vocabulary | None = None) -> dict[str, int]:
    known = vocabulary or Vocabulary()
    return {name: n for name, n in counts.items() if name and known.understand(name) is None}


def _listed(counts: Mapping[str, int]) -> str:
    return listed([f"{name} {count}" for name, count in counts.items() if name])
