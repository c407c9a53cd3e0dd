"""A small project with a history, as prediction sees it."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.experiment.commit_view import MemoryView, view_of_texts

TEXTS = {
    "docs/guide.md": "# Guide\n\nHow to fetch users and write logs.\n",
    "pyproject.toml": "[project]\nname = 'shop'\n",
    "shop/__init__.py": "",
    "shop/basket.py": "class Basket:\n    def add_item(self, item):\n        return item\n",
    "shop/client.py": "def fetch_user(name):\n    return name\n\n\nclass HTTPClient:\n    pass\n",
    "shop/log_format.py": "def write_log(line):\n    print(line)\n",
    "study.ipynb": '{"cells": []}',
    "tests/test_basket.py": "from shop.basket import Basket\n\n\ndef test_add():\n    assert Basket().add_item(1)\n",
    "tests/test_client.py": "from shop.client import fetch_user\n\n\ndef test_fetch():\n    assert fetch_user('a')\n",
}
COMMITS = [
    ("Fix the total of the basket", ["shop/basket.py"]),
    ("Fix the colour of the receipt", ["shop/basket.py", "tests/test_basket.py"]),
    ("Add retries to the connection", ["shop/client.py", "tests/test_client.py"]),
    ("Write the log format guide", ["docs/guide.md"]),
    ("Fix the log line", ["shop/log_format.py"]),
]


@pytest.fixture
def view() -> MemoryView:
    return view_of_texts(TEXTS, COMMITS)


@pytest.fixture
def bare() -> MemoryView:
    """The same files without any history."""
    return view_of_texts(TEXTS)
