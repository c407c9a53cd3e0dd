"""Turn one file's text into what the index keeps of it: term counts per field, lengths, and its outline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from codemaestro_jupyter.types import RelPath, Symbol
from codemaestro_jupyter.workspace.index.schema import FieldName, word_key
from codemaestro_jupyter.workspace.tokens import LONGEST_WORD, Tokenizer, words

SHORTEST_WORD = 3
"""Shorter surface words are not worth completing, and `uses` of them says nothing."""
MOST_KNOWN = 15_000
"""Words that are remembered: more do not fit into the processor's own memory, and take as long as cutting anew."""
_WORDLIKE = re.compile(r"[^\W\d]")


@dataclass(frozen=True, slots=True)
class Document:
    """Counts of one file; `lengths` in terms, with repetitions."""

    fields: Mapping[FieldName, Mapping[str, int]]
    tokens: int
    symbol_length: int
    outline: bytes


class Analyser:
    """Counts the terms of files; remembers how words are cut and written, as most words come again."""

    def __init__(self) -> None:
        self.tokenizer = Tokenizer()
        self._terms = _Terms(self.tokenizer)
        self._keys = _Keys()

    def analyse(self, text: str, symbols: Sequence[Symbol], imports: Iterable[str]) -> Document:
        """What the index keeps of a file's text and of the names that it defines."""
        said = words(text)
        content = self._counts(said)
        named = self._counts(words("\n".join([symbol.name for symbol in symbols])))
        imports = sorted(set(imports))
        return Document(
            fields={
                "content": content,
                "symbols": named,
                "words": self._written(said),
                "names": Counter(symbol.name for symbol in symbols if symbol.kind != "heading"),
                "imports": dict.fromkeys(imports, 1),
            },
            tokens=sum(content.values()),
            symbol_length=sum(named.values()),
            outline=write_outline(symbols, imports) if symbols or imports else b"",
        )

    def path_counts(self, path: str) -> dict[str, int]:
        """Terms of a path; those of the file's name count twice (as the prediction research was measured)."""
        of_name, of_folders = self.tokenizer.path_terms(path)
        return Counter([*of_name, *of_name, *of_folders])

    def _counts(self, said: Iterable[str]) -> dict[str, int]:
        """Counts of the terms of some words; no step of this is Python's own, which makes it twice as fast."""
        if len(self._terms) > MOST_KNOWN:
            self._terms.clear()  # rare words dominate, so keeping the oldest would keep the useless
        return Counter(chain.from_iterable(map(self._terms.__getitem__, said)))

    def _written(self, said: Iterable[str]) -> dict[str, int]:
        """Counts of the surface words worth completing, by their keys."""
        if len(self._keys) > MOST_KNOWN:
            self._keys.clear()
        found = Counter(map(self._keys.__getitem__, said))
        found.pop("", None)
        return found


class _Terms(dict[str, tuple[str, ...]]):
    """The terms of words, cut when they are first asked for; none of those that nobody types."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._cut = tokenizer.cut

    def __missing__(self, word: str) -> tuple[str, ...]:
        terms = self[word] = self._cut(word) if len(word) <= LONGEST_WORD else ()
        return terms


class _Keys(dict[str, str]):
    """The keys of words as they are written; empty for those that are not worth completing."""

    def __missing__(self, word: str) -> str:
        fits = SHORTEST_WORD <= len(word) <= LONGEST_WORD and _WORDLIKE.match(word)
        key = self[word] = word_key(word) if fits else ""
        return key


def write_outline(symbols: Sequence[Symbol], imports: Sequence[str]) -> bytes:
    """JSON of a file's symbols (without path and docstring, which the file itself has) and imports."""
    rows = [[s.name, s.kind, s.line, s.end_line, s.qualified, s.signature] for s in symbols]
    return orjson.dumps([rows, list(imports)])


def read_outline(outline: bytes, path: str) -> tuple[tuple[Symbol, ...], tuple[str, ...]]:
    """The symbols and imports that `write_outline` wrote."""
    if not outline:
        return (), ()
    rows: list[list[Any]]
    rows, imports = orjson.loads(outline)
    return (
        tuple(Symbol(name, kind, RelPath(path), line, end, qualified, signature)
              for name, kind, line, end, qualified, signature in rows),
        tuple(imports),
    )  # fmt: skip
