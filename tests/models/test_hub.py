"""Which weights are here, and how much will be downloaded; nothing is loaded for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
from numpy.typing import NDArray

from hoop_plugins import plugins
from hoop_plugins.data.image import Image
from hoop_plugins.models.hub import hub_file
from hoop_plugins.specs import ModelSpec, Role, Weights


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("hf://a/b/c.pth", ("a/b", "c.pth", None)),
        ("hf://a/b@v1/deep/er/c.pth", ("a/b", "deep/er/c.pth", "v1")),
        ("hf://a/c.pth", None),
        ("a/b/c.pth", None),
        ("/home/a@b/c.pth", None),
    ],
)
def test_a_file_of_the_hub_is_told_from_a_path(source: str, found: object) -> None:
    assert hub_file(source) == found


def test_rfdetr_s_cache_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RF_HOME", str(tmp_path))
    (weights,) = plugins.weights_of(Role.DETECTOR, "rfdetr-nano")
    assert not weights.here
    assert weights.text == "rfdetr-nano (about 349 MB, Apache-2.0)"
    (tmp_path / "rf-detr-nano.pth").touch()
    assert weights.here


@pytest.mark.parametrize("size", ["nano", "small", "medium", "large"])
def test_the_names_of_rfdetr_s_files_are_its_own(size: str) -> None:
    import rfdetr.config

    (weights,) = plugins.weights_of(Role.DETECTOR, f"rfdetr-{size}")
    config = getattr(rfdetr.config, f"RFDETR{size.title()}Config")
    assert weights.path is not None
    assert weights.path.name == config.model_fields["pretrain_weights"].default


def test_the_names_of_sam2_s_files_are_its_own() -> None:
    from sam2.build_sam import HF_MODEL_ID_TO_FILENAMES

    from hoop_plugins.models import SIZES

    for name in SIZES["sam2"]:
        assert HF_MODEL_ID_TO_FILENAMES[f"facebook/{name}"][1] == f"{name.replace('-', '_')}.pt"


@pytest.mark.parametrize(
    ("role", "source", "repository", "file"),
    [
        (
            Role.TRACKER,
            "sam2.1-hiera-tiny",
            "facebook/sam2.1-hiera-tiny",
            "sam2.1_hiera_tiny.pt",
        ),
        (Role.EMBEDDER, "google/siglip-base-patch16-224", "", "model.safetensors"),
        (Role.READER, "somebody/reader", "", "adapter_model.safetensors"),
    ],
)
def test_the_hub_s_cache_is_looked_into(
    role: Role,
    source: str,
    repository: str,
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert [weights.here for weights in plugins.weights_of(role, source)] == [False]
    folder = tmp_path / f"models--{(repository or source).replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "snapshots" / "abc" / file).touch()
    assert [weights.here for weights in plugins.weights_of(role, source)] == [True]


def test_a_path_that_is_not_there_is_not_downloaded(tmp_path: Path) -> None:
    (weights,) = plugins.weights_of(Role.DETECTOR, str(tmp_path / "mine.pth"))
    assert not weights.here
    assert not weights.fetched


def test_an_adapter_is_counted_beside_its_base(tmp_path: Path) -> None:
    base, adapter = plugins.weights_of(Role.READER, f"{tmp_path}+somebody/adapter")
    assert base.here
    assert (adapter.name, adapter.here) == ("somebody/adapter", False)


def test_other_packages_say_what_theirs_need() -> None:
    class Package:
        @plugins.hookspecs.hookimpl
        def register_models(self, register) -> None:  # type: ignore[no-untyped-def]
            needs = [Weights("lab/net", None, 12, "MIT")]
            spec = ModelSpec("net", Role.READER, print, needs=lambda source, device: needs)
            register(spec)
            register(ModelSpec("silent", Role.READER, print))

    package = Package()
    plugins.manager().register(package)
    try:
        (weights,) = plugins.weights_of(Role.READER, "net")
        assert weights.text == "lab/net (about 12 MB, MIT)"
        assert plugins.weights_of(Role.READER, "silent") == []
    finally:
        plugins.manager().unregister(package)


class Writer:
    """A reader that keeps what it was loaded with."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options

    def read(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        return np.full((len(crops), 102), 1 / 102, np.float32)


def test_options_may_be_called_as_our_own_parameters_and_need_not_be_listed() -> None:
    def load(name: str, device: str, *, role: str = "", **others: str) -> Writer:
        return Writer({"role": role, **others})

    def needs(name: str, device: str, source: str = "") -> list[Weights]:
        return [Weights(source)]

    class Package:
        @plugins.hookspecs.hookimpl
        def register_models(self, register) -> None:  # type: ignore[no-untyped-def]
            vain = {"pages": {"role": ("poet",), "ink": ("red",)}}
            register(ModelSpec("net", Role.READER, load, needs=needs, counts_if=vain))

    options = {"role": "critic", "source": "lab/net"}
    package = Package()
    plugins.manager().register(package)
    try:
        assert plugins.weights_of(Role.READER, "net", "cpu", options) == [Weights("lab/net")]
        assert plugins.load(Role.READER, "net", "cpu", options).options == options
        spec = plugins.find_model(Role.READER, "net")
        told = "pages 3 is of no effect: role is ''"
        assert spec.in_vain({"pages": 3}) == [told]
        assert spec.in_vain({"pages": 3, "role": "poet", "ink": "red"}) == []
    finally:
        plugins.manager().unregister(package)
