"""Rename a method or attribute of a class: `self.x` in the class and its heirs, `Class.x`, and what clearly is one."""

from __future__ import annotations

import ast
import collections
import datetime
import io
import logging
import queue
import re
import socket
import subprocess
import threading
from collections.abc import Sequence
from concurrent import futures
from functools import partial
from pathlib import Path

from codemaestro_jupyter.edit.python.document import Uses
from codemaestro_jupyter.edit.python.infer import Class, Function, Inference
from codemaestro_jupyter.edit.python.judge import Verdict, looked_up, name_of, sort
from codemaestro_jupyter.edit.python.locate import Located, assigned
from codemaestro_jupyter.edit.python.resolve import Resolver
from codemaestro_jupyter.edit.python.scope import Import, Scope, Use

DISPLAY = ast.Dict | ast.List | ast.Set | ast.Tuple | ast.ListComp | ast.DictComp | ast.SetComp
COMMON = (
    *(str, bytes, list, dict, set, int, float, type, Exception, io.TextIOWrapper, io.BytesIO, Path, re.Pattern),
    *(collections.deque, collections.OrderedDict, collections.Counter, datetime.datetime, datetime.timedelta),
    *(threading.Thread, threading.Event, threading.Condition, queue.Queue, futures.Future, futures.Executor),
    *(logging.Logger, logging.Handler, subprocess.Popen, socket.socket),
)
PLAIN = DISPLAY | ast.Constant | ast.JoinedStr
"""Literals: what they have is none of the project's."""


class Members:
    """Judges uses of one member name; the family is the class, the ancestors that have the member, and all heirs."""

    def __init__(self, resolver: Resolver, documents: Sequence[Uses], found: Located) -> None:
        self._resolver = resolver
        self._infer = Inference(resolver, documents)
        self._name = found.name
        self._bases: dict[Class, list[Class]] = {}
        self._owns: set[Class] = set()
        self._fields: set[Class] = set()
        for uses in documents:
            sets = f".{self._name}" in uses.doc.source
            for node in uses.scopes.classes:
                key = (uses.doc.path, node.name)
                bases = [self._infer.named(uses, base, uses.scopes.module) for base in node.bases]
                self._bases[key] = [base for base in bases if base]
                if any(defines(item, self._name) for item in node.body) or (sets and self._name in assigned(node)):
                    self._owns.add(key)
                if any(isinstance(item, ast.AnnAssign) and defines(item, self._name) for item in node.body):
                    self._fields.add(key)
        self._start: Class = (found.unit.path, found.qualified.rpartition(".")[0].rpartition(".")[2])
        self.family = self._grow(self._start)
        same = {(path, self._start[1]) for path in resolver.same_as(found.unit.path, documents)}
        self.family |= same & self._bases.keys()
        self._fields &= self.family
        free = (uses.scopes.module.bindings.get(self._name, ()) for uses in documents)
        self.unique = (
            bool(re.search("[a-z0-9](_|[A-Z])", self._name))
            and self._owns <= self.family
            and not any(isinstance(item, Function | Import) for items in free for item in items)
            and not any(hasattr(kind, self._name) for kind in COMMON)
        )
        """Nothing else of the project, and no everyday object, has a member of this name, which is no plain word."""

    def _grow(self, start: Class) -> set[Class]:
        family, before = {start}, set[Class]()
        while family != before:
            before = set(family)
            for key, bases in self._bases.items():
                if any(base in family for base in bases):
                    family.add(key)
                if key in family:
                    family |= {base for base in bases if base in self._owns}
        return family

    def heirs_without(self) -> set[Class]:
        """The class, and the heirs that do not define the member themselves."""
        found = {self._start}
        grown = True
        while grown:
            more = {key for key, bases in self._bases.items() if key not in self._owns and found & set(bases)}
            grown = not more <= found
            found |= more
        return found

    def bases(self, key: Class) -> list[Class]:
        """The classes of the project that a class names as its bases."""
        return self._bases.get(key, [])

    def named(self, uses: Uses, node: ast.expr, scope: Scope) -> Class | None:
        """The class of the project that an expression names."""
        return self._infer.named(uses, node, scope)

    def judge(self, uses: Uses) -> Verdict:
        """Sort the uses of the member's name in one file."""
        verdict = Verdict()
        for use in uses.scopes.uses:
            node = use.node
            if isinstance(node, ast.Attribute):
                if node.attr == self._name:
                    sort(uses, use, self.belongs(uses, use.scope, node.value), self._name, verdict)
            elif isinstance(node, ast.keyword):
                if node.arg == self._name:
                    sort(uses, use, self._initialises(uses, use), self._name, verdict)
            elif isinstance(node, ast.Constant):
                if not looked_up(uses, use, self._name, partial(self.belongs, uses), verdict):
                    verdict.edits += uses.within(node, self._name) if self._quoted(uses, use) else []
            elif name_of(node) == self._name:
                sort(uses, use, self._bound(uses, use), self._name, verdict)
        return verdict

    def _initialises(self, uses: Uses, use: Use) -> bool | None:
        """Whether `name=` in a call is a field of the family: `Client(timeout=3)` where the class declares it."""
        call = next((node for node in ast.walk(uses.doc.tree)
                     if isinstance(node, ast.Call) and use.node in node.keywords), None)  # fmt: skip
        owner = self._infer.named(uses, call.func, use.scope) if call is not None else None
        return True if owner in self._fields else None

    def _quoted(self, uses: Uses, use: Use) -> bool:
        """Whether a string is the member: in `__slots__` of a class of the family, or `"pkg.mod.Client.get"`."""
        node = use.node
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or use.fstring is not None:
            return False
        if node.value == self._name:
            scope = use.scope
            inside = isinstance(scope.node, ast.ClassDef) and (uses.doc.path, scope.node.name) in self.family
            return inside and any(
                isinstance(item, ast.Assign)
                and any(getattr(target, "id", "") in ("__slots__", "__match_args__") for target in item.targets)
                and node in ast.walk(item.value)
                for item in scope.node.body  # type: ignore[attr-defined]
            )
        return self.means(node.value)

    def means(self, value: str) -> bool:
        """Whether a text is the member's full dotted name: `pkg.mod.Client.get`, `pkg.mod:Client.get`."""
        parts = re.split(r"[.:]", value)
        if len(parts) < 3 or parts[-1] != self._name or parts.count(self._name) > 1:
            return False
        module = self._resolver.modules.resolve("", ".".join(parts[:-2]))
        return bool(module) and self._infer.home(module, parts[-2]) in self.family

    def _bound(self, uses: Uses, use: Use) -> bool:
        """Whether a plain name is the member: bound or used directly in the body of a class of the family."""
        node = use.node
        if isinstance(node, ast.alias | ast.arg):
            return False
        scope = use.scope.lookup(self._name)
        if scope is None or scope.kind != "class" or not isinstance(scope.node, ast.ClassDef):
            return False
        return (uses.doc.path, scope.node.name) in self.family

    def belongs(self, uses: Uses, scope: Scope, value: ast.expr) -> bool | None:
        """Whether `value.name` is the member; None if that cannot be told."""
        owner = self._infer.of(uses, value, scope)
        if owner is not None:
            return True if owner in self.family else False if owner in self._bases else None
        if isinstance(value, PLAIN) or self._resolver.module_of(uses, value, scope):
            return False
        if self._infer.foreign(uses, value, scope):
            return False
        return None


def defines(node: ast.stmt, name: str) -> bool:
    """Whether a statement of a class body binds a name there."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(item, ast.Name) and item.id == name for target in targets for item in ast.walk(target))
