"""`--json` and the exit status of what changes files: as docs/edit.schema.json and the README have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from codemaestro_jupyter.cli import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "edit.schema.json").read_text(encoding="utf8"))
RENAME = "rename make_token to forge_token"
Run = Callable[..., tuple[int, Any]]


def strict(value: Any) -> Any:
    """The schema, refusing properties that it does not describe."""
    if isinstance(value, dict):
        closed = {"additionalProperties": False} if "properties" in value else {}
        return {**{name: strict(each) for name, each in value.items()}, **closed}
    return [strict(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; its status and its document, which must be as `kind` is described, without more."""

    def call(kind: str, *arguments: str) -> tuple[int, Any]:
        validate = fastjsonschema.compile({**strict(SCHEMA), "oneOf": [{"$ref": f"#/definitions/{kind}"}]})
        status = main([*arguments, "--json", "--root", str(project)])
        found = json.loads(capsys.readouterr().out)
        validate(found)
        return status, found

    return call


def test_every_document_is_as_described_and_its_status_says_how_it_went(run: Run, project: Path) -> None:
    assert run("log", "log") == (0, {"transactions": []})
    assert run("error", "undo")[0] == 1
    status, found = run("proposal", "edit", RENAME)
    assert (status, found["applicable"], found["applied"]) == (0, True, None)
    assert run("proposal", "edit", "rename no_such_name to other")[0] == 1
    status, found = run("proposal", "edit", "rename make_tokn to forge_token", "--yes")
    assert (status, found["applied"], found["fixes"]) == (1, None, found["problem"]["fixes"])
    status, found = run("proposal", "edit", RENAME, "--yes")
    assert (status, found["applied"]["operation"]) == (0, "apply")
    name = found["applied"]["transaction"]
    assert run("receipts", "undo", name)[1]["transactions"][0]["operation"] == "undo"
    assert run("receipts", "redo", name)[0] == 0
    (project / "auth.py").write_text("# nothing is left of it\n", encoding="utf8")
    assert run("error", "undo")[0] == 1
    assert [line["state"] for line in run("log", "log")[1]["transactions"]] == ["done", "done", "applied"]
    (project / "api.py").chmod(0o444)
    status, found = run("proposal", "edit", 'append "# x" to api.py', "--yes")
    assert (status, found["applied"], found["fixes"]) == (1, None, ["Change api.py though write-protected."])
    with pytest.raises(SystemExit) as wrong:
        main(["edit", "--no-such-option"])
    assert wrong.value.code == 2


def test_places_are_taken_and_left_by_name(run: Run, project: Path) -> None:
    before = {path.name: path.read_bytes() for path in project.glob("*.py")}
    text = 'append "# one" to api.py, then append "# two" to auth.py'
    status, found = run("proposal", "edit", text, "--yes", "--leave", "api.py")
    assert (status, found["applied"]["files"]) == (0, ["auth.py"])
    run("receipts", "undo")
    status, found = run("proposal", "edit", text, "--yes", "--leave", "api.py", "--take", "api.py:1")
    assert (status, found["applied"]["files"]) == (0, ["auth.py"]), "what is left out is left out"
    run("receipts", "undo")
    assert run("error", "edit", text, "--yes", "--leave", "api.py:7")[0] == 1
    assert run("error", "edit", text, "--yes", "--leave", "api.py", "--leave", "auth.py")[0] == 1
    assert {path.name: path.read_bytes() for path in project.glob("*.py")} == before
