"""Signatures of plugins: ed25519 over the digest of all files of a plugin's folder.

`plugin.sig` lies beside the manifest. Compiled files cannot be signed, since they are made on the
spot; Python would run them in place of the code, so where they lie no signature counts.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commandcenter.errors import PluginError

FILE = "plugin.sig"
PURPOSE = b"commandcenter plugin 1\n"
MADE_ON_THE_SPOT = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files that belong to a plugin, in order: path inside the folder, and file.

    Raises PluginError for what is neither file nor folder: a link may lead elsewhere tomorrow.
    """
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in MADE_ON_THE_SPOT]
        for name in [*folders, *files]:
            path = Path(parent, name)
            inside = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise PluginError(
                    f"{folder.name}/{inside}: is a link or a device; put a file there"
                )
        found += [Path(parent, name) for name in files]
    for path in sorted(found, key=lambda p: p.relative_to(folder).as_posix()):
        yield path.relative_to(folder).as_posix(), path


def digest_of(folder: Path) -> bytes:
    """Return the digest of all files of a plugin but its signature: names and contents."""
    digest = hashlib.sha256()
    for name, path in files_of(folder):
        if name != FILE:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{content}  {name}\n".encode())
    return digest.digest()


def sign(folder: Path, key: Ed25519PrivateKey) -> str:
    """Write the signature of a plugin and return the public key it can be verified with."""
    public = public_words(key.public_key())
    signature = base64.b64encode(key.sign(PURPOSE + digest_of(folder))).decode()
    document = {"key": public, "signature": signature}
    (folder / FILE).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    return public


def verify(folder: Path, keys: Sequence[str]) -> str:
    """Return which of `keys` has signed a plugin as it lies there now.

    Raises PluginError that says why none has.
    """
    where = f"{folder.parent.name}/{folder.name}/{FILE}"
    signer, signature = _read(folder / FILE, where)
    for compiled in folder.rglob("__pycache__/*.pyc"):
        raise PluginError(
            f"{folder.name}/{compiled.relative_to(folder)}: is compiled, and no signature covers "
            "it: remove every __pycache__ of the plugin (pip install --no-compile makes none)"
        )
    if signer not in keys:
        raise PluginError(f"{where}: is signed with {signer}, which is none of plugin_keys")
    try:
        public_key(signer).verify(signature, PURPOSE + digest_of(folder))
    except InvalidSignature as error:
        raise PluginError(
            f"{where}: does not fit: a file was changed after signing, or added or removed"
        ) from error
    return signer


def public_words(key: Ed25519PublicKey) -> str:
    """Return a public key as it stands in the setting plugin_keys."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def public_key(words: str) -> Ed25519PublicKey:
    """Read a public key; raises PluginError for words that are none."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(words, validate=True))
    except (ValueError, binascii.Error) as error:
        raise PluginError(
            f"plugin_keys: {words!r} is no public key; `commandcenter plugin keygen` prints one"
        ) from error


def _read(path: Path, where: str) -> tuple[str, bytes]:
    try:
        document = orjson.loads(path.read_bytes())
        return str(document["key"]), base64.b64decode(document["signature"], validate=True)
    except FileNotFoundError as error:
        raise PluginError(
            f"{where}: is missing, and plugins_signed = required: have the plugin signed with "
            "`commandcenter plugin sign`"
        ) from error
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise PluginError(f"{where}: cannot be read; sign the plugin again") from error
