"""What a request wants done, by its verbs: something added, reshaped, mended, or only told.

English, and the commonest verbs of German, French, Spanish and Chinese; a slip in the first word is read as meant.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

WORD = re.compile(r"\w+")
_ADD = WORD.findall("add implement create build write introduce support integrate provide")
_RESHAPE = WORD.findall(
    "refactor improve optimize optimise simplify restructure migrate convert rework port rewrite reorganize reorganise "
    "modernize modernise streamline"
)
_MEND = WORD.findall(
    "fix change update rename remove delete replace move extract make repair handle correct use drop disable enable "
    "deprecate bump upgrade downgrade split merge prevent avoid wrap"
)
_ASK = WORD.findall(
    "how why what where when which who is are does do did can could should explain show find list describe summarize "
    "summarise compare tell read open"
)


ASKED_FOR = r"(?:(?:can|could|would|will) you |please )*"


def _any(words: list[str], others: str, more: str = "") -> re.Pattern[str]:
    """Whole words; `more` has what is no word between blanks: Chinese, and words in two parts."""
    ways = [rf"\b(?:{'|'.join([*words, others])})\b", *([more] if more else [])]
    return re.compile("|".join(ways), re.IGNORECASE)


ADDING = _any(
    _ADD,
    "füge|ergänzen?|erstellen?|schreiben?|implementieren?|hinzufügen|ajoute[rz]?|crée[rz]?|écris|implémente[rz]?"
    "|añad[ea]|añadir|agreg(?:a|ue|ar)|crea[r]?|escrib[ea]|implementa[r]?",
    "添加|新增|增加|创建|实现|编写",
)
RESHAPING = _any(
    _RESHAPE,
    "speed up|clean(?: up)?|tidy(?: up)?|verbessere?n?|vereinfachen?|optimieren?|beschleunigen?"
    "|améliore[rz]?|simplifie[rz]?|optimise[rz]|accélère|mejora[r]?|simplifica[r]?|optimiza[r]?|acelera[r]?",
    "重构|改进|优化|简化|加快",
)
MENDING = _any(
    _MEND,
    "beheben?|reparieren?|korrigieren?|ändere?n?|ersetzen?|löschen?|entfernen?|benenne|corrige[rz]?|répare[rz]?|modifie[rz]?|supprime[rz]?"
    "|remplace[rz]?|renomme[rz]?|arregla[r]?|corrige|cambia[r]?|elimina[r]?|reemplaza[r]?|borra[r]?",
    # elsewhere a set is a noun, as others are
    rf"修复|修改|删除|替换|重命名|改成|\A\s*(?:{ASKED_FOR})?(?:set\s+(?!of\b|up\s+to\b)|return\s+(?!values?\b|types?\b)"
    r"|log\s+(?:every|each|all|any|when|whenever)\b"
    r"|(?:allow|ensure|let|accept|reject|validate|raise|hide|reuse|increase|decrease|reduce|lower)\s+\w)",
)
WISHED = re.compile(r"\b(?:should|must|ought to|needs? to)(?:n['’]t)?\s+\w", re.IGNORECASE)
WONDERED = re.compile(r"\b(?:how|why|what|where|which|who|whether)\b|\?\s*\Z", re.IGNORECASE)
"""What makes a question of what looks like a wish."""
ASKING = _any(
    _ASK,
    "wie|warum|wieso|was|wo|wann|welche[rs]?|wer|erkläre?|zeige?|comment|pourquoi|quoi|où|quand|quelle?s?|qui|explique"
    "|montre|cómo|qué|dónde|cuándo|cuál|quién|explica|muestra",
    "如何|怎么|怎样|为什么|什么|哪里|哪个|谁",
)
POLITE = re.compile(
    r"\s*(?:can|could|would|will) you\b|\s*(?:please|bitte|kannst du|könntest du|peux-tu|pouvez-vous|puedes|podrías)\b"
    r"|\s*(?:请|能否|可以)",
    re.IGNORECASE,
)
LEAST_ALIKE = 0.8
"""How like a verb a first word must be to be a slip for it (`difflib`): "imporve" 0.86, "update" and "date" 0.8."""
FIRST = re.compile(rf"({ASKED_FOR})([a-z]{{5,}})\b(.*)", re.IGNORECASE | re.DOTALL)
KNOWN = frozenset([*_ADD, *_RESHAPE, *_MEND, *_ASK])


def as_meant(request: str) -> str:
    """The request with a slip in its first verb mended: "imporve the docs" → "improve the docs"."""
    found = FIRST.fullmatch(request.strip())
    if found is None or found[2].lower() in KNOWN:
        return request
    verbs = [verb for verb in (*_ADD, *_RESHAPE, *_MEND) if verb[0] == found[2][0].lower()]
    near = difflib.get_close_matches(found[2].lower(), verbs, 1, LEAST_ALIKE)
    return f"{found[1]}{near[0]}{found[3]}" if near and found[3].strip() else request


@lru_cache(maxsize=16)  # each step of a request asks
def wants_change(request: str) -> bool:
    """Whether something is to be changed; a question about a change is none."""
    request = as_meant(request)
    verb = next((match for match in (ADDING, RESHAPING, MENDING) if match.search(request)), None)
    if verb is None or _wishes(request):
        return _wishes(request)
    found, asked = verb.search(request), ASKING.search(request)
    return found is not None and (asked is None or POLITE.match(request) is not None or found.start() < asked.start())


def _wishes(request: str) -> bool:
    """Whether it says how something should be: "the client should close itself"."""
    found = WISHED.search(request)
    return found is not None and bool(request[: found.start()].strip()) and WONDERED.search(request) is None
