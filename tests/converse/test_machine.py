"""Laws of the conversation, whatever happens in whatever order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.converse.clarify import Clear, Facts, Settled
from codemaestro_jupyter.converse.machine import (
    APPLY,
    CONFIRM,
    LEAVE,
    Act,
    Answered,
    Ask,
    Cancelled,
    Corrected,
    Event,
    Finished,
    Instruction,
    Keep,
    Planned,
    State,
    Submitted,
    Think,
    Withdraw,
    step,
)
from codemaestro_jupyter.types import LikelyFile, RelPath

FILES = (LikelyFile(RelPath("front/login.ts"), 0.5), LikelyFile(RelPath("back/auth.py"), 0.45))
FACTS = Facts(files=FILES)


def run(*events: Event) -> tuple[State, list[Instruction]]:
    state, done = State(), []
    for event in events:
        state, instructions = step(state, event)
        done += instructions
    return state, done


def test_a_clear_request_is_thought_about_at_once() -> None:
    state, done = run(Submitted("how does login work?", FACTS))
    assert done == [Think(Clear("how does login work?"), False)]
    assert state.phase == "thinking"
    assert step(state, Planned(edits=False)) == (State(), ())


def test_two_questions_then_a_plan_then_its_confirmation() -> None:
    state, done = run(Submitted("add a login page", FACTS), Answered(option="scope-2"), Answered(text="follow it"))
    assert [type(item) for item in done] == [Ask, Withdraw, Keep, Ask, Withdraw, Keep, Think]
    assert done[2] == Keep("scope-2")
    assert state.clear.text == ("add a login page\nWhich part: back\nHow: Follow the existing pattern of back/auth.py")
    state, done_ = step(state, Planned(edits=True))
    assert done_ == (Ask(CONFIRM, state.clear),)
    state, done_ = step(state, Answered(option=APPLY))
    assert (state.phase, done_) == ("acting", (Withdraw(), Act()))
    assert step(state, Finished()) == (State(), ())


def test_leaving_a_plan_does_nothing_and_own_words_think_again() -> None:
    planned = (Submitted("fix the login in auth", Facts(files=FILES, named=True)), Planned(edits=True))
    state, done = run(*planned, Answered(option=LEAVE))
    assert Act() not in done
    assert state == State()
    for text, state_ in (
        ("No.", State()),
        ("leave it", State()),
        ("yes", replace(run(*planned)[0], phase="acting", question=None)),
    ):
        assert run(*planned, Answered(text=text))[0] == state_
    state, done = run(*planned, Answered(text="but keep the old name"))
    assert state.phase == "thinking"
    assert state.request.endswith("\nbut keep the old name")
    assert Act() not in done


def test_a_correction_thinks_again_with_it() -> None:
    answer = Settled("SCOPE", "front", paths=(RelPath("front/login.ts"),))
    state, done = run(Submitted("fix the login", FACTS), Answered(option="scope-2"), Corrected(answer))
    assert state.settled == (answer,)
    assert done[-1] == Think(state.clear, True)


def test_an_answer_may_correct_an_earlier_one_and_what_followed_from_that_is_asked_anew() -> None:
    asked = (Submitted("add a login page", FACTS), Answered(option="scope-1"))
    state, _ = run(*asked)
    assert state.question is not None
    assert state.question.options[0].label == "Follow the existing pattern of front/login.ts"
    for said in (*asked, Answered(option="new"), Planned(edits=True)), asked:  # at the plan, and at the next question
        state, done = run(*said, Answered(text="no, back please"))
        assert [item.answer for item in state.settled] == ["back"]
        assert state.question is not None
        assert state.question.options[0].label == "Follow the existing pattern of back/auth.py"
        assert done[-3:] == [Withdraw(), Keep(), Ask(state.question, state.clear)]


def test_what_was_assumed_can_be_corrected_and_own_words_stay() -> None:
    state, _ = run(
        Submitted("fix the login", Facts(files=(LikelyFile(RelPath("a.py"), 0.9), LikelyFile(RelPath("b.py"), 0.2)))),
        Planned(edits=True),
    )
    assert state.settled == (Settled("SCOPE", "a.py", True, (RelPath("a.py"),), "scope-1"),)
    for text in ("b.py", "I meant b.py", "no, not the page... I mean b.py"):
        after, _ = step(state, Answered(text=text))
        assert (after.phase, after.settled) == (
            "thinking",
            (Settled("SCOPE", "b.py", False, (RelPath("b.py"),), "scope-2"),),
        )
    for text in ("like b.py", "a.py", "and in b.py as well"):
        after, _ = step(state, Answered(text=text))
        assert (after.settled, after.request) == (state.settled, f"fix the login\n{text}")


def test_a_plan_is_never_done_without_confirmation_where_nobody_can_be_asked() -> None:
    state, done = run(Submitted("fix the login", Facts(files=FILES, may_ask=False)), Planned(edits=True))
    assert state == State()
    assert Act() not in done


texts = st.sampled_from(["", "1", "back", "something else", "apply", "yes"])
facts = st.builds(Facts, named=st.booleans(), files=st.sampled_from([(), FILES[:1], FILES]), may_ask=st.booleans())
requests = st.sampled_from(["auth", "add a login page", "fix it", "refactor the cache", "why does it fail"])
events = st.lists(
    st.one_of(
        st.builds(Submitted, requests, facts),
        st.builds(Answered, st.sampled_from(["", "scope-1", "existing", "change", APPLY, LEAVE, "no such"]), texts),
        st.builds(Corrected, st.builds(Settled, st.sampled_from(["SCOPE", "IMPLEMENTATION"]), texts)),
        st.builds(Planned, st.booleans()),
        st.builds(Finished),
        st.builds(Cancelled),
    ),
    max_size=14,
)


@given(events)
def test_a_question_is_open_exactly_while_it_waits_and_nothing_is_done_unconfirmed(happened: list[Event]) -> None:
    state, asked, confirmed = State(), 0, False
    for event in happened:
        if isinstance(event, Submitted):
            asked = 0
        open_before = state.question
        before = state
        state, done = step(state, event)
        asked += sum(isinstance(item, Ask) and item.question is not CONFIRM for item in done)
        assert (state.question is not None) == (state.phase in ("asking", "confirming"))
        assert len({item.stage for item in state.settled}) == len(state.settled)
        if Act() in done:
            confirmed = before.phase == "confirming" and isinstance(event, Answered)
            assert confirmed
        if open_before is not None and state.question is not open_before:
            assert Withdraw() in done
        if isinstance(event, Submitted):
            assert asked <= 1
        assert sum(isinstance(item, Think | Ask | Act) for item in done) <= 1
        if not any(isinstance(item, Corrected) for item in happened):
            assert asked <= 3 + sum(isinstance(item, Answered) for item in happened)


@given(events)
def test_stopping_ends_everything(happened: list[Event]) -> None:
    state, _ = run(*happened)
    after, done = step(state, Cancelled())
    assert after == State()
    assert (Keep() in done) == (state.phase != "idle")


@given(requests, facts, st.lists(texts.filter(bool), min_size=3, max_size=3))
def test_three_answers_always_suffice(request_: str, known: Facts, said: list[str]) -> None:
    state, _ = run(Submitted(request_, known), *(Answered(text=text) for text in said))
    assert state.phase == "thinking"
