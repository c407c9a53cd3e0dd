"""How people ask: one table of English patterns, tried in order; whatever fits none is a brief.

Each row is a tool, an aspect and a pattern for the whole request; the group `arg` is what the tool is used on. Words
that mean the same are gathered above the table, so that a row reads like the sentence it stands for.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from codemaestro_jupyter.types import Tool

Aspect = Literal[
    "",
    "definition",
    "uses",
    "calls",
    "text",
    "tests",
    "project",
    "help",
    "undo",
    "tree",
    "commit",
    "last",
    "branch",
    "below",
    "files",
    "frame",
]
HERE = frozenset({"this file", "this notebook", "this cell", "the notebook", "the cell", "this module", "the file"})
KIND = (
    r"(?:function|method|class|module|variable|constant|symbol|file|notebook|script|package|decorator|test|dataframe"
    r"|struct|trait|interface|enum|macro|widget|property|attribute|field|hook)"
)
RANGE = r"(?:lines?\s+)?(?:from\s+)?(?:line\s+)?(?P<a>\d+)\s*(?:-|–|to|until|through|\.\.)\s*(?:line\s+)?(?P<b>\d+)"

_HERE = f"(?:{'|'.join(sorted(HERE))})"
_SHOW = r"(?:show|read|open|view|display|cat|print|see|look at|give|list|load|head|tail)(?: me)?"
_FAIL = (
    r"(?:fail(?:s|ed|ing|ure)?|crash(?:es|ed|ing)?|break(?:s|ing)?|broken?|error(?:s|ed|ing)?|rais(?:e|es|ed|ing)"
    r"|throw(?:s|ing)?|threw|not work(?:s|ed|ing)?|doesn't work|go wrong|die[sd]?|red|blow(?:s|ing)? up)"
)
_ERROR = r"(?:error|exception|traceback|failure|crash|stack ?trace)"
_DO = r"(?:did|does|do|is|was|are|were|has|have)"
_LAST = r"(?:(?:the|this|that|my|all|last|latest|recent|new|uncommitted) )*"
_CHANGED = r"(?:changed?|touched|edit(?:ed)?|modif(?:y|ied)|commit(?:ted)?|wrote|done|do|work(?:ed)? on)"
_WHERE = r"where(?:'s|s| is| are| was| were| do we| do i| does)?"
_ALL = r"(?:find |show |list |search |for |get |me |all |every |the |which |what |where |are )*"
_USES = r"(?:uses|usages?|references|refs|occurrences|mentions|imports)"
_USE = r"(?:uses?|imports?|references?|mentions?|depends? on)"
_USED = r"(?:used|referenced|imported|mentioned)"
_DEFINED = r"(?:defined?|declared?|implemented?|come from|live|located|created)"
_WHAT_IS = r"what(?:'s| is| are)"
_EXPLAIN = (
    rf"(?:explain|describe|document|summari[sz]e|tell me about|{_WHAT_IS}|what does|how does|info(?: on| about)?"
    r"|help(?: me)?(?: with| understand| on)?|understand)(?: me| to me)?"
)
_DOES = r"(?: (?:do|does|work|works|mean|for|about|in here))?"
_SOURCE = r"(?:contents? of |source (?:code )?(?:of |for )|code (?:of |for )|definition of |body of )?"

_FAILURE = (
    rf"(?:why|how come)(?: {_DO})? (?P<arg>.*?)\s*\b{_FAIL}\b.*",
    rf"why (?:this|the|that|an?) {_ERROR}.*|why|why not",
    r"what(?:'s| is| went| was| has gone)? ?(?:wrong|broken|failed|failing|happened)"
    r"(?: here| (?:with|in) (?P<arg>.+))?",
    r"why (?:am i|are we|do i|do we) (?:getting|get|seeing|see|having) (?:an? |the |this |that )*(?P<arg>.+)",
    rf"what(?:'s| is| was| does| caused?| causes)? (?:the|this|that|my) (?:last |latest )?{_ERROR}\b.*",
    rf"(?:explain|analy[sz]e|understand|{_SHOW}) {_LAST}{_ERROR}s?",
    rf"{_LAST}{_ERROR}s?",
    rf"(?:fix|repair|solve|debug) (?:the|this|that|my) (?:last |latest )?{_ERROR}s?"
    r"(?: (?:in|of|from) (?:the |this |that |my )?(?:last )?(?:cell(?: #?\d+)?|notebook|kernel))?",
    rf"(?:which|what) (?:tests?|cells?) (?:are |is |have |has |did |do )?{_FAIL}.*",
    rf"(?:{_SHOW} )?(?:the )?failing tests?",
)
_NUMBER = r"(?P<count>\d{1,3}|one|two|three|four|five|six|seven)"
_COMMITS = r"(?:commits|changes)"
_NEWEST = r"(?:last|latest|newest|recent|past)"
_SHA = r"(?P<arg>(?=[a-f]*\d)[0-9a-f]{7,40})"
_NAME = r"(?P<who>(?-i:[A-Z])[^ ]*(?: (?-i:[A-Z])[^ ]*){0,2}"
_COMMIT = (
    rf"(?:git )?show {_SHA}",
    rf"(?:.*\b)?commit {_SHA}\b.*",
    rf"what (?:did|does|was|is) {_SHA}\b.*",
)
_TREE = (
    rf"(?:{_SHOW} |what(?:'s| is| are| has been| have i)?(?: the| my)? )?(?:my |the |all )*"
    r"(?:uncommitted|unstaged|staged|unsaved|local|pending|dirty)(?: (?:changes|files|work|edits|diff))?"
    r"(?: (?:in|of|to) (?P<arg>.+))?",
    r"what(?:'s| is| did i| have i)? (?:not(?: yet)?|n't)(?: been)? commit(?:ted)?(?: yet)?",
    r"git (?:status|diff)(?: (?P<arg>.+))?|status",
    rf"(?:{_SHOW} )?(?:me )?(?:the |my )?diff(?: (?:of |for |in )?(?P<arg>.+))?",
    r"compare (?P<arg>.+) (?:with|to|against) (?:head|git|the last commit|what is committed)",
)
_LASTLY = (
    rf"when (?:was|were|did|has) (?P<arg>.+?)(?: last)?(?: been)? {_CHANGED}(?: last)?",
    rf"who (?:was the last (?:one )?(?:to|who) )?(?:last )?{_CHANGED} (?P<arg>.+?)(?: (?:last|lately|recently|most))?",
    r"(?:who|when) (?:wrote|added|introduced|created) (?P<arg>.+)",
    r"(?:git )?blame (?P<arg>.+)",
)
_HISTORY = (
    rf"(?:{_SHOW} |what (?:changed|happened|was done) in )?(?:the )?{_NEWEST} {_NUMBER} {_COMMITS}(?: (?P<arg>.*))?",
    rf"(?:{_SHOW} |what(?:'s| is| was| did) |what changed in )?(?P<one>(?:the )?{_NEWEST} commit)"
    r"(?: (?P<arg>(?:to|of|on|in|about|for) .*)| (?:do|change))?",
    r"what(?:'s| is| has| have)?(?: been)? (?:changed|new|different|modified|edited|done)"
    rf"(?: by {_NAME}|me))?(?: (?P<arg>.*))?",
    rf"what (?:did|have|has) (?P<who>[^ ]+(?: [^ ]+)??) {_CHANGED}\b ?(?P<arg>.*)",
    rf"what (?:was|were|are) {_LAST}(?:changes|commits|changed|done)(?: (?P<arg>.*))?",
    rf"(?:{_SHOW} )?{_LAST}{_COMMITS} (?:by|from|of) {_NAME}|me)(?: (?P<arg>.*))?",
    rf"(?:{_SHOW} )?{_LAST}(?:git )?(?:changes|commits|history|log)(?: (?P<arg>.*))?",
    r"(?:git )?log(?! (?:every|each|all|any|when|whenever)\b)(?: (?P<arg>.*))?",
    r"(?:what happened|any changes|anything new)(?: (?P<arg>.*))?",
)
_PROJECT_WORD = (
    r"(?:(?:this|the|our|my|that) )?(?:whole |entire )?"
    r"(?:project|repo|repository|code ?base|package|library|workspace)"
)
_PLAN_OF = r"(?:overview|summary|structure|architecture|layout)"
_PROJECT = (
    rf"(?:what(?:'s| is| does| are)|how is|how does|explain|describe|document|summari[sz]e|tell me about|introduce"
    rf"|understand|{_SHOW})(?: me)? (?:the (?:structure|architecture|layout|purpose) of )?{_PROJECT_WORD}"
    rf"(?: (?:do|does|about|for|structured|organi[sz]ed|laid out|built|work|works|all|{_PLAN_OF}))*",
    rf"what(?:'s| is) (?:in|inside) {_PROJECT_WORD}",
    rf"(?:{_SHOW} |give (?:me )?)?(?:an? |the )?{_PLAN_OF}(?: of {_PROJECT_WORD})?",
    rf"(?:(?:what|which)(?: are)? |{_SHOW} )?(?:all )?(?:the )?(?:files|folders|directories|modules)"
    rf"(?: (?:are (?:there|here)|do we have|exist|does it have))?(?: (?:are )?(?:in|of) {_PROJECT_WORD})?",
    r"where (?:do|should|can) (?:i|we|one) (?:start|begin)(?: reading)?",
    rf"{_SHOW} everything",
)
_THANKS = (
    r"(?:(?:many )?thanks?(?: you)?|great|perfect|nice|cool|a lot|(?:very|so) much|(?:that|it) (?:help|work)(?:s|ed))"
)
_HELP = (
    r"help|usage|\?|there|test|what do you do|who are you|what (?:is|are) (?:maestro|codemaestro|you)",
    rf"{_THANKS}(?:[,!. ]+{_THANKS})*|good (?:morning|afternoon|evening|day)",
    r"what can (?:you|i|maestro|codemaestro) (?:do|ask)(?: (?:here|you|for me))?",
    r"how (?:do|can) i use (?:you|this|it|maestro|codemaestro)",
)
_UNDO = (r"(?:undo|redo|revert)(?: (?:it|that|this|again|(?:the |my |your )?last (?:one|thing|change|edit|step)))?",)
_DEFINITION = (
    rf"(?:in )?(?:which|what) (?:files?|modules?|class(?:es)?)(?: is| are| do(?:es)?)? (?P<arg>.+?) (?:in|{_DEFINED})",
    r"(?:in )?(?:which|what) (?:file|module|class) (?:is|has|holds|contains) (?P<arg>[^ ]+)",
    r"(?:which (?:files?|modules?|class(?:es)?)|who|what) (?:defines?|declares?|overrides?|redefines?) (?P<arg>.+)",
    r"(?:find|where(?:'s| is)) (?:the )?(?:definition|declaration|implementation)s? (?:of|for) (?:the )?(?P<arg>.+)",
    rf"{_WHERE} (?P<arg>.+?) (?:get )?{_DEFINED}",
)
_CALLS = (
    rf"{_WHERE} (?P<arg>.+?) (?:being )?(?:called|invoked)(?: from)?",
    rf"{_ALL}(?:callers?|calls?|call sites?|invocations?) (?:of|to|for) (?P<arg>.+)",
    r"(?:who|what|which (?:files?|modules?|functions?|tests?)) (?:calls?|invokes?) (?P<arg>.+)",
)
_BELOW = (
    r"(?:find |show |list |what are )?(?:all |the )*(?:subclasses|children|descendants|implementations) of"
    r" (?P<arg>[^ ]+)",
    r"(?:who|what|which class(?:es)?) (?:inherits?|derives?|extends?|implements?|subclass(?:es)?)(?: from)?"
    r" (?P<arg>[^ ]+)",
)
_USAGE = (
    r"is (?P<arg>[^ ]+) (?:still |ever |even )?(?:used|needed|imported)(?: anywhere| somewhere| at all)?",
    rf"{_WHERE} (?P<arg>.+?) (?:being )?{_USED}",
    rf"where (?:do we|do i|does it|is it that we) {_USE} (?P<arg>.+)",
    rf"{_ALL}{_USES} (?:of|to|for) (?P<arg>.+)",
    rf"(?:who|what|which (?:files?|modules?|functions?|tests?|notebooks?|scripts?|classes)) {_USE} (?P<arg>.+)",
)
_TESTS = (
    rf"{_ALL}tests? (?:for|of|that (?:cover|test)|covers?|tests?) (?P<arg>.+)",
    r"(?:is there|are there|do we have) (?:an?|any )?\s*tests? (?:for|of|that covers?) (?P<arg>.+)",
    r"(?:how |where )?is (?P<arg>[^ ]+) (?:tested|covered)(?: by tests)?",
)
_PLACE = (
    rf"where (?:do|can|could|would|should) (?:i|we|one|you) (?:find|see|look for) (?:the )?(?P<arg>[^ ]+(?: {KIND})?)",
    rf"{_WHERE} (?:the )?(?P<arg>[^ ]+(?: {KIND})?)",
)
_TEXT = (
    r"(?:(?:find|list|show|search|grep)(?: for| me)? )?(?:all )?(?:the )?(?P<arg>todos?|fixmes?)"
    r"(?: comments?| notes?| items?)?",
    r"(?:grep|search)(?: for| the (?:code|project) for)? (?P<arg>.+)",
    r"(?:find|locate|look for) (?P<arg>\"[^\"]+\"|'[^']+'|`[^`]+`)",
)
_KIND_OF_FILE = r"(?:python|javascript|typescript|markdown|rust|go|java|julia|yaml|json|c|r)"
_FILES = (
    rf"(?:{_SHOW} |find |which )?(?:me )?(?:all )?(?:the )?(?P<arg>notebooks|{_KIND_OF_FILE} files)"
    r"(?: (?:here|there|are there|do we have|exist))?",
)
_FIND = (rf"(?:find|locate|look for|look up|go to|jump to) (?:the )?(?:{KIND} )?(?P<arg>[^\s]+)(?: {KIND})?",)
_ABOUT = r"(?:signature|parameters?|arguments?|docs?|docstring|documentation|return (?:value|type)|members|methods)"
_DIMENSIONS = r"(?:columns?|rows?|dtypes?)(?: (?:and|or) (?:columns?|rows?|dtypes?))?(?: names)?"
_EXPLAINED = (
    rf"(?:{_SHOW} |{_WHAT_IS} )?(?:the )?{_ABOUT} (?:of|for) (?:the )?(?:{KIND} )?(?P<arg>[^ ]+)",
    rf"what does (?:the )?(?:{KIND} )?(?P<arg>[^ ]+) (?:return|take|accept|need|contain|raise)",
    rf"(?:how (?:do|can|should) (?:i|we|one|you)|how to) (?:use|call) (?:the )?(?:{KIND} )?(?P<arg>[^ ]+)",
    r"what happens (?:in|inside) (?P<arg>[^ ]+)",
    r"(?:explain |describe |tell me )?what (?:the )?(?P<arg>[^ ]+) (?:does|is for|means)",
    r"explain (?:the )?(?:code|source|contents?) (?:in|of) (?P<arg>[^ ]+)",
    rf"{_WHAT_IS} (?:the )?(?:shape|columns?|types?|dtypes?|size) of (?:the )?(?P<arg>[^ ]+)",
    r"what (?:data )?type (?:is|has|does) (?:the )?(?P<arg>[^ ]+)(?: have)?",
    rf"(?:which|what|how many) {_DIMENSIONS} (?:does|do|has|are (?:there )?in) (?:the )?(?P<arg>[^ ]+)(?: have)?",
    rf"(?:{_SHOW} )?(?:the )?(?:names of the )?{_DIMENSIONS} (?:of|in) (?:the )?(?P<arg>[^ ]+)",
    r"how (?:big|long|large|wide) is (?:the )?(?P<arg>[^ ]+)",
    rf"{_EXPLAIN} (?:the |a |an )?(?:{KIND} )?(?P<arg>[^\s]+)(?: {KIND})?{_DOES}",
    rf"(?:{_EXPLAIN}|what's in) (?P<arg>{_HERE})",
    r"what(?:'s| is) (?:in|inside)(?: the file| the notebook)? (?P<arg>[^ ]+)",
)
_READ = (
    rf"explain (?:the )?{RANGE} (?:of|in|from) (?P<arg>.+)",
    r"explain (?:the )?line (?P<c>\d+) (?:of|in|from) (?P<arg>.+)",
    r"explain (?P<arg>[^ ]+\.[a-z]{1,5},? (?:from )?(?:lines? )?\d+(?:\s*(?:-|–|to)\s*\d+)?)",
    rf"{_SHOW} (?:the )?(?P<end>first|last) (?P<n>\d+) lines (?:of|in|from) (?P<arg>.+)",
    rf"{_SHOW} (?P<arg>[^ ]+),? (?:the )?(?P<end>first|last) (?P<n>\d+) lines",
    rf"(?:{_SHOW} )?(?:the )?{RANGE} (?:of|in|from) (?P<arg>.+)",
    rf"(?:{_SHOW} )?(?:the )?line (?P<c>\d+) (?:of|in|from) (?P<arg>.+)",
    rf"(?:{_SHOW} )?(?:the )?cell (?:number )?#?(?P<cell>\d+)(?: (?:of|in|from) (?P<arg>.+))?",
    rf"{_SHOW} (?:the )?(?:whole |entire |full |complete )?{_SOURCE}(?:the )?(?P<arg>{_HERE}|.+)",
)
_TABLE: tuple[tuple[Tool, Aspect, tuple[str, ...]], ...] = (
    ("failure", "", _FAILURE),
    ("explain", "help", _HELP),
    ("explain", "undo", _UNDO),
    ("explain", "project", _PROJECT),
    ("history", "commit", _COMMIT),
    ("history", "tree", _TREE),
    ("history", "last", _LASTLY),
    ("history", "", _HISTORY),
    ("find", "definition", _DEFINITION),
    ("find", "calls", _CALLS),
    ("find", "below", _BELOW),
    ("find", "tests", _TESTS),
    ("find", "uses", _USAGE),
    ("find", "", _PLACE),
    ("find", "files", _FILES),
    ("find", "text", _TEXT),
    ("find", "", _FIND),
    ("explain", "", _EXPLAINED),
    ("read", "", _READ),
)


@cache
def patterns() -> tuple[tuple[Tool, Aspect, re.Pattern[str]], ...]:
    """Matched against one line without polite words and closing punctuation; compiled at the first request (40 ms)."""
    return tuple(
        (tool, aspect, re.compile(rf"^(?:{pattern})$", re.IGNORECASE))
        for tool, aspect, rows in _TABLE
        for pattern in rows
    )
