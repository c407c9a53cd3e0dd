"""What is never listed, read nor shown: files that hold secrets by their name, and lines that look like tokens.

Names are judged without regard to case and to what Windows drops from an end (`.env.`, `.env::$DATA`). Lines are
withheld whole, so line numbers stay true. Both rather err on the side of withholding, except where code that merely
*speaks* of secrets (`token = next(tokens)`) would become unreadable. The shapes of tokens follow what their issuers
document (GitHub, GitLab, AWS, Google, Slack, Stripe, OpenAI, Anthropic, Hugging Face, PyPI, npm, JWT …).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable

WITHHELD = "[withheld: looks like a secret]"

_FOLDERS = frozenset(
    {".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".gcloud", ".terraform", ".password-store"}
)
_SUFFIXES = (
    ".env .pem .key .p8 .p12 .pfx .pkcs12 .jks .keystore .truststore .bcfks .ppk .kdb .kdbx .asc .gpg .pgp .der .crt"
    " .cer .cert .csr .p7b .p7c .p7s .ovpn .rdp .agekey .tfstate .tfvars .mobileprovision .secret .secrets .credentials"
)
_ENDINGS = tuple(_SUFFIXES.split())
_NAMES = re.compile(
    r"""\.env .* | .*\.tfstate\..* | .*\.tfvars\.json
    | id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:_sk)?(?:[._-](?!pub$).*)?
    | [._]netrc | \.pgpass | \.my\.cnf | \.mylogin\.cnf
    | \.pypirc | \.npmrc | \.dockercfg | \.git-credentials | \.htpasswd
    | \.s3cfg | \.boto | \.databrickscfg | \.vault-token | \.vault_pass.* | \.?kubeconfig | \.[a-z0-9_]*_history
    | \.?credentials | (?:.*[._-])?credentials?\.(?:json|ya?ml|toml|ini|cfg|conf|csv|txt|xml|properties|enc|bak)
    | (?:.*[._-])?secrets?\.(?:json|ya?ml|toml|ini|cfg|conf|csv|txt|xml|properties|enc|bak)
    | (?:.*[._-])?passwords?\.(?:json|ya?ml|toml|ini|cfg|conf|csv|txt|xml|properties|enc|bak)
    | client_?secrets?.*\.json | (?:.*[._-])?service[_-]?account.*\.json | .*firebase-adminsdk.*\.json
    | (?:api[_-]?keys?|access[_-]?keys?|auth|token|.*[._-]token)\.(?:json|ya?ml|toml|ini|txt|csv)
    | application_default_credentials\.json | accesstokens\.json | .*\.agekey | wp-config\.php | authorized_keys
    | (?:.*[._-])?key\.txt | (?:.*[._-])?private[_-]?key(?:\.(?:txt|json|xml|bin))?
    | [\w-]+_(?:rsa|dsa|ecdsa|ed25519)
    | deploy[_-]key | kaggle\.json | rclone\.conf | \.dockerconfigjson""",
    re.VERBOSE | re.IGNORECASE,
)
_COPIES = frozenset(["bak", "old", "orig", "save", "copy", "tmp", "swp", "backup"])
"""How editors and people end the name of a copy: that of a secret is one as well."""


def is_secret_path(path: str) -> bool:
    """Whether a relative path's name, or a folder's, says that it holds secrets (`.env*`, keys, credentials …)."""
    *folders, name = path.replace("\\", "/").lower().split("/")
    if any(folder.rstrip(". ") in _FOLDERS or folder.startswith(".env") for folder in folders):
        return True
    name = name.split(":", 1)[0].rstrip(". ")
    while not (name.endswith(_ENDINGS) or _NAMES.fullmatch(name)):
        stem, _, ending = name.rpartition(".")
        if name.endswith(("~", "#")):
            name = name.strip("~#")
        elif stem and (ending in _COPIES or (ending.isdigit() and len(ending) < 4)):
            name = stem
        else:
            return False
    return True


_SHAPE = re.compile(
    r"""
      (?<![A-Za-z0-9_-])(?:
        sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,} | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}
      | whsec_[A-Za-z0-9+/=]{20,}
      | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,} | gl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_-]{16,}
      | (?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16} | AIza[0-9A-Za-z_-]{30,} | ya29\.[0-9A-Za-z_-]{20,}
      | GOCSPX-[0-9A-Za-z_-]{20,}
      | xox[a-z]-(?=[A-Za-z-]*[0-9])[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{20,}
      | hf_[A-Za-z0-9]{20,} | gsk_[A-Za-z0-9]{20,}
      | npm_[A-Za-z0-9]{30,} | pypi-Ag[A-Za-z0-9_-]{40,} | dop_v1_[a-f0-9]{40,} | dapi[a-f0-9]{32} | r8_[A-Za-z0-9]{30,}
      | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,} | lin_api_[A-Za-z0-9]{30,}
      | eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]* | AGE-SECRET-KEY-1[A-Z0-9]{50,}
      | hvs\.[A-Za-z0-9_-]{20,} | (?:xai|pplx)-[A-Za-z0-9_-]{30,}
      | \d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])
      | (?:c2st|Z2h[vwz1]X|Z2l0aHViX3BhdF|Z2xwYXQt|QUtJQ|LS0tLS1CRUdJTi)[A-Za-z0-9+/_-]{27,}  # the same in base64
      )
    | hooks\.slack\.com/services/T[A-Za-z0-9]+/ | (?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{30,}
    | [?&;]sig=[A-Za-z0-9+/%]{40,}""",
    re.VERBOSE,
)
_STARTS = (
    "sk- _live_ _test_ whsec_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glcbt- glptt- glsoat- AKIA"
    " ASIA ABIA ACCA AIza ya29. GOCSPX- xox xapp- hf_ gsk_ npm_ pypi- dop_v1_ dapi r8_ shpat_ shpca_ shppa_ shpss_"
    " SG. lin_api_ eyJ AGE-SECRET-KEY- hvs. hooks.slack.com AccountKey= SharedAccessKey= sig= xai- pplx- :AA"
    " c2st Z2h Z2l0aHViX3BhdF Z2xwYXQt QUtJQ LS0tLS1CRUdJTi"
)
_SHAPE_STARTS = tuple(_STARTS.split())
"""One of these is in every text that `_SHAPE` finds something in: looking for them first is fast."""

_BROKEN = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:sk-|gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|AIza|xox[a-z]-|hf_|gsk_|npm_)[A-Za-z0-9_-]*
    (?:(?:['"][\s\\+]{0,40}[bBfFrRuU]{0,2}['"]|[\u200b-\u200d\u2060\ufeff\u00ad])[A-Za-z0-9_-]*){1,9}""",
    re.VERBOSE,
)
"""A token that is written in pieces: string after string, over lines, or with characters between that nobody sees."""
_OF_BROKEN = "sk- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- akia asia aiza xox hf_ gsk_ npm_"
_BROKEN_HINTS = frozenset(_OF_BROKEN.split())
_BREAK = re.compile(r"""['"][\s\\+]*[bBfFrRuU]{0,2}['"]|[\u200b-\u200d\u2060\ufeff\u00ad]""")
_LOGIN_IN_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@'\"]{0,80}:([^\s/@'\"]{3,200})@")
_HEADER = re.compile(r"(?i)(?:\b(?:bearer|basic)\s+|\bcookie:\s*[\w.-]{1,40}=)([A-Za-z0-9._~+/-]{16,}={0,2})")
_NAMED = re.compile(
    r"(?i)(?P<name>passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key"
    r"|private[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|[a-z0-9]{2,20}_key)"
    r"[A-Za-z0-9_]{0,30}(?P<close>['\"]?)\]?"
    r"(?:\s{0,8}:\s{0,4}[A-Za-z_][\w.\[\]| ]{0,40})?\s{0,20}(?P<sign>:=|=>|==|!=|[:=,]|value\s?=)\s{0,8}[bfru]{0,2}"
    r"(?P<quote>['\"]?)(?P<value>[^\s'\"]{6,500})(?P=quote)(?P<after>.?)"
)
_NAMED_WORDS = ("passw", "passphrase", "pwd", "secret", "token", "key", "credential")
_SPOKEN = re.compile(
    r"""(?ix) (?:
        --passw(?:or)?d\s+['"]?                            # an option of a command
      | \blogin\s+\S{1,80}\s+password\s+                  # netrc
      | ^[\s+-]*ENV\s+\w*(?:PASSWORD|SECRET|TOKEN|KEY)\w*\s+  # a Dockerfile
      | \b(?:identified\s+by|password)\s+(?=')'           # SQL
      | \bcurl\b.{0,200}\s(?:-u|--user)[\s=]+['"]?[\w.@-]{1,80}:
      | \bmysql\w{0,20}\b.{0,200}\s-p(?=\S)
      | \bdocker\s+login\b.{0,200}\s-p[\s=]+
      | \b(?:environ\.get|getenv)\(\s*['"]\w*(?:PASSW|SECRET|TOKEN|KEY)\w*['"]\s*,\s*['"]
      | <\w{0,30}(?:password|secret|token|apikey)\w{0,30}>
    ) ([^\s'"<>]{6,200})"""
)
_TEMPLATE = re.compile(r"\{[A-Za-z_][^{}]*\}|\{\{|\$\{|\$\(|^\$\w+$|%\(\w+\)|<[\w .:-]+>|\*{3}|^\[|^%\w+%$|\.\.\.")
"""In quotes only this is a template: what generators make is full of `$`, `%`, `(` and `*`."""
_OPEN_TEMPLATE = re.compile(r"[<{$%\[*]|\.\.\.")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_PLACEHOLDER = re.compile(
    r"(?i)example|placeholder|change[_-]?me|your[_-]|dummy|redacted|xxx|^(?:none|null|true|false|todo|(?:my)?pass(?:word)?"
    r"|passwd|guest|tiger|secret|token|test|user|admin|string|optional|required|\w*_password|env[.:_]\w*)$"
)
_WORDS = re.compile(
    r"[./~]*(?:[A-Z]?[a-z]+\d{0,3}|[A-Z]+\d{0,3}|\d{1,4})(?:[/_.: -]+(?:[A-Z]?[a-z]+\d{0,3}|[A-Z]+\d{0,3}|\d{1,4}))+/?"
)
"""A path, a file's name, an identifier: words that somebody wrote."""
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|CERTIFICATE|PGP MESSAGE)[A-Z ]{0,20}-----")
_BODY_OF_KEY = re.compile(r"[\s\"',#*>|+-]*[A-Za-z0-9+/]{20,}={0,2}(?:\\n)?[\s\"',]*")
_END_OF_KEY = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
LONGEST_JUDGED = 20_000
"""Characters of one line whose assignments are looked at; token shapes are looked for in all of it."""


