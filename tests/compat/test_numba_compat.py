"""What compat/numba.py relies on."""

from importlib.util import find_spec
from pathlib import Path

import numba
import pytest
from relied_on import require

from hoop_plugins.compat.numba import compiled_once


def double(x):
    return 2 * x


def test_what_is_compiled_in_the_block_is_kept_on_disk():
    require("numba", numba.config, "CACHE_DIR")
    compile_anew = numba.njit
    with compiled_once():
        kept = numba.njit(double)
    assert numba.njit is compile_anew
    assert kept(2) == 4
    assert Path(kept.stats.cache_path).is_relative_to(numba.config.CACHE_DIR), (
        f"numba {numba.__version__} does not keep it: adapt hoop_plugins/compat/numba.py"
    )


@pytest.mark.parametrize(("package", "module"), [("umap", "umap_"), ("pynndescent", "distances")])
def test_packages_look_numba_up_when_they_are_imported(package, module):
    folder = Path(find_spec(package).origin).parent
    assert "@numba.njit" in (folder / f"{module}.py").read_text(), (
        f"{package} compiles otherwise: adapt hoop_plugins/compat/numba.py"
    )
