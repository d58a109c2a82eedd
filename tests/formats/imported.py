"""What an import has stored."""

from __future__ import annotations

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.formats.importing import read_labels


def load(view, path, *args, **options):
    found = read_labels(view, path, *args, **options)
    done = list(found.write())
    assert done[-1] == found.frames
    return found


def truth(store, field="ground_truth"):
    return dict(
        SampleStore(store.dataset, store.sample_id, Fields(ground_truth=field)).read("ground_truth")
    )
