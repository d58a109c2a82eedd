"""A run over a dataset in a process of its own: it can be stopped and killed.

    python interrupted_run.py DATASET [--fresh] [--largest-file BYTES]

It prints a line a step of progress.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Iterator

import fiftyone as fo
from by_rule import Networks

from hoop_plugins import HoopError, plugins, profiles
from hoop_plugins.specs import Role
from hoop_plugins.stages import detect, pair, track
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

JOB = ("detect", "shots", "track", "teams", "pair", "read", "link", "validate")


def run(dataset: fo.Dataset, fresh: bool) -> Iterator[Progress]:
    """The whole job by networks by rule, with several crops a track."""
    profile = profiles.load_profile("sample").with_models(
        **{role.value: "by-rule" for role in Role}
    )
    profile = profile.with_settings("read", batch=4, interval=2)
    profile = profile.with_settings("teams", stride=3)
    return run_stages(dataset, build_stages(profile, JOB, "cpu"), fresh=fresh)


def main() -> None:
    """Runs; what goes wrong is one line, as on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--largest-file", type=int)
    given = parser.parse_args()
    if given.largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (given.largest_file, resource.RLIM_INFINITY))
    for module in (detect, track, pair):
        module.CHUNK = 5
    plugins.manager().register(Networks())
    try:
        for step in run(fo.load_dataset(given.dataset), given.fresh):
            print(step.text, flush=True)
    except HoopError as error:
        print(f"refused: {error}", flush=True)


if __name__ == "__main__":
    main()