def redact(text: str) -> tuple[str, int]:
    """The text with every line that looks like a secret replaced by `WITHHELD`, and how many were.

    The number of lines (by `\\n`) never changes. A text without anything suspicious is returned as it is.
    """
    lower = text.lower()
    hints, key = _hints(lower), "-----BEGIN" in text or "-----END" in text
    if not hints and not key:
        return text, 0
    lines = text.split("\n")
    withheld = _secret_lines(lines, lower, hints)
    if not _BROKEN_HINTS.isdisjoint(hint for hint, _ in hints):
        withheld |= _broken_lines(text)
    inside_key = False
    for number, line in enumerate(lines if key else ()):
        begins = "-----BEGIN" in line and _PRIVATE_KEY.search(line) is not None
        if inside_key or begins:
            withheld.add(number)
            inside_key = _END_OF_KEY.search(line) is None
        elif _END_OF_KEY.search(line):  # the end of a key whose beginning was left out
            above = number
            while above >= 0 and (above == number or _BODY_OF_KEY.fullmatch(lines[above])):
                withheld.add(above)
                above -= 1
    for number in withheld:
        lines[number] = WITHHELD + ("\r" if lines[number].endswith("\r") else "")
    return ("\n".join(lines), len(withheld)) if withheld else (text, 0)


