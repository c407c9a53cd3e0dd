"""Secrets by name and by line: what is withheld, what is not, and that nothing else changes."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemaestro_jupyter.workspace.secrets import WITHHELD, is_secret_line, is_secret_path, redact

RANDOM = hashlib.sha256(b"nothing secret").hexdigest()
"""Made here, so that no scanner takes this file for a leak."""
LETTERS = base64.b64encode(hashlib.sha512(RANDOM.encode()).digest()).decode().replace("+", "a").replace("/", "b")


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        "app/.ENV.production",
        ".envrc",
        "prod.env",
        "keys/server.pem",
        "a/B.KEY",
        "cert.crt",
        "x.p12",
        ".ssh/config",
        "id_rsa",
        "deploy/id_ed25519",
        "credentials.json",
        "aws/credentials",
        ".aws/config",
        ".netrc",
        ".npmrc",
        ".pypirc",
        "client_secret_123.json",
        "my-service-account.json",
        "secrets.yaml",
        "config/secrets.toml",
        ".htpasswd",
        "terraform.tfstate",
        "terraform.tfstate.backup",
        "prod.tfvars",
        ".git-credentials",
        "token.json",
        ".bash_history",
        ".env.",
        ".env::$DATA",
        ".env ",
        "folder\\.env",
        "gcp/application_default_credentials.json",
        "store.jks",
        ".envs/.local/.django",
        ".env~",
        "#.env#",
        ".env.swp",
        "server.key.bak",
        "id_rsa.1",
        "deploy_rsa",
        "deploy_key",
        "private_key.txt",
        "openai_key.txt",
        "kaggle.json",
    ],
)
def test_these_files_hold_secrets(path: str) -> None:
    assert is_secret_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "environment.yml",
        "env.py",
        "src/tokens.py",
        "credentials.py",
        "secrets.py",
        "keyboard.md",
        "docs/secrets.md",
        "token.ts",
        "test_credentials.py",
        "id_rsa.pub",
        "monkey.py",
        "envs/a.py",
        "password_reset.html",
        "tokens.json",
        "monkey.txt",
        "rsa.py",
        "keys.json",
        "a.py.bak",
        "~",
        "3",
    ],
)
def test_these_files_do_not(path: str) -> None:
    assert not is_secret_path(path)


@pytest.mark.parametrize(
    "line",
    [
        f"OPENAI_API_KEY=sk-{RANDOM[:40]}",
        f"client = OpenAI('sk-proj-{RANDOM[:40]}')",
        f"token: ghp_{RANDOM[:36]}",
        f"aws_access_key_id = AKIA{RANDOM[:16].upper()}",
        f"aws_secret_access_key = {LETTERS[:40]}",
        f'api_key = "{LETTERS[:32]}"',
        f"'secret': '{RANDOM}',",
        f"SECRET_KEY: str = '{RANDOM}'",
        f"export SLACK_TOKEN=xoxb-{RANDOM[:24]}",
        "db = 'postgresql://ada:l0velace!@db.internal/prod'",
        'password = "hunter2"',
        "PASSWORD: tr0ub4dor&3",
        f"curl -H 'Authorization: Bearer {RANDOM}'",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.{LETTERS[:43]}",
        f"hf_{LETTERS[:34]}",
        f"https://hooks.slack.com/services/T{RANDOM[:8]}/B1/x",
        f"glpat-{LETTERS[:20]}",
        f"SECRET_KEY = 'django-insecure-%{RANDOM[:9]}(w$a@7<{RANDOM[9:20]}*{{m'",
        f"key = os.getenv('API_KEY', '{RANDOM[:32]}')",
        f'os.environ.setdefault("SECRET", "{RANDOM[:32]}")',
        f"if token == '{RANDOM[:32]}':",
        f'<add key="ApiKey" value="{RANDOM[:32]}" />',
        f"FERNET_KEY = '{LETTERS[:43]}='",
        f"https://x.blob.core.windows.net/c?sv=1&sig={LETTERS[:43]}%3D",
        "ENV DB_PASSWORD tr0ub4dor",
        "+ENV DB_PASSWORD tr0ub4dor",
        "mysql --password tr0ub4dor db",
        "machine example.org login ada password tr0ub4dor",
        "CREATE USER ada WITH PASSWORD 'tr0ub4dor';",
        "CREATE USER ada IDENTIFIED BY 'tr0ub4dor';",
        "curl -s -u ada:tr0ub4dor https://example.org",
        "<password>tr0ub4dor</password>",
        "mysql -u root -ptr0ub4dor db",
        "docker login -u ada -p tr0ub4dor9x",
        "pw = os.environ.get('DB_PASSWORD', 'tr0ub4dor9x')",
        "postgresql+psycopg://ada:tr0ub%40dor@db/x",
        f"Cookie: sessionid={RANDOM[:32]}",
        f"xai-{RANDOM[:40]}",
        f"bot = '123456789:AA{LETTERS[:33]}'",
        f"blob = '{base64.b64encode(b'sk-proj-' + RANDOM[:32].encode()).decode()}'",
        "token = 'ghp_a1B2c3D4' + 'e5F6g7H8i9J0a1B2c3D4e5F6'",
        "sk-proj-\u200ba1B2c3D4e5F6g7H8i9J0a1B2c3D4",
    ],
)
def test_these_lines_are_withheld(line: str) -> None:
    assert is_secret_line(line) or redact(line)[1], "a token in pieces is found in a text"
    assert redact(f"before\n{line}\r\nafter") == (f"before\n{WITHHELD}\r\nafter", 1)


@pytest.mark.parametrize(
    "line",
    [
        "token = next(tokens)",
        "def refresh(self, token: str) -> str:",
        "password = getpass.getpass()",
        'password = os.environ["DB_PASSWORD"]',
        "api_key = settings.api_key_for_this_environment_2",
        'api_key = "<your api key>"',
        "url = 'https://example.org/a:b/c@d'",
        "redis://user:password@localhost",
        "postgres://ada:${PASSWORD}@db",
        "'github_access_token': base64_access_token,",
        "the secret: write less code than yesterday",
        f"commit {RANDOM[:40]}",
        f'"integrity": "sha512-{LETTERS}"',
        "key = lambda item: item.name",
        "TOKEN_PATTERN = 'aaaaaaaaaaaaaaaaaaaaaaaaaaa'",
        "task-123456 risk-averse desk-lamp-with-long-hyphens",
        'if token == "EOF" and password != "":',
        '<div class="sk-estimator-doc-link-icon sk-toggleable__content">',
        'tokenizer_config = "tokenizer_config_v2.json"',
        'SECRET_NAME = "projects/123/secrets/mysecret/versions/latest"',
        'auth_key_path = "/etc/keys/server1_public_key"',
        'fields = ("password1", "password2", "secret_question_1")',
        f'cache_key = "{RANDOM[:32]}"',
        'api_key = "{api_key_of_account_1}"',
        'secret_key = f"{PREFIX}-{number:08d}-of-16-parts"',
        "xoxo-greetings-with-love",
        "docker run --password-stdin registry2.example.org",
        "the password must hold at least 8 characters and 1 digit",
        "<password>{{ password }}</password>",
    ],
)
def test_these_lines_stay(line: str) -> None:
    assert redact(line) == (line, 0)


def test_a_key_is_withheld_from_its_first_to_its_last_line() -> None:
    kind = "PRIVATE KEY"
    text = f"a\n-----BEGIN RSA {kind}-----\nMIIE\nabc\n-----END RSA {kind}-----\nb"
    assert redact(text) == ("\n".join(["a", *[WITHHELD] * 4, "b"]), 4)
    assert redact(f"-----BEGIN {kind}-----\nnever ends\n") == ("\n".join([WITHHELD] * 3), 3)


def test_a_token_in_pieces_is_withheld_over_its_lines() -> None:
    first, second = "'ghp_a1B2c3D4e5F6'", "'g7H8i9J0a1B2c3D4e5F6g7H8i9J0'"
    for joint in ("\n    ", " \\\n    ", " +\n    "):
        text = f"TOKENS = (\n    {first}{joint}{second}\n)"
        assert redact(text) == (f"TOKENS = (\n{WITHHELD}\n{WITHHELD}\n)", 2)
    assert redact("a = 'task-' 'force'\nb = 'sk-' + 'learn'")[1] == 0


def test_a_key_without_its_beginning_is_withheld_up_to_its_end() -> None:
    kind, body = "PRIVATE KEY", LETTERS[:40]
    text = f"prose before\n{body}\n    {body}==\n-----END RSA {kind}-----\nafter"
    assert redact(text) == ("\n".join(["prose before", *[WITHHELD] * 3, "after"]), 3)


@given(st.text(st.sampled_from("ab=:\"'\n\r sk-1") | st.characters(exclude_categories=["Cs"])))
def test_line_numbers_never_change_and_nothing_else_does(text: str) -> None:
    redacted, withheld = redact(text)
    before, after = text.split("\n"), redacted.split("\n")
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == withheld


@given(st.text(max_size=50), st.integers(0, 3))
def test_withholding_twice_is_withholding_once(text: str, place: int) -> None:
    lines = text.split("\n")
    lines.insert(min(place, len(lines)), f"token = '{LETTERS[:30]}'")
    redacted, withheld = redact("\n".join(lines))
    assert withheld >= 1
    assert redact(redacted) == (redacted, 0)
    assert LETTERS[:30] not in redacted


@pytest.mark.parametrize(
    "piece",
    ["token=", "password: ", "a://", "sk-", "eyJ", "bearer ", "xox-", "-----BEGIN ", "'\"=", "a_key", "curl ", "a/"],
)
def test_a_line_of_a_megabyte_is_judged(piece: str) -> None:
    line = piece * (1_000_000 // len(piece))
    redacted, _ = redact(line)
    assert redacted in (line, WITHHELD)
