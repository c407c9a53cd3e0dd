"""The map of a part of the project: modules, links, tests, patterns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.plan.structure import MOST_MODULES, Module, Structure, files_of, structure_of
from codemaestro_jupyter.types import FileText, RelPath, Symbol

HANDLERS = '"""What the {name} answers."""\n\nfrom shop.base import Handler, log\n\n\n' + "".join(
    f'class {{name}}{kind}(Handler):\n    """{kind} it."""\n\n    @route("/{kind}")\n'
    f'    def answer_{kind.lower()}(self, key: str) -> str:\n        """Answer."""\n'
    f'        log.info("{kind}")\n        if not key:\n            raise ShopError(key)\n        return key\n\n\n'
    for kind in ("List", "Show")
)
TEXTS = {
    "shop/base.py": '"""What all share."""\n\nclass Handler:\n    pass\n',
    "shop/orders.py": HANDLERS.replace("{name}", "Orders"),
    "shop/prices.py": HANDLERS.replace("{name}", "Prices"),
    "main.py": "from shop.orders import OrdersList\n",
    "tests/test_orders.py": "from shop.orders import OrdersList\n\n\ndef test_it() -> None:\n    assert OrdersList\n",
    "README.md": "# Shop\n",
}


class Asked(ScriptedSources):
    def __init__(self, texts: dict[str, str], enough: bool = False) -> None:
        super().__init__(texts)
        self._enough = enough

    def sketch(self, path: RelPath) -> tuple[FileText, tuple[Symbol, ...]]:
        return self.read(path), self.symbols(path)

    def enough(self) -> bool:
        return self._enough


def test_a_folder_is_mapped_with_what_goes_with_it() -> None:
    assert structure_of(Asked(TEXTS), "shop/") == Structure(
        about="shop/",
        modules=(
            Module(RelPath("shop/base.py"), "What all share.", ("Handler",)),
            Module(RelPath("shop/orders.py"), "What the Orders answers.", ("OrdersList", "OrdersShow")),
            Module(RelPath("shop/prices.py"), "What the Prices answers.", ("PricesList", "PricesShow")),
        ),
        inside=(
            (RelPath("shop/base.py"), RelPath("shop/orders.py")),
            (RelPath("shop/base.py"), RelPath("shop/prices.py")),
        ),
        linked=(RelPath("main.py"),),
        tests=(RelPath("tests/test_orders.py"),),
        patterns=(
            "classes derive from `Handler` (4 of them)",
            "`@route` marks functions (4 of them)",
            "`ShopError` is raised (4 times)",
            "it logs with `log` (4 times)",
            "functions are called `answer_…` (4 of them)",
            "functions have type hints (4 of 4)",
        ),
    )


def test_a_file_is_a_part_by_itself_and_what_is_missing_is_left_out() -> None:
    found = structure_of(Asked(TEXTS), "shop/base.py")
    assert [module.path for module in found.modules] == ["shop/base.py"]
    assert found.linked == ("shop/orders.py", "shop/prices.py")
    assert structure_of(Asked(TEXTS), "gone.py") == Structure("gone.py")


def test_who_waits_gets_what_there_is() -> None:
    found = structure_of(Asked(TEXTS, enough=True), "shop/")
    assert (len(found.modules), found.whole) == (1, False)


@given(st.lists(st.sampled_from(["a.py", "x/b.py", "x/y/c.ts", "x/test_b.py", "x/notes.txt"]), unique=True))
def test_a_part_holds_its_own_code_only_and_tests_come_last(paths: list[str]) -> None:
    found = files_of("x/", [RelPath(path) for path in paths])
    assert set(found) == {path for path in paths if path.startswith("x/") and not path.endswith(".txt")}
    assert len(found) <= MOST_MODULES
    assert "test_" not in "".join(found[:-1])
    assert set(files_of("./", [RelPath(path) for path in paths])) == {p for p in paths if not p.endswith(".txt")}
