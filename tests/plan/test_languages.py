"""Answers about code that is not Python: whose a method is, who derives, what tests it, what its comment says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codemaestro_jupyter.plan.explain import called_names
from codemaestro_jupyter.plan.scripted_sources import ScriptedSources
from codemaestro_jupyter.types import Answer

Ask = Callable[..., Answer]
TEXTS = {
    "tree.go": "package gin\n\n// add inserts.\nfunc (n *node) add(p string) {\n}\n\ntype node struct {\n}\n",
    "gin.go": "package gin\n\nfunc (e *Engine) add(p string) {\n\te.root.add(p)\n}\n\ntype Engine struct {\n}\n",
    "src/lib.rs": """\
/// Matches.
#[derive(Clone)]
pub trait Matcher {
}

impl Matcher for Exact {
    fn go(&self) {}
}

impl<M: Matcher> Sink for Other<M> {
}

#[cfg(test)]
mod tests {
    fn works() { Exact::go() }
}
""",
    "src/docs.ts": """\
export interface IManager extends A.IDisposable, B<C, D> {
}
export class Manager<T extends {}>
  extends Base<T>
  implements IManager
{
}
export class Lone {}
""",
    "src/size.jl": '"""\n    size(m)\n\nTells `size(m)`.\n"""\nsize(m) = 1\n\nf() = size(2)\n',
    "R/filter.R": "#' Keep rows\n#'\n#' @param x rows\nfilter <- function(x) {\n  x\n}\n",
    "cli.py": "def later():\n    return 1\n\n\ndef run(now):\n    later = now\n    return later()\n",
    "use.py": "# routing is done there\nprint('routing')\n",
}


@pytest.fixture
def project() -> ScriptedSources:
    return ScriptedSources(TEXTS)


def test_a_method_is_its_receiver_s(ask: Ask, project: ScriptedSources) -> None:
    told = ask("explain node.add", project)
    assert (told.data["path"], told.data["symbol"]) == ("tree.go", "node.add")
    assert "> add inserts." in told.markdown


@pytest.mark.parametrize(
    ("request_", "places"),
    [
        ("who implements Matcher", [("src/lib.rs", 6)]),
        ("who implements IManager", [("src/docs.ts", 3)]),
        ("subclasses of Base", [("src/docs.ts", 3)]),
        ("who extends B", [("src/docs.ts", 1)]),
        ("subclasses of C", []),
    ],
)
def test_who_derives_is_read_in_the_head(
    ask: Ask, project: ScriptedSources, request_: str, places: list[tuple[str, int]]
) -> None:
    assert [(use["path"], use["line"]) for use in ask(request_, project).data["uses"]] == places


def test_tests_at_the_end_of_a_rust_file_are_tests(ask: Ask, project: ScriptedSources) -> None:
    told = ask("explain Exact::go", project)
    assert [test["line"] for test in told.data["tests"]] == [15]


def test_a_comment_stands_above_attributes_and_is_undressed(ask: Ask, project: ScriptedSources) -> None:
    assert "> Matches." in ask("explain Matcher", project).markdown
    assert "> Keep rows\n>\n> @param x rows" in ask("explain filter", project).markdown
    assert "> size(m)\n>\n> Tells" in ask("explain size", project).markdown


def test_what_documentation_shows_is_not_called(ask: Ask, project: ScriptedSources) -> None:
    assert [use["line"] for use in ask("who calls size", project).data["uses"]] == [8]


def test_a_name_of_its_own_is_not_the_project_s() -> None:
    assert called_names(["def run(now, other):", "    later = now", "    return later() + other() + make()"]) == {
        "make": "function"
    }


def test_a_word_that_is_only_spoken_of_is_a_topic(ask: Ask, project: ScriptedSources) -> None:
    told = ask("how does routing work", ScriptedSources(TEXTS, likely=["use.py"]))
    assert ("is not defined" in told.markdown, "**Plan**" in told.markdown) == (False, False)
    assert told.data["files"][0]["path"] == "use.py"


def test_what_is_used_and_not_defined_is_said_so(ask: Ask, project: ScriptedSources) -> None:
    assert ask("where is Sink defined", project).markdown.startswith("Nothing was found that defines `Sink`")


def test_a_line_that_nobody_reads_is_cut_and_a_broken_notebook_is_no_notebook(ask: Ask) -> None:
    long = ScriptedSources({"a.min.json": "x" * 300_000 + "\n", "bad.ipynb": '{"cells": [\n'})
    told = ask("show a.min.json", long)
    assert len(told.markdown) < 4_000
    assert "x … 298000 more characters\n" in told.markdown
    told = ask("show bad.ipynb", long)
    assert "not a valid notebook: shown as it stands\n\n```" in told.markdown
    assert '{"cells": [' in told.markdown


def test_a_package_comes_before_what_is_written_about_it(ask: Ask) -> None:
    texts = {
        "ext/autodoc/__init__.py": '"""Documents."""\n',
        "docs/autodoc.rst": "Autodoc\n",
        "ext/other.py": "x = 1\n",
    }
    told = ask("explain autodoc", ScriptedSources(texts))
    assert told.data["path"] == "ext/autodoc/__init__.py"
    assert "`autodoc` also fits [`docs/autodoc.rst`](docs/autodoc.rst)." in told.markdown


def test_who_overrides_is_where_it_is_defined(ask: Ask, project: ScriptedSources) -> None:
    assert [place["path"] for place in ask("who overrides add", project).data["definitions"]] == ["gin.go", "tree.go"]


def test_a_whole_dotted_path_means_what_its_module_defines(ask: Ask) -> None:
    texts = {
        "pkg/array/core.py": "class Array:\n    def rechunk(self):\n        return rechunk(self)\n",
        "pkg/array/rechunk.py": "def rechunk(x):\n    return x\n",
        "pkg/__init__.py": "rechunk = None\n",
    }
    sources = ScriptedSources(texts)
    for name, path, symbol in (
        ("pkg.array.core.Array.rechunk", "pkg/array/core.py", "Array.rechunk"),
        ("array.rechunk.rechunk", "pkg/array/rechunk.py", "rechunk"),
        ("rechunk", "pkg/array/rechunk.py", "rechunk"),
    ):
        told = ask(f"explain {name}", sources)
        assert (told.data["path"], told.data["symbol"]) == (path, symbol)
        assert "was not found" not in told.markdown
