"""Which paths are part of the project: git's ignore rules, plus what no one writes by hand, plus what is secret.

Git itself is asked when the whole tree is listed (`git.py`); this module answers for single paths without starting a
process, and for folders that are no repository. Deeper `.gitignore` files win over higher ones, within a file the last
match wins, and nothing below an ignored folder comes back, as in gitignore(5).
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Protocol

from codemaestro_jupyter.workspace.secrets import is_secret_path

_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MACHINE_MADE = re.compile(
    r"""(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|uv\.lock|poetry\.lock
    |pixi\.lock|pdm\.lock|pipfile\.lock|conda-lock\.ya?ml|cargo\.lock|gemfile\.lock|composer\.lock|go\.sum|flake\.lock
    |packages\.lock\.json|podfile\.lock|mix\.lock|pubspec\.lock|\.terraform\.lock\.hcl)$
    |[.-]min\.(?:js|mjs|cjs|css)$ | \.(?:js|mjs|cjs|css|ts)\.map$ | \.bundle\.js$ | (?:^|/)\.pnp\.(?:c|loader\.m)js$""",
    re.VERBOSE | re.IGNORECASE,
)
_VENDORED_NAMES = "node_modules _vendor vendor vendored third_party thirdparty bower_components .yarn"
_TOOL_NAMES = (
    ".git .hg .svn .jj .bzr .codemaestro .ipynb_checkpoints __pycache__ .venv .tox .nox .eggs .mypy_cache .ruff_cache"
    " .pytest_cache .hypothesis .cache .terraform .gradle .idea site-packages .virtual_documents"
)
_BINARY_ENDINGS = (
    "png jpg jpeg gif bmp ico icns webp avif tif tiff psd heic svg pdf ps eps doc docx xls xlsx ppt pptx odt ods"
    " odp zip gz bz2 xz zst lz4 tar tgz tbz2 txz 7z rar jar war whl egg deb rpm dmg iso msi exe dll so dylib a o"
    " obj lib pyc pyo pyd class wasm node bin dat db sqlite sqlite3 db-wal db-shm mdb parquet feather arrow avro"
    " orc npy npz h5 hdf5 hdf nc zarr pkl pickle joblib pt pth ckpt safetensors onnx tflite pb gguf ggml model mat"
    " rds rda rdata sav dta sas7bdat xpt mp3 mp4 m4a m4v wav flac ogg oga ogv opus avi mov mkv webm ttf otf woff"
    " woff2 eot mo gmo swf blend fbx glb stl las laz shp shx dbf tfrecord tfrecords pack idx lock swp"
)
_VENDORED = frozenset(_VENDORED_NAMES.split())
_TOOLS = frozenset(_TOOL_NAMES.split())
_BINARY = frozenset(_BINARY_ENDINGS.split())


class _Rule(Protocol):
    """What we use of pathspec's compiled patterns."""

    include: bool | None
    regex: re.Pattern[str] | None


