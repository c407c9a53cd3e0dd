"""A server and a browser of our own for the tests of this folder; a page of its own for each test."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from json import loads
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `lab` is a module that the screenshots and the benchmark use too

from lab import HERE, Lab, browse, missing, serve, write_kernel

HIDDEN = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name.startswith("codemaestro") else find(name, *more)
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""
ECHO = """
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Echo(Kernel):
    implementation, implementation_version, banner = "echo", "1", "echo"
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".txt"}

    async def do_execute(self, code, silent, *more, **options):
        text = {"name": "stdout", "text": f"{code!r} silent={silent}"}
        self.send_response(self.iopub_socket, "stream", text)
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Echo)
"""
SHOP = {
    "auth.py": '"""Who somebody is."""\n\nTIMEOUT = 30\n\n\ndef make_token(user: str) -> str:\n'
    '    """A token that names its user."""\n    return f"token-of-{user}"\n',
    "billing.py": '"""What somebody owes."""\n\n\ndef invoice_total(lines: list[int]) -> int:\n'
    '    """The sum of an invoice."""\n    return sum(lines)\n',
    "tests/test_auth.py": "from auth import make_token\n\n\ndef test_token():\n    assert make_token('ada')\n",
    "README.md": "# Shop\n\nPeople log in and pay.\n",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Callable[[], object]]:
    """The browser; ends before tests of other folders run, which may want an event loop of their own."""
    reason = missing()
    if reason:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(f"CI must run the browser tests, but {reason}.")
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = browse(playwright)
        yield browser
        browser.close()


def write_shop(root: Path) -> None:
    """The small project that the tests ask about."""
    for name, text in SHOP.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf8")


@pytest.fixture(scope="module")
def shop(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server for a small project, with the real kernel side and two kernels that cannot have it."""
    base = tmp_path_factory.mktemp("shop")
    root, state = base / "project", base / "state"
    write_shop(root)
    write_kernel(state, "bare", "python", HIDDEN)
    write_kernel(state, "echo", "echo", ECHO)
    with serve(root, state) as address:
        yield address, root


@pytest.fixture(scope="module")
def stage(chromium: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose kernels play a fixed part, and whose comms get no subshell unless they ask for one."""
    base = tmp_path_factory.mktemp("stage")
    root, state = base / "project", base / "state"
    (root / "src/auth").mkdir(parents=True)
    (root / "src/auth/login.py").write_text("x = 1\n", encoding="utf8")
    settings = {"@jupyterlab/apputils-extension:kernels-settings": {"commsOverSubshells": "disabled"}}
    with serve(root, state, pythonpath=[HERE / "scripted"], settings=settings) as address:
        yield address, root


@pytest.fixture
def pages(chromium: object) -> Iterator[Callable[..., Lab]]:
    """Makes pages, each in a browser profile of its own; the test fails if one of them raised."""
    made: list[Lab] = []
    with ExitStack() as stack:

        def page(served: tuple[str, Path], **options: object) -> Lab:
            context = chromium.new_context(viewport={"width": 1400, "height": 900}, **options)
            stack.callback(context.close)
            lab = Lab(context.new_page(), *served)
            made.append(lab)
            return lab

        yield page
        for lab in made:
            _end_kernels(lab.address)
    assert [lab.errors for lab in made] == [[] for _ in made]


@pytest.fixture
def lab(pages: Callable[..., Lab], shop: tuple[str, Path]) -> Lab:
    """A page on the real kernel side."""
    return pages(shop)


@pytest.fixture
def scripted(pages: Callable[..., Lab], stage: tuple[str, Path]) -> Lab:
    """A page on the scripted kernel side."""
    return pages(stage)


def _end_kernels(address: str) -> None:
    """Each test starts without kernels, on a machine that is not busy with the last one's."""
    with urllib.request.urlopen(f"{address}/api/sessions", timeout=60) as answer:
        sessions = loads(answer.read())
    for session in sessions:
        with urllib.request.urlopen(f"{address}/lab", timeout=60) as page:
            cookie = next((value for key, value in page.headers.items() if "_xsrf" in value), "")
        token = cookie.split("_xsrf=")[1].split(";")[0] if "_xsrf=" in cookie else ""
        request = urllib.request.Request(
            f"{address}/api/sessions/{session['id']}",
            method="DELETE",
            headers={"X-XSRFToken": token, "Cookie": f"_xsrf={token}"},
        )
        with suppress(urllib.error.HTTPError):  # a session whose kernel another one shared went with that one
            urllib.request.urlopen(request, timeout=60).close()
