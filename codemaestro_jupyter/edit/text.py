"""Text as a file has it: decoded for editing, encoded back byte for byte (encoding, BOM, line ends)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from codemaestro_jupyter.errors import EditError, PathError

BOMS = (  # longest first: UTF-32 LE begins with the BOM of UTF-16 LE
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded text with its line ends as they are, and what is needed to encode it again."""

    text: str
    encoding: str = "utf-8"
    bom: bytes = b""
    guessed: bool = False
    """Neither BOM nor cookie nor valid UTF-8: read as Latin-1, which keeps every byte."""

    @property
    def newline(self) -> str:
        """The line end new lines get: that of the first line."""
        at = self.text.find("\n")
        if at > 0 and self.text[at - 1] == "\r":
            return "\r\n"
        return "\r" if at < 0 and "\r" in self.text else "\n"


def decode(data: bytes, path: str = "") -> Text:
    """Decode a file's bytes; raises `PathError` for a binary file. `encode(decode(data)) == data` always."""
    for bom, encoding in BOMS:
        if data.startswith(bom):
            try:
                return Text(data[len(bom) :].decode(encoding), encoding, bom)
            except UnicodeDecodeError:
                break
    if b"\0" in data:
        raise PathError(f"{path or 'The file'} is binary.", hint="Only text files and notebooks can be changed.")
    encoding = "utf-8"
    if path.endswith((".py", ".pyi")) and b"coding" in data[:400]:
        encoding = cookie(data) or encoding
    try:
        text = Text(data.decode(encoding), encoding)
        if encoding == "utf-8" or text.text.encode(encoding) == data:
            return text
    except (UnicodeDecodeError, LookupError):
        pass
    latin = data.decode("latin-1")
    if CONTROL.search(latin):
        raise PathError(f"{path or 'The file'} is binary.", hint="Only text files and notebooks can be changed.")
    return Text(latin, "latin-1", guessed=True)


def visible(text: str, most: int = 160) -> str:
    """A name as a message can show it: what steers a terminal or turns writing round is spelt, long ones are cut."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"


def cookie(data: bytes) -> str:
    """The encoding a Python file declares in its first two lines, or an empty string."""
    for line in data.split(b"\n", 2)[:2]:
        found = COOKIE.match(line)
        if found:
            try:
                return codecs.lookup(found[1].decode("ascii")).name
            except LookupError:
                return ""
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return ""


def encode(text: str, like: Text, path: str = "") -> bytes:
    """Encode changed text as the file was; raises `EditError` if its encoding lacks a character."""
    try:
        return like.bom + text.encode(like.encoding)
    except UnicodeEncodeError as error:
        raise EditError(
            f"{path or 'The file'} is written in {like.encoding}, which has no {error.object[error.start]!r}.",
            hint="Convert the file to UTF-8 first, or use another character.",
        ) from error


def with_newlines(text: str, newline: str) -> str:
    """`text` with every line end as `newline`."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if newline == "\n" else text.replace("\n", newline)


def line_of(text: str, offset: int) -> int:
    """The number, from 1, of the line that holds `offset`."""
    return text.count("\n", 0, offset) + 1


def header_end(text: str) -> int:
    """Where a Python file's `#!` and coding lines end: they must stay first."""
    at = 0
    for _ in range(2):
        stop = text.find("\n", at) + 1
        line = text[at : stop or None]
        if not (line.startswith("#!") or (line.startswith("#") and "coding" in line)) or not stop:
            break
        at = stop
    return at
