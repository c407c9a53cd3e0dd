"""What git knows of the project: HEAD and its ancestors, what changed since, and which files belong to it.

Only HEAD's ancestors: a clone holds later commits and other branches as well, and those are not this project's past.
No git, no repository, an empty, bare, shallow or detached one are all normal: the answers are just emptier. Paths are
relative to the root, which may be a folder inside the repository; secret files are never named.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemaestro_jupyter.errors import InputError
from codemaestro_jupyter.types import BranchWork, Commit, GitStatus, RelPath
from codemaestro_jupyter.workspace.guest import Guest, find_git
from codemaestro_jupyter.workspace.ignore import built_in_reason
from codemaestro_jupyter.workspace.root import is_bare_repository, repository_top
from codemaestro_jupyter.workspace.secrets import is_secret_path, redact
from codemaestro_jupyter.workspace.tokens import STANDARD

HISTORY = 3_000
"""Commits that are looked at; older ones predict nothing (`half-life 60 to 1,500 commits` in the research)."""
MAIN = ("main", "master", "trunk", "develop")
"""Branches that others leave and come back to, where the remote does not say which."""
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT_SHA = re.compile(r"[0-9a-f]{4,64}")
_DIFF = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--ignore-submodules=all", "--relative")


@dataclass(frozen=True, slots=True)
class FileNames:
    """Files by git's rules; both may name what has since been deleted."""

    tracked: tuple[str, ...]
    untracked: tuple[str, ...]


_UNDERWAY = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("MERGE_HEAD", "merge"),
    ("BISECT_LOG", "bisect"),
)


