"""A database, folders and videos of the tests' own: nothing of the user's is touched."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pymongo
import pytest
from machine import CHROMIUM, free_port

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.store import SampleStore

NEEDS = {
    "ffmpeg": (shutil.which("ffmpeg"), "install ffmpeg (apt install ffmpeg)"),
    "browser": (CHROMIUM, "install Chromium (apt install chromium)"),
}
"""By marker: what must be there, and how to get it."""

PR_SET_PDEATHSIG = 1
"""Of ``prctl``: the signal that a process gets when the one that started it ends."""

REPOSITORY = Path(__file__).resolve().parents[1]
HOME = pytest.StashKey[Path]()
MONGOD = pytest.StashKey[subprocess.Popen[bytes]]()
PORT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Says where the footage is that is no part of the project."""
    about = "folder with real footage and weights (docs/real-footage.md), for the tests on them"
    parser.addoption("--real-data", type=Path, metavar="FOLDER", help=about)


def pytest_configure(config: pytest.Config) -> None:
    """Starts a database before FiftyOne is imported: it reads its settings only once.

    Where tests run side by side (``-n 2``), each process has its own; the one that hands the tests
    out needs none.
    """
    if os.environ.get("HOOP_REQUIRE_ALL_TESTS"):
        missing = [remedy for found, remedy in NEEDS.values() if not found]
        if missing:
            pytest.exit(f"no test may be left out: {'; '.join(missing)}", 3)
    # So that databases end with us when we are told to: as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if config.getoption("numprocesses", None):
        return
    if "fiftyone" in sys.modules:
        pytest.exit("a conftest.py imports FiftyOne: import it in the fixtures that use it", 3)
    home = Path(tempfile.mkdtemp(prefix="hoop-tests-"))
    (home / "database").mkdir()
    (home / "plugins").mkdir()
    (home / "plugins" / "hoop_plugins").symlink_to(REPOSITORY, target_is_directory=True)
    port = free_port()
    config.stash[HOME] = home
    config.stash[PORT] = port
    _start_database(config)
    os.environ.update(
        FIFTYONE_DATABASE_URI=f"mongodb://127.0.0.1:{port}",
        FIFTYONE_DATABASE_NAME="hoop-tests",
        FIFTYONE_CONFIG_PATH=str(home / "config.json"),
        FIFTYONE_DEFAULT_DATASET_DIR=str(home / "datasets"),
        FIFTYONE_DATASET_ZOO_DIR=str(home / "datasets"),
        FIFTYONE_MODEL_ZOO_DIR=str(home / "models"),
        FIFTYONE_PLUGINS_DIR=str(home / "plugins"),
        FIFTYONE_DO_NOT_TRACK="true",
        FIFTYONE_SHOW_PROGRESS_BARS="false",
        XDG_CACHE_HOME=str(home / "cache"),
        XDG_DATA_HOME=str(home / "data"),
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what cannot run here, and says how it could."""
    for item in items:
        for marker, (found, remedy) in NEEDS.items():
            if item.get_closest_marker(marker) and not found:
                item.add_marker(pytest.mark.skip(reason=remedy))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the database and removes everything that the tests wrote."""
    if MONGOD in config.stash:
        config.stash[MONGOD].terminate()
        config.stash[MONGOD].wait()
        shutil.rmtree(config.stash[HOME], ignore_errors=True)


def _start_database(config: pytest.Config) -> None:
    home, port = config.stash[HOME], config.stash[PORT]
    config.stash[MONGOD] = subprocess.Popen(
        [
            _mongod(),
            f"--dbpath={home / 'database'}",
            f"--logpath={home / 'mongod.log'}",
            f"--port={port}",
            "--bind_ip=127.0.0.1",
            "--nounixsocket",
        ],
        stdout=subprocess.DEVNULL,
        preexec_fn=_end_with_us,
    )
    try:
        pymongo.MongoClient(port=port).admin.command("ping")
    except pymongo.errors.PyMongoError as error:
        pytest.exit(f"MongoDB does not start ({error}): see {home / 'mongod.log'}", 3)


def _end_with_us() -> None:
    """Where one process of several is interrupted, pytest-xdist kills the others at once."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@pytest.fixture
def restart_database(pytestconfig: pytest.Config) -> Callable[[], None]:
    """Kills MongoDB, and starts it again over the same files."""

    def restart() -> None:
        pytestconfig.stash[MONGOD].kill()
        pytestconfig.stash[MONGOD].wait()
        _start_database(pytestconfig)

    return restart


def _mongod() -> str:
    """The MongoDB that FiftyOne brings, or the system's."""
    fiftyone = find_spec("fiftyone")
    for folder in fiftyone.submodule_search_locations or () if fiftyone else ():
        candidate = Path(folder) / "db" / "bin" / "mongod"
        if candidate.is_file():
            return str(candidate)
    return shutil.which("mongod") or pytest.exit("MongoDB is missing: run `hoop doctor`", 3)


@pytest.fixture
def dataset() -> Iterator[fo.Dataset]:
    """An empty dataset of the test's own."""
    import fiftyone as fo

    made = fo.Dataset()
    yield made
    made.delete()


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[..., Path]:
    """Writes a video of gray noise: ``make_video(frames=30, width=320, height=180, rate=25)``."""
    from hoop_plugins.data.video import write_video

    def make(
        name: str = "clip.mp4",
        frames: int = 30,
        width: int = 320,
        height: int = 180,
        rate: float = 25,
    ) -> Path:
        random = np.random.default_rng(0)
        small = random.integers(60, 200, (frames, height // 20, width // 20, 1), dtype=np.uint8)
        images = small.repeat(20, axis=1).repeat(20, axis=2).repeat(3, axis=3)
        write_video(tmp_path / name, images, rate)
        return tmp_path / name

    return make


@pytest.fixture(scope="session")
def game(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """The first frames of the sample clip with their ground truth, recognized by its networks.

    A test that changes what was recognized does so in a clone.
    """
    import sample_game

    import hoop_plugins
    from hoop_plugins.sample.loading import load_rendered

    folder = sample_game.shorten(tmp_path_factory.mktemp("game"), sample_game.FRAMES)
    made = load_rendered(folder, "sample-game")
    hoop_plugins.recognize(made, "sample", device="cpu")
    yield made
    made.delete()


@pytest.fixture
def clip(dataset: fo.Dataset, make_video: Callable[..., Path]) -> SampleStore:
    """A clip of 30 frames with four players, one referee and the players' numbers, all detected and
    tracked, nothing decided yet: see :data:`people.PEOPLE`.
    """
    import fiftyone as fo
    import people

    from hoop_plugins.data.store import SampleStore

    sample = fo.Sample(filepath=str(make_video()))
    dataset.add_sample(sample)
    store = SampleStore(dataset, sample.id)
    people.write(store)
    return store
