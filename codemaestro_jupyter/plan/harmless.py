"""Markdown that runs and fetches nothing, whoever wrote it: a model, a file, the person who sent the notebook.

What a cell shows is trusted: JupyterLab puts the HTML of its Markdown into the page as it is, scripts and all. So HTML
is shown as text (a few tags without attributes may stay), links lead nowhere but to the web and to files, and an image
becomes a link to it: asking for it would tell a server what the text put into its address.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

from codemaestro_jupyter.plan.markdown import fence

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_RISK = re.compile(r"<[A-Za-z/!?]|!\[|&[#\w]+;|(?:script|data|file|blob)\s*:", re.IGNORECASE)
"""Without any of these there is nothing to look for."""
_SIMPLE = (
    r"/?(?:br|hr|p|b|i|em|strong|s|sub|sup|kbd|code|pre|small|details|summary|ul|ol|li|table|thead|tbody|tr|th|td)"
)
_TAG = re.compile(rf"<(?!{_SIMPLE}[ \t]*/?>)(?=[A-Za-z/!?])", re.IGNORECASE)
_TAG_OR_ESCAPED = re.compile(rf"\\\\|\\<|{_TAG.pattern}", re.IGNORECASE)
_SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)")
_LINK = re.compile(r"\](?=[(\[:])|\](?=\s*$)", re.MULTILINE)
_TARGET = re.compile(r"\]\((?=([^)\s]{0,400}))")
_SCHEME = re.compile(r"\s*(?:https?:|mailto:|(?![^/?#]*:))", re.IGNORECASE)
_MATH = re.compile(r"\$|\\[(\[]|\\begin")
_BREAK = "\u200b"
_ROUNDS = 3


def harmless(markdown: str) -> str:
    """The same text, and the same object where nothing in it could run or fetch anything."""
    if _RISK.search(markdown) is None:
        return markdown
    for attempt in range(_ROUNDS):
        tokens, bad_references = _parsed(markdown)
        risky = [token for token in tokens if _is_risky(token)]
        if not risky and not bad_references:
            return _without_traps(markdown, tokens)
        lines = markdown.split("\n")
        for token in risky:
            begin, end = token.map or (0, len(lines))
            block = _tamed("\n".join(lines[begin:end]), token.type == "html_block" or attempt > 0)
            lines[begin:end] = block.split("\n")
        markdown = "\n".join(lines)
        if bad_references:
            markdown = _LINK.sub(r"\\]", markdown)
    return fence(markdown)


def _parsed(markdown: str) -> tuple[list[Token], bool]:
    environment: dict[str, dict[str, dict[str, str]]] = {}
    tokens = _parser().parse(markdown, environment)
    return tokens, any(not _SCHEME.match(found["href"]) for found in environment.get("references", {}).values())


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 50 ms, and most texts hold nothing to look at

    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # else bad links pass for text
    return parser


def _is_risky(token: Token) -> bool:
    """Whether a block holds HTML that is not simple, an image, or a link that leads elsewhere."""
    match token.type:
        case "html_block" | "html_inline":
            return _TAG.search(token.content) is not None
        case "image":
            return True
        case "link_open":
            return not _SCHEME.match(str(token.attrs.get("href", "")))
        case "inline":
            return any(_is_risky(child) for child in token.children or ())
    return False


def _tamed(block: str, everywhere: bool) -> str:
    """A block without HTML, images and odd links; code spans of one line stay as they are unless `everywhere`."""
    if everywhere:
        return _LINK.sub(r"\\]", _TAG.sub("&lt;", block).replace("![", "!\\["))
    pieces, at = [], 0
    for span in _SPAN.finditer(block):
        pieces += [_quiet(block[at : span.start()]), span[0]]
        at = span.end()
    return "".join([*pieces, _quiet(block[at:])])


def _quiet(text: str) -> str:
    """Text between code spans: tags as text, images as links, odd links as text; what is escaped already stays."""
    text = _TAG_OR_ESCAPED.sub(lambda found: found[0] if found[0][0] == "\\" else "&lt;", text)
    text = text.replace("![", "[")
    return _TARGET.sub(lambda found: found[0] if _SCHEME.match(_unescaped(found[1])) else "]\\(", text)


def _unescaped(url: str) -> str:
    return unescape(url).lstrip("<").replace("\\", "")


def _without_traps(markdown: str, tokens: list[Token]) -> str:
    """Break the tags in code that formulas could take apart: a `$` before and one inside leave the code's end alone.

    JupyterLab keeps formulas apart before it reads the Markdown, and knows only code of one line and blocks that begin
    a line; so only in other code, and only where there is something like a formula.
    """
    if _MATH.search(markdown) is None:
        return markdown
    lines = markdown.split("\n")
    for token in tokens:
        begin, end = token.map or (0, 0)
        code = token.type == "code_block" or (token.type == "fence" and not lines[begin].startswith(("`", "~")))
        spread = token.type == "inline" and any(
            child.type == "code_inline" and _TAG.search(child.content) and child.content not in "\n".join(lines)
            for child in token.children or ()
        )
        if code or spread:
            lines[begin:end] = [_TAG.sub(f"<{_BREAK}", line) for line in lines[begin:end]]
    return "\n".join(lines)