def is_secret_line(line: str) -> bool:
    """Whether one line holds a token, a password in a URL, or a secret assigned to a name that says so."""
    return any(judge(line) for judge in {judge for _, judge in _hints(line.lower())})


def _hints(lower: str) -> list[tuple[str, _Judge]]:
    """The hints that occur in a text, each with who judges the lines that hold it: a quick search for fixed strings."""
    return [(hint, judge) for hint, judge in _HINTS if hint in lower]


def _secret_lines(lines: list[str], lower: str, hints: list[tuple[str, _Judge]]) -> set[int]:
    """Numbers of the lines that are secret: only those with a hint are looked at (one in a hundred, in code)."""
    found: set[int] = set()
    asked: set[tuple[int, _Judge]] = set()
    for hint, judge in hints:
        number = counted = 0
        place = lower.find(hint)
        while place >= 0:
            number += lower.count("\n", counted, place)
            counted = place
            if number not in found and (number, judge) not in asked:
                asked.add((number, judge))
                if judge(lines[number]):
                    found.add(number)
            end = lower.find("\n", place)
            place = lower.find(hint, end) if end >= 0 else -1
    return found


def _broken_lines(text: str) -> set[int]:
    """Numbers of the lines over which tokens are written in pieces."""
    found: set[int] = set()
    for pieces in _BROKEN.finditer(text):
        if _SHAPE.match(_BREAK.sub("", pieces[0])):
            first = text.count("\n", 0, pieces.start())
            found.update(range(first, first + pieces[0].count("\n") + 1))
    return found


