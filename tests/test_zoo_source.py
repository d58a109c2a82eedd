"""FiftyOne's model zoo finds our networks in a source that it fetched."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fiftyone as fo
import fiftyone.zoo as foz
import numpy as np
import pytest

from hoop_plugins.fiftyone_models import EmbedderModel, ReaderModel, TrackerModel

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An archive as GitHub serves one, at an address of this machine, and an empty zoo."""
    shutil.copytree(REPOSITORY / "zoo", tmp_path / "repository" / "hoop_plugins-main" / "zoo")
    shutil.make_archive(str(tmp_path / "hoop"), "zip", tmp_path / "repository")
    serve = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), serve)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setattr(fo.config, "model_zoo_dir", str(tmp_path / "models"))
    yield f"http://127.0.0.1:{server.server_port}/hoop.zip"
    server.shutdown()
    server.server_close()


def test_a_source_is_registered_and_its_models_are_found(source: str) -> None:
    foz.register_zoo_model_source(source)
    assert source in foz.list_zoo_model_sources()
    names = ["hoop/detector", "hoop/embedder", "hoop/reader", "hoop/tracker"]
    assert sorted(foz.list_zoo_models(source=source)) == names
    assert not foz.is_zoo_model_downloaded("hoop/reader")
    assert isinstance(foz.load_zoo_model("hoop/reader", cache=False), ReaderModel)
    assert foz.is_zoo_model_downloaded("hoop/reader")
    foz.delete_zoo_model_source(source)
    assert source not in foz.list_zoo_model_sources()


def test_other_networks_are_chosen_by_name(source: str) -> None:
    chosen = {"model_name": "hoop/tracker", "cache": False, "device": "cpu"}
    tracker = foz.load_zoo_model(source, source="tracking-by-detection", patience=5, **chosen)
    assert isinstance(tracker, TrackerModel)
    assert tracker.tracker.patience == 5


def test_what_the_zoo_loads_labels_and_embeds(source: str) -> None:
    foz.register_zoo_model_source(source)
    image = np.full((180, 320, 3), 128, dtype=np.uint8)
    small = {"source": "sample", "device": "cpu", "cache": False}
    detector = foz.load_zoo_model("hoop/detector", **small)
    assert isinstance(detector.predict(image), fo.Detections)
    embedder = foz.load_zoo_model("hoop/embedder", **small)
    assert isinstance(embedder, EmbedderModel)
    assert embedder.embed(image).ndim == 1
