"""One traitlets class holds every setting; layers decide who may set it.

Admin policy > live command > Lab settings > config file (`c.CodeMaestro.*`) > environment
(`CODEMAESTRO_<NAME>`) > default. Changes apply at once: whoever cares observes the trait.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import traitlets
from traitlets import Bool, Enum, Float, Int, Unicode
from traitlets.config import Config, Configurable

from codemaestro_jupyter.errors import OptionError

Layer = Literal["policy", "command", "lab", "config", "environment", "default"]
LAYERS: tuple[Layer, ...] = ("policy", "command", "lab", "config", "environment", "default")
ENVIRONMENT_PREFIX = "CODEMAESTRO_"
POLICY_FILE = "codemaestro_policy.json"


class CodeMaestro(Configurable):  # type: ignore[misc, unused-ignore]
    """Every setting of CodeMaestro, as `c.CodeMaestro.<name>` in a Jupyter or IPython config file."""

    enabled = Bool(True, help="Watch typing and prepare ahead. Off: everything begins at submit.").tag(config=True)
    root = Unicode("", help="Project root. Empty: the git top level of the notebook's folder, else that folder.").tag(
        config=True
    )
    database = Enum(
        ("project", "cache"),
        "project",
        help="Where the database lives: `.codemaestro/` in the project, or the user's cache folder.",
    ).tag(config=True)
    minimum_characters = Int(3, min=1, max=100, help="Predict once more than this many characters are typed.").tag(
        config=True
    )
    likely_files = Int(3, min=1, max=10, help="How many files are predicted at most.").tag(config=True)
    observe_code_cells = Bool(True, help="Also watch ordinary code cells, not only %%maestro cells and the chat.").tag(
        config=True
    )
    dial = Float(
        0.5, min=0.0, max=1.0, help="From 0 (thrifty: prepare only what is nearly sure) to 1 (fast: prepare more)."
    ).tag(config=True)
    cpu_share = Float(0.2, min=0.0, max=1.0, help="Share of one core that preparing may take while someone types.").tag(
        config=True
    )
    memory_limit = Int(64, min=8, max=4096, help="Megabytes of prepared content kept in memory.").tag(config=True)
    retention_days = Int(30, min=1, max=3650, help="Stored preparations and turns older than this are deleted.").tag(
        config=True
    )
    retention_megabytes = Int(200, min=10, max=100_000, help="The database is pruned to about this size.").tag(
        config=True
    )
    ask_rating = Bool(
        True,
        help="Ask how an answer felt (1-5), and once how the session did, at its end: after three answers and five"
        " minutes without a key, a cell or a request, or when watching is switched off.",
    ).tag(config=True)
    auto_apply = Bool(False, help="Apply an edit plan without asking. Undo stays possible.").tag(config=True)
    edit_lint = Bool(
        False, help="Lint a proposed change in a copy of the project (with ruff, if it is installed)."
    ).tag(config=True)
    edit_tests = Bool(
        False,
        help="Run the tests that cover a proposed change, in a copy of the project, out of reach of the rest where"
        " the system allows that.",
    ).tag(config=True)
    run_tests_in_copy = Bool(
        False,
        help="While preparing, run the tests that apply, in a copy of the project, out of reach of the rest where"
        " the system allows that.",
    ).tag(config=True)
    index_home = Bool(False, help="Allow a home folder or the file system's root as project root.").tag(config=True)
    model = Unicode(
        "", help="Model to use. Empty: a local server if one is found, else none. `off`: never a model."
    ).tag(config=True)
    fast_model = Unicode(
        "",
        help="Cheaper or faster model that drafts plans before you choose. Empty: the one of `model`.",
    ).tag(config=True)
    base_url = Unicode("", help="OpenAI-compatible server. Empty: found by itself on this machine.").tag(config=True)
    remote_before_submit = Bool(
        False, help="Allow sending unsubmitted text, files and names to a model that is not on this machine."
    ).tag(config=True)
    model_seconds = Float(120.0, min=1.0, help="Seconds that a model may take for one answer.").tag(config=True)
    daily_budget = Float(1.0, min=0.0, help="Dollars a day for models; nothing passes it.").tag(config=True)
    turn_budget = Float(0.25, min=0.0, help="Dollars a turn for models; nothing passes it.").tag(config=True)


def setting_names() -> tuple[str, ...]:
    """Names of all settings, in the order they are declared."""
    return tuple(name for name in vars(CodeMaestro) if isinstance(vars(CodeMaestro)[name], traitlets.TraitType))


class Settings:
    """The layered settings; read values as attributes of `values`, change them with `set`.

    Raises `OptionError` for an unknown setting, a value that does not fit, or one fixed by the admin policy.
    """

    def __init__(
        self,
        config: Config | None = None,
        environment: Mapping[str, str] | None = None,
        policy: Mapping[str, Any] | None = None,
        **command: Any,
    ) -> None:
        self._layers: dict[Layer, dict[str, Any]] = {layer: {} for layer in LAYERS}
        self.values = CodeMaestro()
        self.problems: list[str] = []
        """What was wrong in the environment, config or policy; shown by `doctor`, never fatal."""
        environment = os.environ if environment is None else environment
        for name in setting_names():
            raw = environment.get(ENVIRONMENT_PREFIX + name.upper())
            if raw is not None:
                self._lenient("environment", name, raw)
        for name, value in (config or Config()).get("CodeMaestro", {}).items():
            self._lenient("config", name, value)
        if policy is None:
            policy, wrong = read_policy()
            self.problems += wrong
        for name, value in policy.items():
            self._lenient("policy", name, value)
        self._apply()
        for name, value in command.items():
            self.set(name, value)

    def set(self, name: str, value: Any, layer: Layer = "command") -> None:
        """Set one value in a layer; it applies at once unless a stronger layer has it."""
        if name in self._layers["policy"] and layer != "policy":
            raise OptionError(f"The setting {name} is fixed by this machine's policy.", hint="Ask its administrator.")
        self._layers[layer][name] = parse_value(name, value)
        self._apply()

    def unset(self, name: str, layer: Layer = "command") -> None:
        """Take a layer's value back, so that the next layer's applies."""
        parse_name(name)
        self._layers[layer].pop(name, None)
        self._apply()

    def where(self, name: str) -> Layer:
        """Which layer the value in force comes from."""
        parse_name(name)
        return next((layer for layer in LAYERS if name in self._layers[layer]), "default")

    def observe(self, callback: Callable[[str, Any], None], name: str | None = None) -> None:
        """Call `callback(name, new value)` whenever a setting changes."""
        self.values.observe(lambda change: callback(change["name"], change["new"]), names=name or list(setting_names()))

    def as_dict(self) -> dict[str, Any]:
        """Every setting's value in force."""
        return {name: getattr(self.values, name) for name in setting_names()}

    def _lenient(self, layer: Layer, name: str, value: Any) -> None:
        try:
            self._layers[layer][name] = parse_value(name, value)
        except OptionError as error:
            self.problems.append(f"{layer}: {error}")

    def _apply(self) -> None:
        for name in setting_names():
            layer = self.where(name)
            value = CodeMaestro.class_traits()[name].default() if layer == "default" else self._layers[layer][name]
            if getattr(self.values, name) != value:
                setattr(self.values, name, value)


