"""What stands close to a file, and what the index tells of it, are what reading every file would tell."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from codemaestro_jupyter.types import RelPath
from codemaestro_jupyter.workspace.nearby import Nearby
from codemaestro_jupyter.workspace.neighbours import covering_tests, imported_paths
from codemaestro_jupyter.workspace.symbols import imports, symbols
from codemaestro_jupyter.workspace.workspace import Workspace

FILES = {
    "shop/__init__.py": "",
    "shop/basket.py": 'from .price import total\n\n\nclass Basket:\n    def sum(self) -> int:\n        """All."""\n',
    "shop/price.py": "import shop.basket\n\nVAT = 19\n\n\ndef total(): ...\n",
    "shop/mail.py": "from shop import price, basket\n",
    "web/app.js": "import { x } from './view'\n",
    "web/view.js": "export const x = 1\n",
    "tests/test_price.py": "from shop.price import total\n",
    "tests/test_all.py": "import shop.price, shop.basket\n",
    "README.md": "# Shop\n\nIt sells.\n",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf8")
        os.utime(tmp_path / path, (1_700_000_000, 1_700_000_000))
    found = Workspace(tmp_path, watch=False)
    found.start()
    assert found.index.wait(60)
    return found


def test_neighbours_are_what_reading_every_file_tells(workspace: Workspace) -> None:
    try:
        near, paths = Nearby(workspace.index.view()), frozenset(FILES)
        imported = {path: imported_paths(path, sorted(imports(path, text)), paths) for path, text in FILES.items()}
        for _ in range(2):  # the second time from what was found out
            for path in FILES:
                importers = sorted(other for other in FILES if other != path and path in imported[other])
                tests = covering_tests(path, FILES, importers)
                every = dict.fromkeys([*imported[path], *importers])
                assert near.of(path) == (tests, tuple(other for other in every if other not in tests))
        assert near.of("missing.py") == workspace.neighbours("missing.py") == ((), ())
    finally:
        workspace.close()


def test_a_sketch_is_the_files_definitions_and_follows_it_at_once(workspace: Workspace) -> None:
    try:
        for path, text in FILES.items():
            found, sketched = workspace.sketch(path)
            assert found == workspace.read(path)
            assert sketched == tuple(replace(symbol, docstring="") for symbol in symbols(path, text))
        (workspace.root / "shop/price.py").write_text("def other(): ...\n", "utf8")
        text, changed = workspace.sketch("shop/price.py")
        assert (text.text, [symbol.name for symbol in changed]) == ("def other(): ...\n", ["other"])
        assert workspace.sketch(RelPath("shop/basket.py"))[1][0].name == "Basket"
    finally:
        workspace.close()
