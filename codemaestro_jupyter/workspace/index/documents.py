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
from codemaestro_jupyter.workspace.tokens import LONGEST_WORD, STANDARD, WORD, Tokenizer

SHORTEST_WORD = 3
"""Shorter surface words are not worth completing, and `uses` of them says nothing."""
_WORDLIKE = re.compile(r"[^\W\d]")


@dataclass(frozen=True, slots=True)
class Document:
    """Counts of one file; `lengths` in terms, with repetitions."""

    fields: Mapping[FieldName, Mapping[str, int]]
    tokens: int
    symbol_length: int
    outline: bytes


def analyse(text: str, symbols: Sequence[Symbol], imports: Iterable[str], tokenizer: Tokenizer = STANDARD) -> Document:
    """Count the terms of a file's text and of the names that it defines."""
    words = Counter(word for word in WORD.findall(text) if len(word) <= LONGEST_WORD)
    content = tokenizer.count_words(words)
    named = tokenizer.count_words(Counter(word for symbol in symbols for word in WORD.findall(symbol.name)))
    imports = sorted(set(imports))
    return Document(
        fields={
            "content": content,
            "symbols": named,
            "words": {
                word_key(word): count
                for word, count in words.items()
                if len(word) >= SHORTEST_WORD and _WORDLIKE.match(word)
            },
            "names": Counter(symbol.name for symbol in symbols if symbol.kind != "heading"),
            "imports": dict.fromkeys(imports, 1),
        },
        tokens=sum(content.values()),
        symbol_length=sum(named.values()),
        outline=write_outline(symbols, imports) if symbols or imports else b"",
    )


def path_counts(path: str, tokenizer: Tokenizer = STANDARD) -> dict[str, int]:
    """Terms of a path; those of the file's name count twice (as the prediction research was measured)."""
    of_name, of_folders = tokenizer.path_terms(path)
    return Counter([*of_name, *of_name, *of_folders])


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
