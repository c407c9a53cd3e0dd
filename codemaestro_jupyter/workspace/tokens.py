"""Cut text into terms: every word, the parts of compound identifiers, and the identifier as a whole.

One module for the index and for the question, since a term counts only if both sides cut alike. The rules are those
that the prediction research was measured with: `getHTTPResponse_v2` gives `get http response gethttpresponse_v2`
(parts stemmed and longer than one character, then the compound in lower case).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

Stem = Callable[[str], str]

WORD = re.compile(r"[^\W\d][\w\u0300-\u036f]*|[0-9]+(?:\.[0-9]+)*")
"""Words in letters of any language (accents also as marks of their own, as in macOS file names), and numbers."""
_ASCII_WORD = re.compile(r"[A-Za-z_]\w*|[0-9]+(?:\.[0-9]+)*", re.ASCII)
"""The same for text in ASCII, a quarter faster."""
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
"""Where a part of an identifier with other than English letters begins."""
_ENDINGS = ("ing", "ed", "es", "s")
_BETWEEN = re.compile(r"[^A-Za-z0-9_]+")
_TEST_PART = re.compile(r"\.(?:spec|test)(?=\.)")
LONGEST_WORD = 60
"""Longer runs are hashes, base64 or prose without spaces: no one types them."""
_STOP_WORDS = (
    "a an the to in for of and or on with when is are be been was were it its this that these those from by as at into"
    " if not no so than then do does did done has have had i we you they he my our your can could should would will may"
    " might must there here out up down over under only also some any each all more most very just now how what which"
    " who why use using used via make makes made instead without while after before"
)
STOP = frozenset(_STOP_WORDS.split())
"""Words of a question that say nothing about where to look."""


def light_stem(part: str) -> str:
    """Drop one common English ending: `indexes`, `indexed`, `indexing` → `index`; short words stay as they are."""
    if len(part) > 4 and part.endswith(_ENDINGS):
        return part[:-1] if part[-1] == "s" and part[-2] != "e" else part[:-3] if part[-1] == "g" else part[:-2]
    return part


def whole(part: str) -> str:
    """The stemming function that does nothing."""
    return part


def words(text: str) -> list[str]:
    """The words and numbers of a text in order, with repetitions."""
    return (_ASCII_WORD if text.isascii() else WORD).findall(text)


class _Stems(dict[str, str]):
    """Parts of words and their terms, empty for single characters: one object for equal ones, which count faster."""

    def __init__(self, stem: Stem) -> None:
        self._stem = stem

    def __missing__(self, part: str) -> str:
        lowered = part.lower()
        term = self[part] = self._stem(lowered) if len(lowered) > 1 else ""
        return term


class Tokenizer:
    """Cuts with one stemming function and remembers each word it has cut, `memory` words at most (≈ 0.3 kB each).

    Safe to share between threads: they may cut the same word twice, never differently.
    """

    def __init__(self, stem: Stem = light_stem, memory: int = 100_000) -> None:
        self.stem = stem
        self._memory = memory
        self._known: dict[str, tuple[str, ...]] = {}
        self._stems = _Stems(stem)
        self._last_folder: tuple[str, list[str]] = ("", [])

    def subtokens(self, word: str) -> tuple[str, ...]:
        """Terms of one word: its stemmed parts in order, then the whole identifier if it has several parts."""
        known = self._known.get(word)
        if known is None:
            known = self.cut(word)
            if len(self._known) >= self._memory:
                self._known.clear()  # rare words dominate, so keeping the oldest would keep the useless
            self._known[word] = known
        return known

    def tokens(self, text: str) -> list[str]:
        """Terms of a text in order, with repetitions."""
        terms: list[str] = []
        for word in WORD.findall(text):
            if len(word) <= LONGEST_WORD:
                terms += self.subtokens(word)
        return terms

    def counts(self, text: str) -> dict[str, int]:
        """How often each term occurs: the same as `Counter(tokens(text))`, several times faster."""
        return self.count_words(Counter(words(text)))

    def count_words(self, words: dict[str, int]) -> dict[str, int]:
        """Term counts of words that are already counted (for callers who keep the surface words as well)."""
        terms: dict[str, int] = {}
        known = self._known
        for word, count in words.items():
            if len(word) <= LONGEST_WORD:
                for term in known.get(word) or self.subtokens(word):
                    terms[term] = terms.get(term, 0) + count
        return terms

    def query(self, text: str) -> tuple[list[str], str | None]:
        """Distinct terms of a question without its stop words, and its last word if that may be half-typed."""
        words = [word for word in WORD.findall(text) if len(word) <= LONGEST_WORD]
        partial = words[-1] if words and (text[-1].isalnum() or text[-1] == "_") else None
        terms = (term for word in words if word.lower() not in STOP for term in self.subtokens(word))
        return list(dict.fromkeys(terms)), partial

    def path_terms(self, path: str) -> tuple[list[str], list[str]]:
        """Terms of a POSIX path: those of the file's name and those of its folders.

        `__init__`, `index` and `mod` say nothing, so the folder's name joins the file's.
        """
        folder, _, name = path.rpartition("/")
        base = _TEST_PART.sub("", name)
        base = base.rsplit(".", 1)[0] if "." in base[1:] else base
        of_name = self._joined(_BETWEEN.split(base))
        if base in ("__init__", "index", "mod") and folder:
            of_name += self._joined(_BETWEEN.split(folder.rpartition("/")[2]))
        last, of_folders = self._last_folder  # files come folder by folder
        if last != folder:
            of_folders = self._joined(word for part in folder.split("/") for word in _BETWEEN.split(part))
            self._last_folder = (folder, of_folders)
        return of_name, list(of_folders)

    def _joined(self, words: Iterable[str]) -> list[str]:
        return [term for word in words if word for term in self.subtokens(word)]

    def cut(self, word: str) -> tuple[str, ...]:
        """The same, not remembered."""
        if word.isascii():
            parts = _PART.findall(word)
        else:
            word, parts = unicodedata.normalize("NFC", word), []
            for segment in word.split("_"):
                parts += _PART.findall(segment) if segment.isascii() else _HUMP.split(segment)
        if len(self._stems) >= self._memory:
            self._stems.clear()
        terms = list(filter(None, map(self._stems.__getitem__, parts)))
        if len(parts) > 1:
            terms.append(word.strip("_").lower())
        return tuple(terms)


STANDARD = Tokenizer()
"""The one that index and prediction share."""
subtokens = STANDARD.subtokens
tokens = STANDARD.tokens
counts = STANDARD.counts
