"""People become keyed pseudonyms here and nowhere else; the key never shows itself.

A pseudonym is HMAC-SHA-256 of kind and id under a key that is kept outside the data: without
the key, an 18-digit id cannot be found by trying them all.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
import sys
from pathlib import Path
from typing import NoReturn

from fraudml.errors import SecretError

ENVIRONMENT = "FRAUDML_KEY"
DEMO_SECRET = hashlib.sha256(b"fraudml demo fund: this key is published, it hides nobody").digest()
PREFIXES = {
    "patient": "pt_",
    "practitioner": "pr_",
    "operator": "op_",
    "inspector": "in_",
    "unknown": "xx_",  # a target whose grain cannot be read: hashed all the same
}
_SMALL_CHECK = re.compile(r"[0-9]{17}x")
_HEX_CHARS = 64
_MIN_TEXT = 32


class PseudonymKey:
    """The secret under which ids are hashed; printing, logging or comparing it shows none of it."""

    __slots__ = ("__begun", "__secret", "demo")

    def __init__(self, secret: bytes, *, demo: bool = False) -> None:
        self.__secret = secret
        self.__begun = hmac.new(secret, b"fraudml/", "sha256")  # a copy of it costs half a new one
        self.demo = demo

    def __repr__(self) -> str:
        return f"PseudonymKey(fingerprint={self.fingerprint()!r}, demo={self.demo})"

    def __reduce__(self) -> NoReturn:
        raise SecretError("A pseudonym key is never pickled: load it again where it is needed.")

    def fingerprint(self) -> str:
        """Sixteen hex characters that tell two keys apart and reveal neither."""
        return hmac.digest(self.__secret, b"fraudml/fingerprint", "sha256").hex()[:16]

    def pseudonym(self, kind: str, raw_id: str) -> str:
        """Prefix of the kind and 32 hex characters; equal ids of two kinds get unequal ones.

        >>> key = PseudonymKey(bytes(32))
        >>> key.pseudonym("patient", "A1") == key.pseudonym("practitioner", "A1")
        False
        >>> len(key.pseudonym("patient", "A1"))
        35

        A citizen's number (GB 11643) may end on X, and is one number with a small x:
        >>> key.pseudonym("patient", "11010519491231002x") == key.pseudonym(
        ...     "patient", "11010519491231002X"
        ... )
        True
        """
        one = raw_id.upper() if _SMALL_CHECK.fullmatch(raw_id) else raw_id
        return PREFIXES[kind] + self.digest(f"{kind}\0{one}")[:32]

    def digest(self, text: str) -> str:
        """Keyed SHA-256 of any text, hex: for rows that cannot be read and must not be shown."""
        mac = self.__begun.copy()
        mac.update(text.encode())
        return mac.hexdigest()


def load_key(raw: Path, *, demo_raw: Path, make: bool = True) -> PseudonymKey:
    """The key for this raw folder: the published one for the demo fund, the user's for any other.

    The user's key stands in the environment variable FRAUDML_KEY (64 hex characters, or a text of
    at least 32), else in a file in the user's configuration folder, made there on first use
    (``make``; whoever turns pseudonyms back has no use for a new one).
    Raises SecretError for a malformed key, for one that others can read, and for the demo's.
    """
    if raw.resolve() == demo_raw.resolve():
        return PseudonymKey(DEMO_SECRET, demo=True)
    given = os.environ.get(ENVIRONMENT)
    if given is not None:
        return _own_key(given, place=f"environment variable {ENVIRONMENT}")
    path = key_file()
    if not path.exists():
        if not make:
            raise SecretError(
                f"There is no pseudonym key in {path}: put the one there that ingest used, or set "
                f"{ENVIRONMENT} to it."
            )
        _make_key_file(path)
    return _own_key(_read_private(path), place=f"key file {path}")


def key_file() -> Path:
    """Where the user's key lies: $XDG_CONFIG_HOME or ~/.config, then fraudml/pseudonym.key."""
    given = os.environ.get("XDG_CONFIG_HOME")
    try:
        config = Path(given) if given else Path.home() / ".config"
    except RuntimeError:
        raise SecretError(
            f"No home folder to keep a pseudonym key in: set {ENVIRONMENT} or XDG_CONFIG_HOME."
        ) from None
    return config / "fraudml" / "pseudonym.key"


def _make_key_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise SecretError(
            f"Cannot make the key file {path}: {error.strerror}. Set {ENVIRONMENT} instead."
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")
    sys.stderr.write(
        f"Made a new pseudonym key in {path}. Back it up and keep it secret: without it no "
        "pseudonym can be turned back, and another key gives other pseudonyms.\n"
    )


def _read_private(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SecretError(f"Key file {path} can be read by others: chmod 600 it.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SecretError(f"Cannot read the key file {path}: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise SecretError(f"Key file {path} is not text: 64 hex characters belong there.") from None


def _own_key(written: str, *, place: str) -> PseudonymKey:
    secret = _parse(written.strip(), place=place)
    if hmac.compare_digest(secret, DEMO_SECRET):
        raise SecretError(
            f"The {place} holds the demo fund's published key, which hides nobody. Use a key of "
            "your own for this folder."
        )
    return PseudonymKey(secret)


def _parse(written: str, *, place: str) -> bytes:
    if len(written) >= _HEX_CHARS and len(written) % 2 == 0:
        try:
            return bytes.fromhex(written)
        except ValueError:
            pass  # a long text that is not hex is a passphrase
    if len(written) < _MIN_TEXT:
        raise SecretError(
            f"The {place} holds {len(written)} characters; at least {_MIN_TEXT}, or 64 hex, "
            "are needed."
        )
    return written.encode()