class Git:
    """The repository that the root is in, asked through the `git` command as a guest.

    `available` is False without git or repository; `problem` says why git refuses one that is there.
    """

    def __init__(self, root: Path, program: str | None = None) -> None:
        self.root = root
        self.problem = ""
        self._guest: Guest | None = None
        self._bare = False
        self._ignored = False
        self._folder = root
        self._prefix = ""
        self._histories: dict[tuple[str, int, tuple[str, ...]], tuple[Commit, ...]] = {}
        program = program or find_git(root)
        top = repository_top(root, allow_home=True)
        if top is None and is_bare_repository(root):
            top, self._bare = root, True
        if program is None or top is None:
            self.problem = "" if top is None else "The git command is not installed, so its history cannot be used."
            return
        guest = Guest(program, root, top, bare=self._bare)
        found = guest.run("rev-parse", "--show-prefix", "--absolute-git-dir")
        if found is None:
            self.problem = guest.complaint() or "git does not accept this repository."
            return
        prefix, folder = found.decode("utf8", "surrogateescape").removesuffix("\n").rsplit("\n", 1)
        if not self._bare and not _is_folder(guest.run("rev-parse", "--show-toplevel"), top):
            self.problem = "This repository says that its files are somewhere else (core.worktree)."
            return
        self._guest, self._folder, self._prefix = guest, Path(folder), prefix
        if prefix and guest.ignores("."):
            self._ignored = not guest.run("ls-files", "-z", "--cached", "--", ".")

    @property
    def available(self) -> bool:
        """Whether there is a repository that git accepts."""
        return self._guest is not None

    @property
    def is_bare(self) -> bool:
        """Whether the root itself is a repository without files."""
        return self._bare

    @property
    def lists_files(self) -> bool:
        """Whether git, rather than rules, says which files belong to the project.

        It does not where there are none (a bare repository), nor for a folder that it ignores as a whole.
        """
        return self._guest is not None and not self._bare and not self._ignored

    def ignores(self, path: str) -> bool | None:
        """Whether git ignores a file of this path, by all its rules and unless it tracks it; None if it cannot say."""
        return self._guest.ignores(path) if self._guest is not None and self.lists_files else None

    def head(self) -> str:
        """The commit id of HEAD; empty without one. Usually read from the repository's files, in 0.1 ms."""
        if self._guest is None:
            return ""
        try:
            mark = (self._folder / "HEAD").read_bytes().decode("ascii").strip()
            if _SHA.fullmatch(mark):
                return mark
            name = mark.removeprefix("ref: ")
            for folder in (self._folder, self._common_folder()):
                if (folder / name).is_file():
                    mark = (folder / name).read_bytes().decode("ascii").strip()
                    if _SHA.fullmatch(mark):
                        return mark
        except (OSError, ValueError):
            pass  # a reference stored another way (packed, reftable): git knows
        return self._lines("rev-parse", "--quiet", "--verify", "HEAD^{commit}").strip()

    def files(self) -> FileNames | None:
        """Names of tracked and of untracked, not ignored files; None where git cannot say and rules must do.

        In a folder so large that looking for untracked files takes over 10 s, only tracked ones are named.
        """
        if self._guest is None or not self.lists_files:
            return None
        tracked = self._guest.run("ls-files", "-z", "--cached", seconds=20)
        if tracked is None:
            return None
        others = self._guest.run("ls-files", "-z", "--others", "--exclude-standard") or b""
        return FileNames(tuple(_names(tracked)), tuple(_names(others)))

    def history(self, limit: int = HISTORY, topic: str | None = None, paths: Sequence[str] = ()) -> tuple[Commit, ...]:
        """The last commits before and at HEAD without merges, newest first, with the files they added or modified.

        With a `topic`, those among the last `HISTORY` whose subjects speak of it (rarest words count most), newest
        first; with `paths`, those that changed one of them. A shallow clone's oldest commit names no files: it would
        name all.
        """
        head = self.head()
        if not head or limit < 1:
            return ()
        if topic is not None:
            return on_topic(self.history(HISTORY, paths=paths), topic, limit)
        key = (head, limit, tuple(paths))
        known = self._histories.get(key)
        if known is None:
            known = self._log(head, limit, paths)
            if len(self._histories) >= 16:
                self._histories.clear()
            self._histories[key] = known
        return known

    def branch(self) -> BranchWork | None:
        """What the current branch has that the branch it comes from has not; None on such a branch or without one.

        It comes from the one that the remote calls its own (`origin/HEAD`), else from one of `MAIN`.
        """
        current = self._lines("symbolic-ref", "--quiet", "--short", "HEAD").strip()
        if not current or current in MAIN:
            return None
        theirs = self._lines("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").strip()
        names = (theirs.removeprefix("origin/"), theirs, *MAIN, *(f"origin/{name}" for name in MAIN))
        for base in dict.fromkeys(name for name in names if name and name != current):
            space = "remotes" if base.startswith("origin/") else "heads"
            fork = self._lines("merge-base", "HEAD", f"refs/{space}/{base}").strip()
            if _SHA.fullmatch(fork):
                listed = self._lines("diff", "--numstat", "-z", *_DIFF, fork, "HEAD", "--", ".", filters=True)
                return BranchWork(base, fork, self._log(f"{fork}..HEAD", HISTORY, ()), tuple(_numbers(listed)))
        return None

    def _log(self, range_: str, limit: int, paths: Sequence[str]) -> tuple[Commit, ...]:
        output = self._lines(
            "log", range_, "--no-merges", f"--max-count={limit}", "--name-status", "-z", "--encoding=UTF-8", *_DIFF,
            "--no-notes", "--no-mailmap", "--format=tformat:%H%x00%ct%x00%an%x00%s%x00", "--",
            *(paths or (".",) if self._prefix or paths else ()), seconds=30,
        )  # fmt: skip
        return tuple(_commits(output.split("\0"), self._shallow()))

    def status(self) -> GitStatus:
        """Branch, HEAD, and what differs from HEAD in the working tree; `known` is False where git fails."""
        head = self.head()
        if self._guest is None:
            return GitStatus(known=not self.problem)
        branch = self._lines("symbolic-ref", "--quiet", "--short", "HEAD").strip()
        if self._bare:
            return GitStatus(branch, head)
        output = self._guest.run(
            "status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=all", "--no-renames",
            "--no-ahead-behind", "--", ".", filters=True,
        )  # fmt: skip
        if output is None:
            return GitStatus(branch, head, underway=self._underway(), known=False)
        changed: list[RelPath] = []
        untracked: list[RelPath] = []
        conflicts: list[RelPath] = []
        for entry in output.decode("utf8", "surrogateescape").split("\0"):
            kind, _, rest = entry.partition(" ")
            fields = {"1": 7, "u": 9, "?": 0}.get(kind)
            if fields is None:
                continue
            path = rest.split(" ", fields)[fields].removeprefix(self._prefix)
            if built_in_reason(path) is None:
                (untracked if kind == "?" else changed).append(RelPath(path))
                conflicts += [RelPath(path)] if kind == "u" else []
        return GitStatus(branch, head, tuple(changed), tuple(untracked), tuple(conflicts), self._underway())

    def _underway(self) -> str:
        """What git is in the middle of, by the files it keeps meanwhile; empty for nothing."""
        return next((what for name, what in _UNDERWAY if (self._folder / name).exists()), "")

    def diff(self, paths: Sequence[str] = (), commit: str = "", limit: int = 100_000) -> str:
        """A unified diff: of the working tree against HEAD, or what one commit changed; cut at `limit` characters.

        Files that hold secrets are left out and lines that look like secrets withheld. Raises `InputError` if
        `commit` is not an ancestor of HEAD.
        """
        if self._guest is None or self._bare or not self.head():
            return ""
        if commit:
            commit = self._ancestor(commit)
            arguments = [
                "diff-tree",
                "-p",
                "--root",
                "--no-commit-id",
                "-r",
                "--src-prefix=a/",
                "--dst-prefix=b/",
                commit,
            ]
        else:
            arguments = ["diff-index", "-p", "--src-prefix=a/", "--dst-prefix=b/", "HEAD"]
        output = self._guest.run(*arguments, *_DIFF, "--", *paths, most=8 * limit, filters=True) or b""
        text = output.decode("utf8", "replace")
        sections = re.split(r"^(?=diff --git )", text, flags=re.MULTILINE)
        kept = "".join(part for part in sections if not _is_secret_section(part))
        return redact(kept)[0][:limit]

    def _ancestor(self, commit: str) -> str:
        sha = self._lines("rev-parse", "--quiet", "--verify", f"{commit}^{{commit}}").strip() if _is_sha(commit) else ""
        if not sha or self._guest is None or self._guest.run("merge-base", "--is-ancestor", sha, "HEAD") is None:
            raise InputError(f"{commit!r} is no commit of this branch.", hint="Give the id of one of HEAD's ancestors.")
        return sha

    def ask(self, *arguments: str, seconds: float = 10.0) -> bytes | None:
        """What `git <arguments>` prints, as a guest; None without a repository, or where git cannot say in time."""
        return self._guest.run(*arguments, seconds=seconds) if self._guest and not self._bare else None

    def _lines(self, *arguments: str, seconds: float = 10.0, filters: bool = False) -> str:
        output = self._guest.run(*arguments, seconds=seconds, filters=filters) if self._guest else None
        return (output or b"").decode("utf8", "surrogateescape")

    def _common_folder(self) -> Path:
        """Where a worktree keeps what it shares with the main one; the repository itself otherwise."""
        try:
            return self._folder / (self._folder / "commondir").read_text(encoding="utf8").strip()
        except (OSError, ValueError):
            return self._folder

    def _shallow(self) -> frozenset[str]:
        try:
            return frozenset((self._common_folder() / "shallow").read_text(encoding="ascii").split())
        except (OSError, ValueError):
            return frozenset()


