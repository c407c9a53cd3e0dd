"""Every way a string of Python source can read: what is put into it as `%1`, its choices and numbers as forms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

MOST = 48
"""Forms of one sentence at most: where there would be more, its choices stay values."""


@dataclass(frozen=True)
class Slot:
    """What an f-string puts in, by its source."""

    source: str


@dataclass(frozen=True)
class Form:
    """One way a string can read: its pieces, and for each choice on a number whether it is the one for one."""

    pieces: tuple[str | Slot, ...] = ()
    counted: tuple[tuple[str, bool], ...] = ()

    def __add__(self, other: Form) -> Form:
        return Form(self.pieces + other.pieces, self.counted + other.counted)

    @property
    def consistent(self) -> bool:
        """Whether a number that is chosen by twice is one both times, or neither."""
        return len(dict(self.counted)) == len(set(self.counted))

    def template(self, first: str = "") -> str:
        """As the translator reads it: slots numbered as they come, the one of source `first` before all others."""
        numbers = {first: 1} if first else {}
        parts = []
        for piece in self.pieces:
            if isinstance(piece, Slot):
                parts.append(f"%{numbers.setdefault(piece.source, len(numbers) + 1)}")
            else:
                parts.append(piece.replace("%", "%%"))
        return "".join(parts)


@dataclass(frozen=True, order=True)
class Sentence:
    """A line of the table; `many` is empty where nothing is counted, else `%1` is the number."""

    one: str
    many: str = ""


Names = dict[str, list[ast.expr]]


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`; "" for what is no name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    return last_name(call.func)


def chosen(node: ast.AST) -> bool:
    """Whether it is one of two strings."""
    return isinstance(node, ast.IfExp) and stringy(node)


def names_of(body: Iterable[ast.stmt]) -> Names:
    """Names that stand for nothing but strings, with every one of them; tables of strings by name too."""
    found: Names = {}
    other: set[str] = set()
    for statement in body:
        for node in own(statement):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    if stringy(node.value):
                        found.setdefault(target.id, []).append(node.value)
                    else:
                        other.add(target.id)
            elif isinstance(node, ast.For | ast.AugAssign) and isinstance(node.target, ast.Name):
                other.add(node.target.id)
    return {name: values for name, values in found.items() if name not in other}


def own(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and what it holds, but for functions and classes, whose names are their own."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from own(child)


def stringy(node: ast.expr) -> bool:
    """Whether an expression is nothing but a string, a choice of strings, a sum or a table of them."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Mult) and (stringy(node.left) or stringy(node.right))
    if isinstance(node, ast.IfExp):
        return stringy(node.body) and stringy(node.orelse)
    if isinstance(node, ast.Dict):
        return bool(node.values) and all(stringy(value) for value in node.values)
    return stringy_part(node)


