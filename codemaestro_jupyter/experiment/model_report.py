"""The figures of the bench with a model as people read them: (what, measured), one row for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from codemaestro_jupyter.experiment.model_people import CHOICES, PACES, Person


def rows(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the README's table says of a result of `run_model_bench`."""
    tasks, everybody = figures["tasks"], figures["people"]

    def saved(task: str, measure: str) -> str:
        found = tasks[task][measure]
        before, after = (found[arm]["p50"] for arm in ("traditional", "staggered"))
        return f"{found['saved']['share']:.0%} ({before:.2f} → {after:.2f} s)"

    def of(people: Iterable[Person], task: str) -> str:
        return " / ".join(f"{everybody[person.name][task]['saved']:.0%}" for person in people)

    medium = tasks["medium"]
    before, after = (medium["sum of waits"][arm]["p50"] + medium["person"] for arm in ("traditional", "staggered"))
    chosen, late = figures["chosen answer to its diff"], figures["last submit to result"]
    used = figures["prepared that were used"], figures["turns that used something prepared"]
    speeds = " / ".join(name.split()[0] for name in figures["warm against cold"])
    drafts = figures["drafts"].values()
    read = (found["tokens read"] for found in tasks.values())
    turns = [item for found in everybody.values() for item in found.values()]
    pauses = " / ".join(PACES)
    others = "wants the second / the last answers / answers in own words"
    return [
        (
            f"with a model, {tasks['complex']['questions']} questions: less to wait in all",
            saved("complex", "sum of waits"),
        ),
        (f"the same, where each question is looked at for {pauses}", of(PACES.values(), "complex")),
        (f"the same, of who {others}", of(CHOICES.values(), "complex")),
        ("with a model, medium task: less to wait from submit to the result", saved("medium", "sum of waits")),
        (f"the same, where its question is looked at for {pauses}", of(PACES.values(), "medium")),
        (f"the same, of who {others}", of(CHOICES.values(), "medium")),
        (
            f"medium task, less from submit to the result with the {medium['person']:.1f} s in which a person reads",
            f"{1 - after / before:.0%} ({before:.2f} → {after:.2f} s)",
        ),
        ("with a model, simple task: first words sooner", saved("simple", "first words")),
        ("with a model, prepared things that were used / turns that used one, of everybody", _shares(used)),
        (
            "an answer chosen once it is ready → its diff, p50 / most",
            f"{chosen['p50']:.2f} / {chosen['max']:.2f} s",
        ),
        ("every task with a model, of everybody, last submit → result, most", f"{late['max']:.1f} s"),
        (
            "tokens of drafts that were not used, of all tokens, at thrifty / middle / fast "
            f"({' / '.join(str(item['begun']) for item in drafts)} drafts begun in four turns)",
            _shares(item["share"] for item in drafts),
        ),
        (
            f"tokens that the model reads for a {' / '.join(tasks)} task, without → with preparation",
            " / ".join(f"{item['traditional']:,.0f} → {item['staggered']:,.0f}" for item in read),
        ),
        (
            "seconds saved, over every task of everybody: by the receipts / measured",
            f"{sum(item['receipt'] for item in turns):.0f} / "
            f"{sum(item['traditional'] - item['staggered'] for item in turns):.0f} s",
        ),
        (
            "tokens that the server knew already: recorded in the ledger / known to the server",
            f"{figures['cached']['recorded']:,} / {figures['cached']['served']:,}",
        ),
        (
            f"first token, prefix of 8,000 tokens read ahead: times sooner at {speeds} tokens/s",
            _sooner(figures["warm against cold"]),
        ),
        (
            "the same, through everything: a request about three files is typed at 52 words a minute and sent",
            _sooner(figures["typed ahead"]),
        ),
        (
            "added to an answer of a model, p50; 40 requests after 5,000 earlier ones",
            f"{figures['overhead']['milliseconds']['p50']:.1f} ms",
        ),
        ("stop → the model's stream is closed, p95", f"{figures['stop']['milliseconds']['p95']:.0f} ms"),
    ]


def _shares(values: Iterable[float]) -> str:
    return " / ".join(f"{value:.0%}" for value in values)


def _sooner(found: Mapping[str, Any]) -> str:
    return " / ".join(f"{item['times sooner']:.0f}" for item in found.values())
