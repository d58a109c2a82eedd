"""How fast everything is, beside the ways of others and beside what bounds it: `make bench`.

A module a subject; each yields :class:`~speed.harness.Row`, of which the harness runs all ways by
turns, so that a machine that is busy now and then is so for all of them. What runs takes its input
from :mod:`speed.clip`: the sample clip and its ground truth.
"""