def _has_token(line: str) -> bool:
    return _SHAPE.search(line) is not None


def _has_login(line: str) -> bool:
    logins = (_ESCAPED.sub("_", found[1]) for found in _LOGIN_IN_URL.finditer(line[:LONGEST_JUDGED]))
    return any(not _stands_in(login) for login in logins)


def _has_header(line: str) -> bool:
    return any(_is_random(found[1]) for found in _HEADER.finditer(line[:LONGEST_JUDGED]))


def _has_assignment(line: str) -> bool:
    line = line[:LONGEST_JUDGED]
    return any(map(_gives_away, _NAMED.finditer(line))) or _is_spoken(line)


def _is_spoken(line: str) -> bool:
    return any(_looks_chosen(found[1]) and not _stands_in(found[1]) for found in _SPOKEN.finditer(line))


def _gives_away(found: re.Match[str]) -> bool:
    """An assignment whose value is a literal rather than code, prose or a placeholder."""
    value, quoted, name = found["value"].rstrip(",;"), bool(found["quote"]), found["name"].lower()
    if _stands_in(value, quoted=quoted) or "://" in value:
        return False
    if found["sign"] == "," and not (quoted and found["close"]):  # `"name", "value"`: arguments of a call
        return False
    if not quoted and (re.search(r"[()\[\]{}]|^\w+\.\w", value) or found["after"] in ("(", "[", ".")):
        return False  # a call, an index, an attribute: code
    if not quoted and value.isidentifier() and "_" in value and sum(map(str.isdigit, value)) < 3:
        return False  # a variable
    if name.startswith(("passw", "pwd", "passphrase")) and found["sign"] != ",":
        return _looks_chosen(value)
    if name.endswith("_key") and not name.startswith(_KINDS_OF_KEY):  # any key's name: only what looks generated
        return len(value) >= 32 and _is_random(value, 4.1)
    return len(value) >= 16 and _is_random(value)


_KINDS_OF_KEY = ("api", "access", "auth", "private", "account", "encryption", "signing")


def _stands_in(value: str, *, quoted: bool = False) -> bool:
    """Whether a value is a template, or a word that people write where a secret will stand."""
    template = _TEMPLATE if quoted else _OPEN_TEMPLATE
    return template.search(value) is not None or _PLACEHOLDER.search(value) is not None


def _looks_chosen(value: str) -> bool:
    """Whether a password is more than a plain word: prose and names of fields are none."""
    return any(letter.isdigit() for letter in value) or re.search(r"[^\w./-]", value) is not None


def _is_random(value: str, bits: float = 3.0) -> bool:
    """Letters and digits mixed, at least `bits` a character: what a generator makes and a person does not."""
    if not (any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value)):
        return False
    if _WORDS.fullmatch(value):
        return False
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values()) >= bits


_Judge = Callable[[str], bool]
_HINTS: tuple[tuple[str, _Judge], ...] = (
    *((start.lower(), _has_token) for start in _SHAPE_STARTS),
    ("://", _has_login),
    *((word, _has_header) for word in ("bearer", "basic", "cookie:")),
    *((word, _has_assignment) for word in (*_NAMED_WORDS, "identified", "curl", "mysql", "docker login")),
)
