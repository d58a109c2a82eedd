"""What compat/typer.py relies on."""

from typing import Annotated

import typer
from relied_on import require
from typer.testing import CliRunner

from hoop_plugins.compat.typer import keep_argument_help


def test_the_help_of_an_argument_is_shown_once():
    require("typer", typer.core, "TyperArgument")
    keep_argument_help()
    made = typer.core.TyperArgument.__init__
    keep_argument_help()
    assert typer.core.TyperArgument.__init__ is made
    app = typer.Typer()

    @app.command()
    def greet(name: Annotated[str, typer.Argument(help="Who is greeted.")] = "Ada") -> None:
        print(name)

    shown = CliRunner().invoke(app, ["--help"]).output
    assert shown.count("Who is greeted.") == 1, (
        f"typer {typer.__version__} shows it otherwise: adapt hoop_plugins/compat/typer.py"
    )
    assert CliRunner().invoke(app, ["Bo"]).output == "Bo\n"
