from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.predict.question import MOST_CHARACTERS, MOST_WORDS, Question, ask

TYPED = st.text(alphabet=st.sampled_from("abcXYZ_ ./-019é\n"), max_size=80)


def test_the_last_word_may_go_on() -> None:
    assert ask("Fix the getUserNa") == Question(
        text="Fix the getUserNa",
        words=("Fix", "the"),
        partial="getUserNa",
        terms=("fix",),
        ending=("get", "user", "na", "getuserna"),
        segment="na",
        mentions=(),
    )


def test_a_blank_ends_the_word() -> None:
    question = ask("rename log_format ")
    assert (question.partial, question.ending, question.segment) == ("", (), "")
    assert question.terms == ("rename", "log", "format", "log_format")


def test_stop_words_say_nothing_even_half_typed() -> None:
    assert ask("add the").ending == ()
    assert ask("add the").segment == ""


def test_paths_file_names_and_modules_are_mentions() -> None:
    assert ask("move a.b.c from ./src/x.py to lib\\y.ts, please.").mentions == ("a.b.c", "src/x.py", "lib/y.ts")


@given(TYPED)
def test_ending_the_text_with_a_blank_keeps_every_complete_term(text: str) -> None:
    typed, ended = ask(text), ask(text + " ")
    assert set(typed.terms) <= set(ended.terms)
    assert not ended.partial


@given(TYPED)
def test_no_term_counts_twice(text: str) -> None:
    question = ask(text)
    every = (*question.terms, *question.ending)
    assert len(every) == len(set(every))


def test_of_a_pasted_megabyte_the_end_counts() -> None:
    question = ask("secret " * 150_000 + "end of it")
    assert len(question.text) == MOST_CHARACTERS
    assert len(question.words) < MOST_WORDS
    assert (question.partial, question.segment) == ("it", "")
