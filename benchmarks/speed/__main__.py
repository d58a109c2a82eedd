"""Measures everything, or some subjects, and prints a table.

make bench [JSON=FILE]          all subjects; make bench-long: those that take longer
PYTHONPATH=benchmarks python -m speed masks labels [--rounds 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import warnings
from pathlib import Path

import torch

from speed.harness import as_json, machine, measure, table

HOST = ("starting", "masks", "labels")
"""Subjects without networks."""

SUBJECTS = (*HOST, "detecting", "following", "reading", "whole")
LONG = ("following", "whole")
"""Subjects with rows that take longer."""


def main() -> None:
    """Runs the subjects that are named, first on the CPU, then on the GPU if there is one."""
    parser = argparse.ArgumentParser(prog="speed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("subjects", nargs="*", help=f"of {', '.join(SUBJECTS)}; all by default")
    parser.add_argument("--long", action="store_true", help="the rows that take longer, alone")
    parser.add_argument("--rounds", type=int, help="how often each way is run")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    if unknown := {*options.subjects} - {*SUBJECTS}:
        parser.error(f"no subject {', '.join(unknown)}; known: {', '.join(SUBJECTS)}")
    warnings.filterwarnings("ignore")
    where = machine()
    measured = []
    for name in options.subjects or (LONG if options.long else SUBJECTS):
        subject = importlib.import_module(f"speed.{name}")
        devices = ["cpu"]
        if torch.cuda.is_available() and name not in HOST:
            devices.append("cuda:0")
        for device in devices:
            for row in (subject.long_rows if options.long else subject.rows)(device):
                print(f"{row.name} ({device}) ...", file=sys.stderr, flush=True)
                measured.append(measure(row, device, options.rounds))
                if options.json:
                    figures = {"machine": where, "rows": as_json(measured)}
                    options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(table(measured))


if __name__ == "__main__":
    main()