class Ignore:
    """The rules of one root at one moment; make a new one when an ignore file changes.

    Reads each folder's `.gitignore` once, when a path below it is first asked for.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folds_case = _folds_case(root)
        self._rules: dict[str, list[_Rule]] = {}
        self._ignored_folders: dict[str, bool] = {"": False}
        self._everywhere = self._read(_global_excludes()) + self._read(root / ".git" / "info" / "exclude")

    def allows(self, path: str) -> bool:
        """Whether the file of this relative POSIX path belongs to the project."""
        return self.reason(path) is None

    def reason(self, path: str) -> str | None:
        """Why the file does not belong to the project, in words for a person; None if it does."""
        return built_in_reason(path) or ("git ignores it" if self.is_ignored(path) else None)

    def enters(self, folder: str) -> bool:
        """Whether a walk should look into this folder (relative POSIX path)."""
        return built_in_reason(folder + "/_") is None and not self._folder_is_ignored(folder)

    def is_ignored(self, path: str) -> bool:
        """Whether git's rules ignore an untracked file of this path."""
        folder, _, _ = path.rpartition("/")
        return self._folder_is_ignored(folder) or self._matches(folder, path)

    def _folder_is_ignored(self, folder: str) -> bool:
        known = self._ignored_folders.get(folder)
        if known is None:
            above, _, _ = folder.rpartition("/")
            known = self._folder_is_ignored(above) or self._matches(above, folder + "/")
            self._ignored_folders[folder] = known
        return known

    def _matches(self, folder: str, path: str) -> bool:
        """The verdict of the deepest ignore file from `folder` upwards that has one."""
        while True:
            rules = self._rules.get(folder)
            if rules is None:
                rules = self._rules[folder] = self._read(self.root / folder / ".gitignore")
            if rules:
                verdict = self._verdict(rules, path[len(folder) + 1 :] if folder else path)
                if verdict is not None:
                    return verdict
            if not folder:
                return self._verdict(self._everywhere, path) or False
            folder, _, _ = folder.rpartition("/")

    def _verdict(self, rules: list[_Rule], path: str) -> bool | None:
        path = path.lower() if self._folds_case else path
        for rule in reversed(rules):
            # The whole path: pathspec also matches what lies below a folder; we judge folder by folder, as git does.
            if rule.regex and rule.regex.fullmatch(path):
                return rule.include
        return None

    def _read(self, file: Path) -> list[_Rule]:
        try:
            if file.is_symlink():  # git does not follow these either
                return []
            text = file.read_bytes()[:1_000_000].decode("utf8", "replace")
        except OSError:
            return []
        lines = (line.removesuffix("\r") for line in (text.lower() if self._folds_case else text).split("\n"))
        return [rule for line in lines if line.strip() and line[0] != "#" for rule in _compiled(_respelled(line))]


def _compiled(line: str) -> list[_Rule]:
    """The rules of one line; none if it is one that git passes over, too."""
    from pathspec import GitIgnoreSpec  # 20 ms, and most projects are listed by git itself

    try:
        return [rule for rule in GitIgnoreSpec.from_lines([line]).patterns if rule.include is not None]
    except ValueError:
        return []


def built_in_reason(path: str) -> str | None:
    """Why no file of this path is ever part of a project, whatever git says; None if it may be."""
    folder, _, name = path.rpartition("/")
    return _reason_of_folder(folder) or _reason_of_name(name)


@functools.lru_cache(maxsize=10_000)
def _reason_of_folder(folder: str) -> str | None:
    """The same for everything in a folder: many files are in one."""
    if not folder:
        return None
    if _UNSHOWABLE.search(folder):
        return _UNSHOWN
    if is_secret_path(f"{folder}/_"):
        return _SECRET
    names = folder.lower().split("/")
    if any(name in _TOOLS or name.endswith(".egg-info") for name in names):
        return "it belongs to a tool"
    return "it was copied from another project" if any(name in _VENDORED for name in names) else None


def _reason_of_name(name: str) -> str | None:
    if _UNSHOWABLE.search(name):
        return _UNSHOWN
    if is_secret_path(name):
        return _SECRET
    if name.lower() == ".git":
        return "it belongs to a tool"
    if _MACHINE_MADE.search(name):
        return "it is written by a tool"
    if "." in name and name.lower().rpartition(".")[2] in _BINARY:
        return "it is not text"
    return None


_UNSHOWN = "its name holds control characters or is not valid UTF-8"
_SECRET = "its name says that it holds secrets"  # noqa: S105


def _respelled(line: str) -> str:
    """The same rule in a spelling for which pathspec makes an exact expression, rather than one for descendants too."""
    sign, body = ("!", line[1:]) if line.startswith("!") else ("", line)
    if body in ("*", "**", "/**", "**/*", "/**/*"):
        return f"{sign}?*"
    if body in ("*/", "**/", "/**/"):
        return f"{sign}?*/"
    if body.endswith(("/**", "/**/")):  # what lies below a folder, not the folder
        return f"{line}*/" if body.endswith("/") else f"{line}/*"
    return line


def _global_excludes() -> Path:
    """Git's default place for a person's own rules; one set with `core.excludesFile` is known to git only."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(base, "git", "ignore")


def _folds_case(root: Path) -> bool:
    """Whether the file system takes `A` and `a` for the same name, judged by the root's own name."""
    swapped = root.parent / root.name.swapcase()
    try:
        return swapped.name != root.name and swapped.exists() and swapped.samefile(root)
    except OSError:
        return False
