"""An open question: the parts that its answers are about are mapped, the bar moves on, and what is rejected ends."""

from __future__ import annotations

from codemaestro_jupyter.prepare.candidates import Offered
from codemaestro_jupyter.prepare.evidence import appears
from codemaestro_jupyter.prepare.extra import of_prefix
from codemaestro_jupyter.prepare.status import Asking, Drafting
from codemaestro_jupyter.types import Answer, FileText, Fingerprint, LiveContext, Preparation, PreparationKey, RelPath
from tests.prepare.conftest import House, prediction, turn

OFFERS = (Offered(PreparationKey("scope", "app/"), 0.6), Offered(PreparationKey("scope", "tests/"), 0.3))
SCOPE = Asking("SCOPE")


def answer(markdown: str) -> Answer:
    return Answer("add retries", "edit", markdown, (), (), {})


def test_every_offered_part_is_mapped_and_the_stage_says_so(house: House) -> None:
    asked = turn("add retries")
    house.engine.sources(asked, LiveContext())
    house.on_loop(house.engine.ask, asked.id, SCOPE, OFFERS)
    house.wait(lambda: house.engine.status().mapped == {"app/", "tests/"})
    stage = house.engine.status().stage
    assert stage == {"stage": "SCOPE", "message": "Analyzing code patterns…", "progress": 0.5}
    assert house.states() == {("scope", "app/"): "ready", ("scope", "tests/"): "ready"}
    stored = house.store.preparations.latest(PreparationKey("scope", "app/"))
    assert stored is not None
    assert stored.stage == "SCOPE"


def test_drafts_move_the_bar_on_to_ready(house: House) -> None:
    asked = turn("add retries")
    house.engine.sources(asked, LiveContext())
    seen = []
    for states in (("running", "running"), ("ready", "running"), ("ready", "ready")):
        drafts = tuple(Drafting(name, state, 2.0) for name, state in zip(("a", "b"), states, strict=True))
        house.on_loop(house.engine.ask, asked.id, Asking("IMPLEMENTATION", drafts))
        seen.append(house.engine.status().stage)
    assert [(stage["stage"], stage["progress"]) for stage in seen] == [
        ("IMPLEMENTATION", 0.5), ("IMPLEMENTATION", 0.625), ("READY", 1.0),
    ]  # fmt: skip
    assert seen[0]["message"] == "Preparing solution templates…"
    assert house.states() == {("plan", "a"): "ready", ("plan", "b"): "ready"}


def test_a_question_that_opens_after_all_was_ready_begins_with_its_own_work(house: House) -> None:
    asked = turn("make fetch_orders faster")
    house.engine.sources(asked, LiveContext())
    house.update(prediction("make fetch_orders faster"))
    house.wait(lambda: house.engine.status().stage["progress"] == 1.0)
    house.on_loop(house.engine.ask, asked.id, Asking("IMPLEMENTATION", (), last=True))  # its drafts are about to begin
    seen = []
    for states in (("running", "running"), ("ready", "running"), ("running", "running"), ("ready", "ready")):
        drafts = tuple(Drafting(name, state, 20.0) for name, state in zip(("a", "b"), states, strict=True))
        house.on_loop(house.engine.ask, asked.id, Asking("IMPLEMENTATION", drafts, last=True))
        seen.append(house.engine.status().stage)
    assert [stage["stage"] for stage in seen] == [*["IMPLEMENTATION"] * 3, "READY"]
    progress = [stage["progress"] for stage in seen]
    assert 0.5 <= progress[0] < progress[1] == progress[2] < progress[3] == 1.0, "and never backwards from then on"


def test_the_turn_uses_the_map_and_its_receipt_counts_all_of_them(house: House) -> None:
    asked = turn("add retries")
    sources = house.engine.sources(asked, LiveContext())
    house.on_loop(house.engine.ask, asked.id, SCOPE, OFFERS)
    house.wait(lambda: house.engine.status().mapped == {"app/", "tests/"})
    house.on_loop(house.engine.ask, asked.id, None, OFFERS[:1])
    found = sources.structure("app/")
    assert [module.path for module in found.modules] == ["app/client.py", "app/codec.py"]
    assert found.tests == ("tests/test_client.py",)
    receipt = sources.receipt(answer("Tests that apply: `tests/test_client.py`"))
    assert (receipt.prepared, receipt.used, receipt.wasted) == (2, 1, 1)
    assert receipt.used_keys == (PreparationKey("scope", "app/"),)


def test_what_was_made_for_a_question_is_not_the_next_requests(house: House) -> None:
    first = turn("add retries")
    house.engine.sources(first, LiveContext())
    house.on_loop(house.engine.ask, first.id, SCOPE, OFFERS)
    house.wait(lambda: house.engine.status().mapped == {"app/", "tests/"})
    house.on_loop(house.engine.ask, first.id, None)
    receipt = house.engine.sources(turn("show README.md"), LiveContext()).receipt(answer("nothing"))
    assert receipt.prepared == 0


def test_where_a_model_answers_only_what_it_is_told_is_prepared(house: House) -> None:
    house.engine.has_model = lambda: True
    house.update(prediction("make fetch_orders faster"))
    house.ready("file", "app/client.py")
    house.wait(lambda: house.engine.status().stage["stage"] == "READY")
    assert {kind for kind, _ in house.states()} == {"file"}


def test_a_prefix_was_of_use_if_lines_of_a_file_that_is_named_stand_in_the_answer() -> None:
    payload = {"files": [{"path": "a.py", "text": "TIMEOUT = 30", "names": ["make_token"]}]}
    made = Preparation(PreparationKey("prefix", "model"), "INTENT", 0, {}, payload, 1.0, 10, 0.0)
    assert appears(made, answer("In `a.py`, TIMEOUT = 30 stands."))
    assert appears(made, answer("In `a.py`, by make_token."))
    assert not appears(made, answer("In `a.py`."))


def test_only_files_that_the_answer_names_count_for_a_prefix() -> None:
    file = FileText(RelPath("b.py"), "def retry(): ...\nTIMEOUT = 30\n", Fingerprint("f"), 30)
    (named,) = of_prefix("m", [file], 0.5, "see b.py", 1.0)
    assert named.payload["files"] == [{"path": "b.py", "text": file.text, "names": ["retry"]}]
    assert named.fingerprints == {"file:b.py": "f"}
    (unnamed,) = of_prefix("m", [file], 0.5, "TIMEOUT = 30", 1.0)
    assert unnamed.payload["files"] == []
    assert of_prefix("m", [], 0.5, "see b.py", 1.0) == []
