"""``hoop demo``: everything, afresh, on the sample game."""

from __future__ import annotations

from typing import Annotated

import typer

from hoop_plugins.cli.terminal import Device, StageBars, console


def demo(
    no_app: Annotated[bool, typer.Option("--no-app", help="End after the tables.")] = False,
    dataset: Annotated[str, typer.Option(help="The dataset to make.")] = "hoop-sample",
    device: Device = "auto",
) -> None:
    """Run everything, afresh, on the sample game, and open the App on the result."""
    import fiftyone as fo

    from hoop_plugins import Fields, evaluate, recognize
    from hoop_plugins.cli.app import install_plugin, launch
    from hoop_plugins.cli.tables import print_roster, report_table
    from hoop_plugins.data.folders import files_in
    from hoop_plugins.sample.loading import load_sample
    from hoop_plugins.sample.weights import sample_data

    console.print(
        "The sample game is rendered, and its small networks know that world only. "
        "For real footage use real weights: see the README."
    )
    install_plugin()
    clips = [str(path.absolute()) for path in files_in(sample_data(), "clips/*.mp4")]
    # Whatever else is in the dataset, as clips of an older clone, is left alone.
    view = load_sample(dataset).match(fo.ViewField("filepath").is_in(clips))
    with StageBars(console) as bars:
        recognize(view, "sample", device=device, fresh=True, progress=bars.show)
    print_roster(console, view, Fields())
    console.print(report_table(evaluate(view)))
    if no_app:
        console.print(f"Look at it: hoop app {dataset}")
    else:
        launch(dataset)