def on_topic(commits: Iterable[Commit], topic: str, limit: int) -> tuple[Commit, ...]:
    """The `limit` commits whose subjects share the most telling terms with the topic, in the order given."""
    wanted, _ = STANDARD.query(topic)
    commits = tuple(commits)
    subjects = [set(STANDARD.tokens(commit.subject)).intersection(wanted) for commit in commits]
    spread = Counter(term for subject in subjects for term in subject)
    scores = [sum(1 / spread[term] ** 0.5 for term in subject) for subject in subjects]
    best = sorted(range(len(commits)), key=lambda place: (-scores[place], place))[:limit]
    return tuple(commits[place] for place in sorted(best) if scores[place] > 0)


def _is_folder(output: bytes | None, folder: Path) -> bool:
    """Whether git named this very folder; it may spell it in another way (`C:/`, letters in another case)."""
    try:
        return output is not None and os.path.samefile(
            output.decode("utf8", "surrogateescape").removesuffix("\n"), folder
        )
    except (OSError, ValueError):
        return False


def _is_sha(text: str) -> bool:
    return _SHORT_SHA.fullmatch(text) is not None


def _names(output: bytes) -> Iterator[str]:
    # a list cut short may end inside a name
    return (name for name in output[: output.rfind(b"\0") + 1].decode("utf8", "surrogateescape").split("\0") if name)


def _commits(fields: list[str], shallow: frozenset[str]) -> Iterator[Commit]:
    """Commits from `%H %ct %an %s` and name-status pairs, all ended by NUL, which no name or subject can hold."""
    place = 0
    while place + 4 <= len(fields):
        sha = fields[place].strip("\n")
        if not _SHA.fullmatch(sha):
            place += 1
            continue
        when, author, subject = fields[place + 1 : place + 4]
        place += 4
        files = []
        while place < len(fields) and not _SHA.fullmatch(fields[place].strip("\n")):
            kind = fields[place].strip("\n")
            if len(kind) == 1 and kind.isalpha() and place + 1 < len(fields):
                path = fields[place + 1]
                if kind in "AMT" and built_in_reason(path) is None:
                    files.append(RelPath(path))
                place += 1
            place += 1
        yield Commit(sha, float(when), _clean(author), _clean(subject), () if sha in shallow else tuple(files))


def _numbers(listed: str) -> Iterator[tuple[RelPath, int, int]]:
    """Path, lines added and removed, from `--numstat -z`; of binary files none are counted."""
    for entry in listed.split("\0"):
        fields = entry.split("\t", 2)
        if len(fields) == 3 and built_in_reason(fields[2]) is None:
            added, removed = (int(number) if number.isdigit() else 0 for number in fields[:2])
            yield RelPath(fields[2]), added, removed


def _clean(text: str) -> str:
    """One line of readable text: no control characters, nothing that cannot be stored, no secret."""
    text = "".join(letter if letter.isprintable() or letter == " " else " " for letter in text)
    return redact(text.encode("utf8", "replace").decode("utf8"))[0]


def _is_secret_section(part: str) -> bool:
    found = re.match(r'diff --git "?a/(.*?)"? "?b/(.*?)"?$', part, flags=re.MULTILINE)
    return found is not None and any(is_secret_path(name) for name in (found[1], found[2]))
