"""Labels that people have already, read and written: a module a file format.

A format that another package brings is a :class:`~hoop_plugins.specs.FormatSpec`; what its
functions give and take is in :mod:`hoop_plugins.formats.boxes`, and
:class:`~hoop_plugins.formats.names.ClassNames` translates its class names.
"""

from __future__ import annotations

from collections.abc import Callable

from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import FormatSpec


@hookimpl
def register_formats(register: Callable[[FormatSpec], None]) -> None:
    """Registers the formats that people have."""
    from hoop_plugins.formats import coco, cvat, mot, soccernet

    register(
        FormatSpec(
            "mot", "MOTChallenge text", (".txt",), read=mot.read, write=mot.write, find=mot.find
        )
    )
    # Before COCO, which is recognized by less of the name.
    register(
        FormatSpec(
            "soccernet",
            "SoccerNet game state",
            (soccernet.FILE,),
            read=soccernet.read,
            write=soccernet.write,
            find=soccernet.find,
        )
    )
    register(
        FormatSpec("coco", "COCO", (".json",), read=coco.read, write=coco.write, find=coco.find)
    )
    register(FormatSpec("cvat", "CVAT for video 1.1", (".xml",), read=cvat.read, write=cvat.write))
