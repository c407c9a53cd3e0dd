"""What a definition says of itself is found however long, unfinished or spread over lines it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codemaestro_jupyter.plan.docstrings import docstring_lines
from codemaestro_jupyter.plan.evidence import Evidence
from codemaestro_jupyter.plan.requests import Request
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer, RelPath, Symbol

Ask = Callable[..., Answer]
Make = Callable[..., ScriptedSources]
LONG = 'class Client:\n    """What sends.\n\n    More.\n    """\n\n    def __init__(\n        self,\n        *,\n'
LONG += "        auth: Auth | None = None,\n    ) -> None:\n        pass\n\n"
LONG += "".join(f"    def method_{number}(\n        self,\n    ):\n        return [\n" for number in range(200))


def test_a_class_of_a_thousand_lines_has_its_docstring_and_whole_signatures(ask: Ask, make_shop: Make) -> None:
    shop = make_shop(texts={"client.py": LONG.replace("return [", "return []")})
    said = ask("explain Client", shop).markdown
    assert "> What sends.\n>\n> More.\n" in said
    assert "`def __init__(self, *, auth: Auth | None = None) -> None:`" in said


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('def f():\n    """One."""\n', [2]),
        ('def f(a={":": 1}, b=lambda x: x) -> dict[str, int]:\n    # why\n\n    r"""One\n    two."""\n', [4, 5]),
        ('async def f(\n    a,\n):\n    """One."""\n', [4]),
        ('def f(): "One."\n', [1]),
        ('def f():\n    x = "no"\n', []),
        ('def f():\n    b"no"\n', []),
        ("def f():\n", []),
        ("def f(\n", []),
        ('class A:\n    """Never ends\n', []),
        ('    def f(self):\n        """One."""\n        return (\n', [2]),
        ('def f():\n    """One."""\n  wrong(\n', [2]),
    ],
)
def test_a_docstring_is_found_by_what_stands_before_it(text: str, lines: list[int]) -> None:
    sources = ScriptedSources(texts={"a.py": text})
    evidence = Evidence(sources, Request("explain f", "explain", "f"), 0.0)
    symbol = Symbol("f", "function", RelPath("a.py"), 1, text.count("\n"))
    assert docstring_lines(evidence, symbol) == lines
