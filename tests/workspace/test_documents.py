"""What the index counts of a text is what the tokenizer says of it, whatever was counted before."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.workspace.index import documents
from codemaestro_jupyter.workspace.index.schema import word_key
from codemaestro_jupyter.workspace.tokens import Tokenizer, words

TEXT = st.text("abZ_é1. ", max_size=40)


@given(st.lists(TEXT, max_size=6), st.sampled_from((0, 3, 1_000)))
def test_counts_of_a_text_do_not_depend_on_those_before(texts: list[str], most: int) -> None:
    analyser = documents.Analyser()
    with patch.object(documents, "MOST_KNOWN", most):
        for text in [*texts, "a" * 61, "x1 ab abc _12"]:
            found = analyser.analyse(text, (), ())
            assert found.fields["content"] == Tokenizer().counts(text)
            assert found.tokens == sum(Tokenizer().counts(text).values())
            written = {word: count for word, count in Counter(words(text)).items() if not word[0].isdecimal()}
            assert found.fields["words"] == {
                word_key(word): count for word, count in written.items() if 3 <= len(word) <= 60
            }
