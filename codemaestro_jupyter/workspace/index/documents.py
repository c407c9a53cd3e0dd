"""Turn one file's text into what the index keeps of it: term counts per field, lengths, and its outline."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from codemaestro_jupyter.types import RelPath, Symbol
from codemaestro_jupyter.workspace.index.schema import FieldName, word_key
from codemaestro_jupyter.workspace.tokens import LONGEST_WORD, WORD, Tokenizer

SHORTEST_WORD = 3
"""Shorter surface words are not worth completing, and `uses` of them says nothing."""
MOST_KEYS = 60_000
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
        self._keys: dict[str, str | None] = {}

    def analyse(self, text: str, symbols: Sequence[Symbol], imports: Iterable[str]) -> Document:
        """What the index keeps of a file's text and of the names that it defines."""
        words = Counter(WORD.findall(text))
        content = self.tokenizer.count_words(words)
        named = self.tokenizer.counts("\n".join(symbol.name for symbol in symbols))
        imports = sorted(set(imports))
        return Document(
            fields={
                "content": content,
                "symbols": named,
                "words": self._written(words),
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

    def _written(self, words: Mapping[str, int]) -> dict[str, int]:
        """Surface words worth completing, by their keys."""
        if len(self._keys) > MOST_KEYS:
            self._keys.clear()
        keys = self._keys
        found = {}
        for word, count in words.items():
            try:
                key = keys[word]
            except KeyError:
                fits = SHORTEST_WORD <= len(word) <= LONGEST_WORD and _WORDLIKE.match(word)
                key = keys[word] = word_key(word) if fits else None
            if key is not None:
                found[key] = count
        return found


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
