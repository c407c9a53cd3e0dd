"""The house as a test: a room imports itself and lower floors only, and files stay within one reading."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "codemaestro_jupyter"
FLOORS: list[tuple[str, ...]] = [
    ("types", "errors", "settings", "view", "background", "problems"),
    ("store",),
    ("workspace", "models"),
    ("predict", "plan", "edit"),
    ("ownloop",),
    ("tools",),
    ("prepare", "converse"),
    ("changes",),
    ("dialogue",),
    ("modeldesk",),
    ("maestro",),
    ("reports",),
    ("doctor",),
    ("editing",),
    ("jupyter", "experiment"),
    ("cli",),
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
DOORS = {"__init__", "_alias", "__main__"}  # they only open other rooms
LONGEST = 400


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts)


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms of ours that a module imports, anywhere in it: inside functions and for type checking too."""
    rooms = set()
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            names = [f"{module}.{alias.name}" for alias in node.names] + [module]
        for name in names:
            parts = name.split(".")
            if parts[0] == PACKAGE.name and len(parts) > 1 and parts[1] in FLOOR:
                rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_rooms_import_downwards_only(path: Path) -> None:
    room = room_of(path)
    if room in DOORS:
        return
    assert room in FLOOR, f"{room} stands on no floor: add it to FLOORS and to the README's map"
    wrong = {other for other in imported_rooms(path) if other != room and FLOOR[other] >= FLOOR[room]}
    if FLOOR[room] == 0:  # the vocabulary: settings and types may use errors and types
        wrong -= {"errors", "types"}
    assert not wrong


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_one_reading_and_opens_with_its_idea(path: Path) -> None:
    text = path.read_text(encoding="utf8")
    assert len(text.splitlines()) <= LONGEST
    if path.name != "__init__.py" or text.strip():
        assert ast.get_docstring(ast.parse(text))


def test_the_import_check_sees_imports_inside_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / PACKAGE.name
    (package / "store").mkdir(parents=True)
    path = package / "store" / "probe.py"
    path.write_text(
        "def f():\n    from codemaestro_jupyter.jupyter import bridge\n    import codemaestro_jupyter.cli\n"
        "    from ..plan import offline\n    from codemaestro_jupyter import experiment\n",
        encoding="utf8",
    )
    monkeypatch.setattr(
        "tests.test_house.PACKAGE" if __name__ == "tests.test_house" else f"{__name__}.PACKAGE", package
    )
    assert imported_rooms(path) == {"jupyter", "cli", "plan", "experiment"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_trees_are_built_where_threads_may_build_them(path: Path) -> None:
    if path != PACKAGE / "workspace" / "parsing.py":
        tree = ast.parse(path.read_text(encoding="utf8"))
        named = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not named & {"ast.parse", "ast.literal_eval", "ast.PyCF_ONLY_AST"}, "workspace/parsing.py does it safely"
