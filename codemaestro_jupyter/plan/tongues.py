"""The commonest requests in German, French, Spanish and Chinese, said again in English for the one grammar there is.

Only whole sentences of these forms are taken over, with the names in them untouched; all else is read as it stands.
"""

from __future__ import annotations

import re
from functools import cache

_X = r"[`'\"«„]?(?P<x>[\w./:#@-]+(?:\(\))?)[`'\"»“]?"
_THE = r"(?:der|die|das|den|dem|le|la|les|el|los|las|l['’]|un|une|ein|eine|eine?n|el|un|una)?\s*"
_KIND = (
    r"(?:(?:funktion|klasse|methode|datei|variable|fonction|classe|méthode|fichier|función|clase|método|archivo)\s+)?"
)
_SAID = (
    (
        rf"wo (?:ist|wird|sind|werden) {_THE}{_KIND}{_X} (?:definiert|implementiert|deklariert|festgelegt)",
        "where is {x} defined",
    ),
    (rf"wo (?:finde ich|steht|liegt|ist) {_THE}{_KIND}{_X}", "where is {x}"),
    (rf"wo (?:wird|werden) {_THE}{_KIND}{_X} (?:benutzt|verwendet|gebraucht)", "where is {x} used"),
    (
        rf"(?:wo (?:wird|werden) {_THE}{_KIND}{_X} aufgerufen|wer ruft {_THE}{_KIND}(?P<x2>[\w.:]+) auf)",
        "who calls {x}",
    ),
    (rf"(?:wer|was) (?:benutzt|verwendet) {_THE}{_KIND}{_X}", "who uses {x}"),
    (rf"(?:erklär|erkläre|beschreibe?)(?: mir)?(?: bitte)? {_THE}{_KIND}{_X}", "explain {x}"),
    (rf"was (?:macht|tut|ist) {_THE}{_KIND}{_X}", "explain {x}"),
    (rf"(?:zeig|zeige|lies|öffne)(?: mir)?(?: bitte)? {_THE}{_KIND}{_X}", "show {x}"),
    (rf"was (?:hat sich|wurde)(?: zuletzt)?(?: in {_X})? (?:geändert|verändert)", "what changed{ in x}"),
    (
        r"warum (?:ist (?:es|das|der test|die zelle) (?:fehlgeschlagen|gescheitert|abgebrochen)|(?:schlägt|geht) .*)",
        "why did it fail",
    ),
    (r"was macht (?:dieses|das|unser) (?:projekt|paket|repository)", "what does this project do"),
    (rf"où (?:est|sont|se trouve)(?:-il|-elle)? {_THE}{_KIND}{_X}(?: définie?s?)?", "where is {x} defined"),
    (rf"où est (?:définie?|implémentée?) {_THE}{_KIND}{_X}", "where is {x} defined"),
    (rf"où est (?:utilisée?|appelée?) {_THE}{_KIND}{_X}", "where is {x} used"),
    (rf"qui (?:appelle|utilise) {_THE}{_KIND}{_X}", "who uses {x}"),
    (rf"(?:explique|décris)(?:-moi)? {_THE}{_KIND}{_X}", "explain {x}"),
    (rf"que fait {_THE}{_KIND}{_X}", "explain {x}"),
    (rf"(?:montre|affiche|lis|ouvre)(?:-moi)? {_THE}{_KIND}{_X}", "show {x}"),
    (rf"qu['’]est-ce qui a changé(?: dans {_X})?", "what changed{ in x}"),
    (r"pourquoi (?:ça|cela|est-ce que ça) (?:a échoué|échoue|ne marche pas)", "why did it fail"),
    (r"que fait (?:ce|le) (?:projet|dépôt)", "what does this project do"),
    (
        rf"¿?dónde (?:está|se) (?:define|definid[oa]|implementad[oa])? ?{_THE}{_KIND}{_X}(?: definid[oa])?",
        "where is {x} defined",
    ),
    (rf"¿?(?:quién|dónde se) (?:usa|llama)(?: a)? {_THE}{_KIND}{_X}", "who uses {x}"),
    (rf"(?:explica|describe)(?:me)? {_THE}{_KIND}{_X}", "explain {x}"),
    (rf"¿?qué hace {_THE}{_KIND}{_X}", "explain {x}"),
    (rf"(?:muestra|muéstrame|abre|lee) {_THE}{_KIND}{_X}", "show {x}"),
    (
        rf"(?:在)?哪里(?:定义|实现)(?:了)?\s*{_X}|(?P<x2>[\w./-]*?[A-Za-z0-9_])\s*(?:是)?在(?:哪里|哪儿|哪)(?:定义|实现)(?:的)?",
        "where is {x} defined",
    ),
    (
        rf"(?:谁|哪里)(?:调用|使用|用)(?:了|到)?\s*{_X}|(?P<x2>[\w./-]*?[A-Za-z0-9_])\s*在哪里?(?:被)?(?:调用|使用)",
        "who uses {x}",
    ),
    (
        rf"(?:请)?(?:解释|说明)(?:一下)?\s*{_X}|(?P<x2>[\w./-]*?[A-Za-z0-9_])\s*(?:是什么|是做什么的|有什么用)",
        "explain {x}",
    ),
    (rf"(?:请)?(?:显示|打开|查看)\s*{_X}", "show {x}"),
    (r"(?:最近)?(?:改|更改|修改)了什么", "what changed"),
    (r"为什么(?:会)?(?:失败|出错|报错)(?:了)?", "why did it fail"),
    (r"(?:这个|该)(?:项目|仓库)是?(?:做什么的|干什么的)", "what does this project do"),
)


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"(?:{form})", re.IGNORECASE), said) for form, said in _SAID)


def in_english(head: str) -> str:
    """The same request in English; empty where it is of none of these forms."""
    bare = head.strip(" \t？?。.！!")
    for form, said in _forms():
        if found := form.fullmatch(bare):
            groups = found.groupdict()
            name = groups.get("x") or groups.get("x2") or ""
            return said.replace("{x}", name).replace("{ in x}", f" in {name}" if name else "")
    return ""


_SLIPS = {
    "explain": ("explian", "exlpain", "expalin", "explani", "explin", "expain", "eplain", "explane", "exaplin"),
    "where": ("wher", "whre", "wehre", "hwere", "whee", "whrere", "wheer", "weher"),
    "what": ("waht", "wht", "whta", "hwat", "whar", "wat"),
    "show": ("shwo", "hsow", "sohw", "sho", "shpw"),
    "find": ("fnid", "fidn", "ifnd", "fin", "fimd"),
    "which": ("whcih", "wich", "hwich", "whihc"),
    "who": ("hwo", "woh"),
    "describe": ("desribe", "descirbe", "decribe"),
    "read": ("raed", "reda", "erad"),
}
_MEANT = {slip: word for word, slips in _SLIPS.items() for slip in slips}


def without_slip(head: str) -> str:
    """The same request with its first word spelt as it must be meant; empty where there is nothing to mend."""
    first, _, rest = head.partition(" ")
    meant = _MEANT.get(first.lower())
    return f"{meant} {rest}" if meant and rest else ""
