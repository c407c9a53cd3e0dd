"""Guess the words that come next, from how this project's people and files speak.

A half-typed word is completed from what followed the word before it in past subjects, from the project's own words and
from names in the session; after a space, the words that followed in past subjects continue the text.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from functools import partial

from codemaestro_jupyter.predict.ground import Ground
from codemaestro_jupyter.predict.question import Question
from codemaestro_jupyter.types import LikelyWord, LiveContext
from codemaestro_jupyter.workspace.tokens import LONGEST_WORD, subtokens

Votes = defaultdict[str, float]
MOST = 3
SHORTEST_PREFIX = 3
LOOKED_AT = 400
"""Past subjects read for one continuation, newest first."""
PROJECT_WORDS = 12
FOLLOWED, SAID, IN_SESSION = 6.0, 2.0, 3.0
"""A word that followed before, that a subject holds, that the session names: against 1 for a word of the files."""
UNSURE = 4.0
"""Added to what the shares are taken of: the person may well type something new."""
_SPOKEN = re.compile(r"[^\W\d][\w.-]*\w|[^\W\d_]")


def likely_words(ground: Ground, question: Question, live: LiveContext) -> tuple[LikelyWord, ...]:
    """At most `MOST` words, likeliest first; `completion` is what is appended to the text as it stands."""
    prefix = question.partial
    before = question.words[-1] if question.words else ""
    if prefix and len(prefix) < SHORTEST_PREFIX:
        return ()
    if not prefix and not (before and question.text[-1:].isspace()):
        return ()
    votes = _followers(ground, before, prefix) if before else defaultdict(float)
    if prefix:
        lowered = prefix.lower()
        for word, count in ground.view.words(prefix, PROJECT_WORDS):
            votes[word] += count / (count + 5)
        for term, count in ground.past.complete(lowered, PROJECT_WORDS):
            for word in _as_said(ground, term, lowered):
                votes[word] += SAID * count / (count + 3)
        for name in [variable.name for variable in live.variables]:
            if name.lower().startswith(lowered):
                votes[name] += IN_SESSION
    return _ranked(votes, prefix)


def _ranked(votes: Votes, prefix: str) -> tuple[LikelyWord, ...]:
    """Votes as words, those of one spelling in any case together; the prefix must be kept as typed."""
    fitting: dict[str, tuple[float, str]] = {}
    for word, vote in votes.items():
        if len(word) <= len(prefix) or len(word) > LONGEST_WORD or not word.lower().startswith(prefix.lower()):
            continue
        total, best = fitting.get(word.lower(), (0.0, word))
        exact = word.startswith(prefix) and not best.startswith(prefix)
        fitting[word.lower()] = total + vote, word if exact else best
    total = sum(vote for vote, _ in fitting.values()) + UNSURE
    ordered = sorted(fitting.values(), key=lambda one: (-one[0], one[1]))[:MOST]
    return tuple(LikelyWord(word, word[len(prefix) :], round(vote / total, 4)) for vote, word in ordered)


def _followers(ground: Ground, before: str, prefix: str) -> Votes:
    """Words that followed `before` in past subjects and start with the prefix."""
    votes: Votes = defaultdict(float)
    lowered = prefix.lower()
    for word, vote in ground.past.followers.get(before, partial(_all_followers, ground)):
        if word.lower().startswith(lowered):
            votes[word] += vote
    return votes


def _all_followers(ground: Ground, before: str) -> list[tuple[str, float]]:
    """Each word that followed, each time it did, and what that counts."""
    terms = subtokens(before)
    if not terms:
        return []
    wanted, found = before.lower(), []
    for commit in ground.past.commits_of(terms[-1])[:LOOKED_AT].tolist():
        said = _SPOKEN.findall(ground.past.subjects[commit])
        for one, other in itertools.pairwise(said):
            if one.lower() == wanted:
                found.append((other, FOLLOWED * (0.5 + 0.5 * float(ground.past.fading[commit]))))
    return found


def _as_said(ground: Ground, term: str, prefix: str) -> list[str]:
    """How the newest subject that holds a (stemmed) term spells the word."""
    for commit in ground.past.commits_of(term)[:3].tolist():
        for word in _SPOKEN.findall(ground.past.subjects[commit]):
            if word.lower().startswith(prefix) and term in subtokens(word):
                return [word]
    return []
