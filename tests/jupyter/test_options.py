"""The line of a magic: options first, then text that nobody touches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.errors import OptionError
from codemaestro_jupyter.jupyter.options import NAMES, OPTIONS, Options, parse, split_format


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", Options()),
        ("  --wait ", Options(wait=True)),
        ("-f json --fresh", Options(format="json", fresh=True)),
        ("-fjson", Options(format="json")),
        ("--format=text --dry-run", Options(format="text", dry_run=True)),
        ("--into answer why is it", Options(into="answer", text="why is it")),
        ("--into=answer", Options(into="answer")),
        ("-- --wait is an option", Options(text="--wait is an option")),
        ("where is {it: 1} --wait", Options(text="where is {it: 1} --wait")),
        ("don't \"quote", Options(text="don't \"quote")),
    ],
)
def test_a_line_is_read(line: str, options: Options) -> None:
    assert parse(line) == options


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--wiat", "There is no option --wiat. Did you mean --wait? Options are"),
        ("-x", "There is no option -x. "),
        ("--wait=yes", "--wait takes no value. Write --wait alone."),
        ("-f", "There is no format ''. -f takes markdown, text, json."),
        ("--into", "--into needs the name of a variable, not ''."),
        ("--into class", "--into needs the name of a variable, not 'class'."),
    ],
)
def test_a_fault_says_what_to_write(line: str, said: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse(line)
    assert str(caught.value).startswith(said)


@given(st.text())
def test_text_behind_two_dashes_is_never_an_option(text: str) -> None:
    assert parse(f"-- {text}") == Options(text=text.strip())


def test_commands_take_a_format_anywhere() -> None:
    assert split_format(["auth", "-f", "json", "bug"]) == (["auth", "bug"], "json")
    assert split_format(["-ftext"]) == ([], "text")
    assert split_format(["--format=json"]) == ([], "json")
    with pytest.raises(OptionError, match="There is no format ''"):
        split_format(["-f"])


def test_every_option_sets_a_field() -> None:
    fields = set(Options.__dataclass_fields__) - {"text"}
    assert set(NAMES.values()) == {field for field, _ in OPTIONS.values()} == fields