def parse_name(name: str) -> str:
    """The name itself; raises `OptionError` naming the closest settings if there is none."""
    if name not in setting_names():
        from difflib import get_close_matches

        close = get_close_matches(name, setting_names(), 3) or setting_names()
        raise OptionError(f"There is no setting {name!r}.", hint=f"Did you mean {', '.join(close)}?")
    return name


def parse_value(name: str, value: Any) -> Any:
    """Turn text or a JSON value into what the setting holds; raises `OptionError` if it does not fit."""
    trait = CodeMaestro.class_traits()[parse_name(name)]
    try:
        if isinstance(value, str) and not isinstance(trait, Unicode):
            value = trait.from_string(value)
        if isinstance(value, float) and not math.isfinite(value):  # `nan` is neither above nor below any limit
            raise ValueError
        return trait._validate(CodeMaestro(), value)  # the public way (setattr) would need an instance per try
    except (traitlets.TraitError, ValueError) as error:
        raise OptionError(f"{value!r} does not fit the setting {name}.", hint=str(trait.help)) from error


def read_policy(folders: Sequence[Path] | None = None) -> tuple[dict[str, Any], list[str]]:
    """The admin policy, a JSON object in `<sys.prefix>/etc/jupyter/` or `/etc/jupyter/`, and what is wrong with it.

    The first file that there is counts; empty without one.
    """
    for folder in folders or (Path(sys.prefix, "etc", "jupyter"), Path("/etc/jupyter")):
        file = folder / POLICY_FILE
        try:
            policy = json.loads(file.read_text(encoding="utf8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            return {}, [f"policy: {file} cannot be read, so nothing in it is enforced: {error}"]
        if isinstance(policy, dict):
            return policy, []
        return {}, [f"policy: {file} is no JSON object, so nothing in it is enforced."]
    return {}, []