def stringy_part(node: ast.AST) -> bool:
    """Whether a part of an expression is a string."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def sentences(node: ast.expr, names: Names, *, single: bool = False) -> Iterator[Sentence]:
    """What a string can read as: plain sentences, and those that come as singular and plural."""
    rest = list(dict.fromkeys(replace(form, pieces=trimmed(form.pieces)) for form in forms(node, names)))
    while rest:
        form = rest.pop(0)
        pair = next((other for other in rest if twins(form, other)), None)
        counted = counts(form, pair) if pair is not None else ""
        if pair is not None and counted:
            rest.remove(pair)
            one, many = (form, pair) if dict(form.counted)[counted] else (pair, form)
            yield from kept(Sentence(one.template(counted), many.template(counted)), single)
        else:
            yield from kept(Sentence(form.template()), single)


def forms(node: ast.expr, names: Names, depth: int = 0) -> list[Form]:
    """Every way an expression can read; what is no string is one slot."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        pieces = [piece for part in node.value.split("{}") for piece in (Slot("{}"), part)][1:]  # for `.format`
        return [Form(tuple(piece for piece in pieces if piece != ""))]
    if isinstance(node, ast.JoinedStr):
        found = [Form()]
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            each = forms(inner, names, depth)
            if len(found) * len(each) > MOST:
                each = [Form((Slot(ast.unparse(inner)),))]
            found = [form for left in found for right in each if (form := left + right).consistent]
        return found
    if isinstance(node, ast.IfExp) and (stringy(node.body) or stringy(node.orelse)):
        counted, one = number_of(node.test)
        yes, no = (
            (Form(counted=((counted, one),)), Form(counted=((counted, not one),))) if counted else (Form(), Form())
        )
        return [yes + form for form in forms(node.body, names, depth)] + [
            no + form for form in forms(node.orelse, names, depth)
        ]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant):
        counted, one = number_of(node.right)
        if counted and isinstance(node.left.value, str):  # {'s' * (count != 1)}
            return [Form((node.left.value,), ((counted, one),)), Form((), ((counted, not one),))]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and stringy(node.left):
        return [*forms(node.left, names, depth), Form()]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and any(map(stringy_part, ast.walk(node))):
        return [left + right for left in forms(node.left, names, depth) for right in forms(node.right, names, depth)]
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and any(stringy(value) for value in node.values):
        return [form for value in node.values for form in forms(value, names, depth)]
    table = node.value if isinstance(node, ast.Subscript) else None
    if isinstance(node, ast.Call) and called(node) == "get" and isinstance(node.func, ast.Attribute):
        table = node.func.value
    if isinstance(table, ast.Name) and table.id in names and isinstance(names[table.id][0], ast.Dict):
        return [form for value in names[table.id][0].values for form in forms(value, names, depth)]
    if isinstance(node, ast.Name) and node.id in names and depth < 3 and not isinstance(names[node.id][0], ast.Dict):
        return [form for value in names[node.id] for form in forms(value, names, depth + 1)]
    return [Form((Slot(ast.unparse(node)),))]


def number_of(test: ast.expr) -> tuple[str, bool]:
    """What a test compares with one, and whether it is true of one; "" if it does not."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.comparators[0], ast.Constant):
        number, kind = test.comparators[0].value, type(test.ops[0])
        if (kind, number) in {(ast.Eq, 1), (ast.Lt, 2), (ast.LtE, 1)}:
            return ast.unparse(test.left), True
        if (kind, number) in {(ast.NotEq, 1), (ast.Gt, 1), (ast.GtE, 2)}:
            return ast.unparse(test.left), False
    return "", False


def twins(form: Form, other: Form) -> bool:
    """Whether two forms differ by a number being one, and by nothing else."""
    left, right = dict(form.counted), dict(other.counted)
    return left.keys() == right.keys() and sum(left[name] is not right[name] for name in left) == 1


def counts(form: Form, other: Form) -> str:
    """The source of the number that two forms differ by, if the plural says it."""
    left, right = dict(form.counted), dict(other.counted)
    name = next(name for name in left if left[name] is not right[name])
    many = other if left[name] else form
    return name if Slot(name) in many.pieces else ""


def trimmed(pieces: tuple[str | Slot, ...]) -> tuple[str | Slot, ...]:
    """Without the blanks and line ends around it, its neighbouring texts joined."""
    joined: list[str | Slot] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    if joined and isinstance(joined[0], str):
        joined[0] = re.sub(r"^\s*(?:- )?(?:[⚠✓✗→] )?", "", joined[0])
    if joined and isinstance(joined[-1], str):
        joined[-1] = joined[-1].rstrip()
    return tuple(piece for piece in joined if piece != "")


def kept(sentence: Sentence, single: bool) -> Iterator[Sentence]:
    """The sentence, if it is one: words for a person, and more than a name."""
    text = re.sub(r"%\d", "", sentence.one)
    words = re.findall(r"[A-Za-z]{2,}", re.sub(r"`[^`]*`", "", text))
    code = re.search(
        r"[\n\\]|\b[a-z]+_[a-z]+\b(?!`)|^(?:import|from|def|class) |^(?:ruff|pytest) (?:%|check)|^-|\{\}", sentence.one
    )
    enough = re.fullmatch(r"[a-z]{3,}", sentence.one) if single else False
    if enough or (words and " " in sentence.one and not code and len("".join(words)) > 2):
        yield sentence
