"""What the kernel says on the panel stands in the table from which it is translated, and the table in the code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemaestro_jupyter.converse import picture
from codemaestro_jupyter.converse.clarify import Facts, clarify
from codemaestro_jupyter.converse.machine import CONFIRM
from codemaestro_jupyter.converse.plans import same
from codemaestro_jupyter.converse.underway import receipt_of_stop
from codemaestro_jupyter.edit.fixes import problem_of
from codemaestro_jupyter.edit.steps import AddDocstring, RenameSymbol, describe, too_many
from codemaestro_jupyter.errors import MaestroError
from codemaestro_jupyter.models.calls import Spent
from codemaestro_jupyter.models.consent import Consent
from codemaestro_jupyter.models.protocol import ModelInfo, Usage
from codemaestro_jupyter.predict.reasons import changed
from codemaestro_jupyter.prepare.status import label
from codemaestro_jupyter.settings import CodeMaestro
from codemaestro_jupyter.store.store import Store
from codemaestro_jupyter.types import LikelyFile, LikelyTool, Prediction, PreparationKey, Receipt, RelPath
from codemaestro_jupyter.workspace.inside import relative_path
from tests import sentences
from tests.forms import Sentence

EXAMPLES = Path(__file__).with_name("sentences.json")


def test_the_table_is_what_the_kernel_says() -> None:
    tables = {file.stem: file.read_text(encoding="utf8") for file in sentences.TABLE.glob("*.ts")}
    said = {name: sentences.typescript(name, found) for name, found in sentences.harvest().items()}
    assert tables == said, "run `python -m tests.sentences`"


def test_a_choice_makes_two_sentences_and_a_number_a_plural(tmp_path: Path) -> None:
    source = tmp_path / "said.py"
    source.write_text(
        '''
"""A module about nothing."""
def said(files, path, error, here):
    """What is said."""
    where = "in this project" if here else f"in {path}"
    count = len(files)
    if path == "no sentence":
        raise InputError(f"There {'is' if count == 1 else 'are'} {count} file{'s' * (count != 1)} {where}.", hint=HINT)
    raise InputError(f"{path} is 100 % full of {error}. {path}!")
'''
    )
    assert set(sentences.said_in(source, "said.py")) == {
        Sentence("There is %1 file in this project.", "There are %1 files in this project."),
        Sentence("There is %1 file in %2.", "There are %1 files in %2."),
        Sentence("%1 is 100 %% full of %2. %1!"),
    }


def test_the_examples_are_what_the_kernel_says(tmp_path: Path) -> None:
    """`sentences.json` holds them with the form in which the panel recognises them (`sentences.spec.ts`)."""
    assert list(json.loads(EXAMPLES.read_text(encoding="utf8"))) == list(dict.fromkeys(spoken(tmp_path)))


def spoken(folder: Path) -> list[str]:
    """What real code says, of each kind of sentence one or two."""
    files = [LikelyFile(RelPath(path), 0.5) for path in ("auth/login.py", "api/client.py")]
    likely = Prediction("fix the retry of", files=(files[1],), tools=(LikelyTool("history", 0.6, "auth"),))
    asked, _ = clarify("add retries", Facts(files=tuple(files)))
    how, _ = clarify("add retries to it", Facts(files=(files[0],)))
    assert asked is not None
    assert how is not None
    with pytest.raises(MaestroError) as outside:
        relative_path("../secret.txt", Path("/project"))
    store = Store(folder / "maestro.db")
    remote = ModelInfo("qwen", "example", "https://ai.example/v1", local=False)
    consent = Consent(CodeMaestro(), store.providers).question(remote)
    store.close()
    keys = [PreparationKey("file", path) for path in ("auth/a.py", "auth/b.py")]
    some = Receipt(2, 2, used_keys=(*keys, PreparationKey("status", ""), PreparationKey("plan", "x")))
    return [
        picture.READY["message"],
        picture.said(Receipt(1, 1, used_keys=(keys[0],))),
        picture.said(some),
        *picture.suggestions(likely)[:1],
        asked.text,
        *(option.label for option in asked.options),
        how.text,
        *(option.label for option in how.options),
        CONFIRM.text,
        changed(3, 1_000.0, 1_000.0 + 86_400),
        changed(3, 1_000.0, 1_000.0 + 5 * 86_400),
        label(PreparationKey("neighbours", "a.py")),
        describe(RenameSymbol("fetch", "load")),
        describe(AddDocstring("*function", path="src/app.py")),
        str(outside.value),
        problem_of(too_many(51), None).message,
        consent,
        receipt_of_stop([Spent()]),
        receipt_of_stop([Spent(Usage(1200, cached=600, completion=34), calls=1, dollars=0.0012)]),
        same(1)[2:],
        same(2)[2:],
    ]
