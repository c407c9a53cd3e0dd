"""What an own answer to a question means: an offered one, all or none of them, whichever, or the end of it. Pure.

By place ("the second one"), by words of an answer or words like them, with slips, by what is ruled out ("not the
docs"). What writes something is never guessed: a yes is made of words that mean yes, and of nothing else.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Sequence

from codemaestro_jupyter.converse.answerwords import (
    ANY,
    ENDS,
    EVERY,
    LIKE,
    NO,
    NONE,
    PLACES,
    ROUND_ANY,
    ROUND_CONFIRM,
    ROUND_EVERY,
    ROUND_NONE,
    ROUND_PLACES,
    YES,
)
from codemaestro_jupyter.converse.offered import STOP, Option, Question

ENOUGH = 0.5
"""Share of the words of an answer that an offered one must hold to be taken for it."""
LEAST_LETTERS = 3
"""Letters from which on a word may stand for one that it begins."""
SLIPS = 4
"""Letters from which on a word may be misspelt."""
ALIKE = 0.8
"""How like a word must be to one that it is a slip of (`difflib`): "restucture" 0.95, "explian" 0.86."""
NEARLY = 0.95
"""What a word counts that only nearly is one of an answer: one that is counts more."""
WORD = re.compile(r"[^\W_]+")
PATH = re.compile(r"\S*[/.]\S+")
RULED_OUT = re.compile(
    r"(?:(?:just |please |but |and )?(?:not|nicht|pas|kein\w*|without|except|avoid)"
    r"|(?:anything|everything|all) (?:but|except)|no(?=\s+[^\W_]))\s+(.+)"
)
NOT_ANY = re.compile(r"\b(?:not|don'?t|no)\b.*\b(?:any|either)\b")
IN_PLACE_OF = re.compile(r",?\s+(?:not|nicht|pas|rather than|instead of|statt|au lieu de|en vez de)\s+")


def match(text: str, question: Question) -> Option | None:
    """The offered answer that a free text means, if it clearly means one."""
    raw, said = text.strip().lower(), folded(text)
    exact = next((each for each in question.options if raw in (each.label.lower(), each.id.lower())), None)
    words = WORD.findall(said)
    if exact is not None or not words:
        return exact
    if (place := _place(words, len(question.options))) is not None:
        return question.options[place]
    if question.option("apply") is not None:
        return question.option("leave") if ends(text) else _decided(words, question)
    every = question.option("scope-all")
    if every is not None and _says(words, EVERY, ROUND_EVERY):
        return every
    if _says(words, ANY, ROUND_ANY) and not NOT_ANY.search(said):
        return question.options[0]
    if (out := RULED_OUT.fullmatch(said)) is not None:
        return _left(out[1], question)
    return _likest(IN_PLACE_OF.split(said)[0], question)


def ends(text: str) -> bool:
    """Whether an answer says that the request is not wanted any more."""
    said = re.sub(r"\b(?:please|bitte|oh|ok)\b|[^\w\s']", " ", folded(text))
    return " ".join(said.split()) in ENDS


def none_of_them(text: str) -> bool:
    """Whether an answer says that none of the offered ones is meant, and not which then."""
    return _says(WORD.findall(folded(text)), NONE, ROUND_NONE)


def folded(text: str) -> str:
    """Small letters without accents, and without the end of a sentence."""
    plain = unicodedata.normalize("NFKD", text.strip().lower().replace("’", "'"))
    return "".join(each for each in plain if not unicodedata.combining(each)).rstrip(".!…。！ ")


def _says(words: Sequence[str], core: Collection[str], around: Collection[str]) -> bool:
    """Whether the words are of one meaning only, with nothing but small words around."""
    return any(word in core for word in words) and all(word in core or word in around for word in words)


def _place(words: Sequence[str], count: int) -> int | None:
    rest = [word for word in words if word not in ROUND_PLACES] or [word for word in words if word == "one"]
    if len(rest) != 1 or (len(words) > 1 and rest[0] in ("a", "b", "c", "d") and words[0] not in ROUND_PLACES):
        return None
    if count == len(("former", "latter")) and rest[0] in ("former", "latter"):
        return 0 if rest[0] == "former" else 1
    place = PLACES.get(rest[0])
    return None if place is None or place >= count else place


def _decided(words: Sequence[str], question: Question) -> Option | None:
    """Yes or no, where a plan is to be confirmed; whatever holds a no is none."""
    known = all(word in YES or word in NO or word in ROUND_CONFIRM for word in words)
    if not known or not any(word in YES or word in NO for word in words):
        return None
    return question.option("leave" if any(word in NO for word in words) else "apply")


def _left(said: str, question: Question) -> Option | None:
    """The one answer that is left once those that are named are not meant."""
    words = [word for word in WORD.findall(said) if word not in STOP]
    offered = [option for option in question.options if option.id != "scope-all"]
    left = [option for option in offered if not words or _share(words, option) < NEARLY]
    return left[0] if len(left) == 1 and len(left) < len(offered) else None


def _likest(said: str, question: Question) -> Option | None:
    words = [word for word in WORD.findall(said) if word not in STOP]
    if not words:
        return None
    if "and" in said.split() and (both := _both(said, question)) is not None:
        return both
    scores = [(_share(words, option), option) for option in question.options]
    best = max(scores, key=lambda item: item[0])
    if best[0] >= ENOUGH and sum(score == best[0] for score, _ in scores) == 1:
        return best[1]
    names = {
        option.label.lower().rpartition("/")[2]: option for option in question.options if PATH.search(option.label)
    }
    near = difflib.get_close_matches(said, names, 2, ALIKE) if " " not in said and best[0] <= ENOUGH else []
    return names[near[0]] if len(near) == 1 else None


def _both(said: str, question: Question) -> Option | None:
    """All of it, where an answer names every part that is offered."""
    parts = [option for option in question.options if option.id != "scope-all"]
    named = [_one(piece, question) for piece in said.split(" and ")]
    return question.option("scope-all") if all(part in named for part in parts) else None


def _one(said: str, question: Question) -> Option | None:
    place = _place(WORD.findall(said), len(question.options))
    return _likest(said, question) if place is None else question.options[place]


def _share(words: Sequence[str], option: Option) -> float:
    """Which share of the words an answer holds; of one that says how, what it says and not where."""
    like = LIKE.get(option.id)
    label = PATH.sub(" ", option.label) if like is not None else option.label
    known = (frozenset(WORD.findall(folded(label))) - STOP) | (like or frozenset())
    return sum(_held(word, known) for word in words) / len(words)


def _held(word: str, known: Collection[str]) -> float:
    """Whether a word is among others: wholly, or as what begins one, or as a slip of one."""
    if word in known:
        return 1.0
    stem = word.rstrip("s")
    for other in known:
        short, long = sorted((stem, other.rstrip("s")), key=len)
        if len(short) >= LEAST_LETTERS and long.startswith(short):
            return NEARLY
    longer = [each for each in known if len(each) >= SLIPS]
    return NEARLY if len(word) >= SLIPS and difflib.get_close_matches(word, longer, 1, ALIKE) else 0.0
