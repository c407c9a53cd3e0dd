"""What is said once more where no cell of a notebook is run again: may an earlier answer stand for it?

At a console the same words are the same cell, and in a chat widget. But there "why is it so?" means what was said last,
which may be another thing by now, and "more" is never the same: such a request is answered anew.
"""

from __future__ import annotations

import re
from typing import Literal

from codemaestro_jupyter.types import CellId

CONSOLE = CellId("console")
"""Stands for the cell where a front end names none: IPython, `jupyter console`, a notebook that nbconvert runs."""
CHATS = "chat-"
"""How the cells of chat widgets begin."""
FEW = 2
"""Words up to which a request leans on what was said before it, unless it names something."""
Leaning = Literal["on nothing", "on the last", "further"]
FURTHER = re.compile(
    r"\A\W*(?:and|but|or|so|then|ok|okay|yes|no|und|aber|oder|et|mais|ou|y|pero|o)\b"
    r"|\b(?:again|more|another|others?|else|continue|go on|instead|next (?:one|way|part)"
    r"|noch|nochmals?|mehr|weiter|andere[rsnm]?|encore|autres?|suite|otr[ao]s?|más|nuevo|sigue)\b"
    r"|[再还更]|继续|其他",
    re.IGNORECASE,
)
"""Words that ask for something else than what was said."""
POINTING = re.compile(
    r"\b(?:it|its|this(?!\s+(?:project|repo|repository|package|library|code ?base)\b)|these|those|them|they|their"
    r"|previous(?:ly)?|above|before|earlier|former|latter|same|also|(?:first|second|third|last) (?:one|way|part))\b"
    r"|(?:\A|\b(?:explain|show|do|does|did|is|was|are|about|of|for|with|in|to|from|why|how|like|after|change|fix|undo"
    r"|use|not)\s+)that\b|\bthat\W*\Z"
    r"|\b(?:es|dies(?:e[rsmn]?)?|davon|dafür|darin|damit|dort|ça|cela|ceci|celui|celle|eso|esto|ese|esa|este|esta)\b"
    r"|\bdas\W*\Z|[它这那]|上面|刚才",
    re.IGNORECASE,
)
"""Words that may mean something said before. One too many costs a call, one too few would show a wrong answer."""
NAME = re.compile(r"[`@/\d]|\w[._]\w|\B[A-Z]|\s[A-Z]")


def of_a_cell(cell: CellId) -> bool:
    """Whether a turn is of a cell of a notebook, which can be run again."""
    return bool(cell) and cell != CONSOLE and not cell.startswith(CHATS)


def leans(request: str) -> Leaning:
    """On what else the meaning of a request rests: what was said last, or that it asks for something further."""
    few = len(request.split()) <= FEW and request.isascii() and not NAME.search(request)
    if few or FURTHER.search(request):
        return "further"
    return "on the last" if POINTING.search(request) else "on nothing"


def same_again(request: str, last: str) -> bool:
    """Whether a request means the same as when it was asked before, if `last` was the last one until now."""
    leaning = leans(request)
    return leaning == "on nothing" or (leaning == "on the last" and request == last)
