"""What SAM2 sees of people in a frame, and what it remembers of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch

from hoop_plugins.compat.sam2 import Heads


@dataclass
class Memory:
    """What is remembered of N objects in one frame.

    Attributes:
        features: ``(N, cells, memory width)``, or ``None`` once only pointers are needed.
        pointers: ``(N, width)``.
        known: bool ``(N,)``: whether the object was followed in that frame.
    """

    features: torch.Tensor | None
    pointers: torch.Tensor
    known: torch.Tensor

    def each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Memory:
        """Returns the memory with every tensor changed."""
        features = None if self.features is None else change(self.features)
        return Memory(features, change(self.pointers), change(self.known))

    def rows(self, index: torch.Tensor) -> Memory:
        """Returns the memory of the objects at ``index``; -1 stands for a new object."""
        found = self.each(lambda part: part[index.clamp(min=0)])
        found.known = found.known & (index >= 0)
        return found

    def joined(self, other: Memory) -> Memory:
        """Returns both memories' objects, these first; both have features."""
        parts = zip(vars(self).values(), vars(other).values(), strict=True)
        return Memory(*(torch.cat(pair) for pair in parts))


class Sight(NamedTuple):
    """What is seen of N objects in the present frame, before it is encoded as what is remembered.

    Attributes:
        shapes: Logits ``(N, 1, S, S)``.
        visible: ``(N, 1)``, logit of the object being visible.
        pointers: ``(N, width)``.
    """

    shapes: torch.Tensor
    visible: torch.Tensor
    pointers: torch.Tensor

    @classmethod
    def of(cls, heads: Heads) -> Sight:
        """Takes from what the network's heads say what is needed later."""
        return cls(heads.logits_large, heads.visible, heads.pointers)

    def rows(self, index: torch.Tensor | slice) -> Sight:
        """Returns what is seen of the objects at ``index``."""
        return Sight(*(part[index] for part in self))

    def joined(self, other: Sight) -> Sight:
        """Returns both sights' objects, these first."""
        return Sight(*(torch.cat(pair) for pair in zip(self, other, strict=True)))
