"""Detecting: the stage, FiftyOne's way to apply a model, RF-DETR's own call, and the network."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from hoop_plugins import load_model, load_profile
from hoop_plugins.compat.rfdetr import network_of
from hoop_plugins.fiftyone_models import DetectorModel
from hoop_plugins.models.rfdetr import FLOOR
from hoop_plugins.stages.pipeline import build_stages
from speed import clip
from speed.harness import Row

FRAMES = 24


def rows(device: str) -> Iterator[Row]:
    """See :mod:`speed.harness`."""
    profile = load_profile("sample")
    (stage,) = build_stages(profile, ["detect"], device)
    detector = load_model("detector", "sample", device)
    model = DetectorModel(detector, profile.stages["detect"])
    side = detector.network.model.resolution
    images = clip.images(FRAMES)
    blank = torch.rand(1, 3, side, side, device=detector.network.model.device)
    network = network_of(detector.network)

    def forward() -> None:
        with torch.inference_mode():
            for _ in images:
                network(blank)
        if blank.is_cuda:
            torch.cuda.synchronize()

    def predict() -> None:
        for image in images:
            detector.network.predict(image, threshold=FLOOR, include_source_image=False)

    with clip.shortened(FRAMES) as video, clip.stored(video) as ours, clip.stored(video) as theirs:

        def run_stage() -> None:
            ours.forget(stage.name)
            for _ in stage.run_clip(ours, detector):
                pass

        yield Row(
            "detecting, video to labels",
            "frame",
            FRAMES,
            run_stage,
            {
                "apply_model of the same network": lambda: theirs.dataset.apply_model(
                    model, label_field="frames.boxes", progress=False
                )
            },
            {"RF-DETR's predict": predict, "the network alone": forward},
        )
