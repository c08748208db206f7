"""`plugin pack|install|keygen|sign|verify`: plugins as files, and who has signed them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from commandcenter.cli.plugins.deciding import tell
from commandcenter.errors import PluginError, SettingsError
from commandcenter.host import installing, package, signature
from commandcenter.host.manifest import FILE, read_manifest
from commandcenter.settings import Settings


def pack(folder: Path, into: Path) -> None:
    """Write a plugin into one file."""
    place = _plugin(folder)
    with _written(into):
        typer.echo(package.pack(place, into))


def install(settings: Settings, path: Path) -> None:
    """Install a plugin from a file; a running server takes it up at once."""
    done = installing.install(path, settings)
    tell(settings, done.name)
    typer.echo(str(done))


def keygen(path: Path) -> None:
    """Write a new private key, readable by its owner alone, and print the public one."""
    key = Ed25519PrivateKey.generate()
    document = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if path.exists():
        raise SettingsError(f"{path}: is there already; a key is not overwritten")
    with _written(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(document)
    typer.echo(signature.public_words(key.public_key()))


def sign(folder: Path, key: Path) -> None:
    """Sign a plugin as it lies there."""
    place = _plugin(folder)
    private = _private(key)
    with _written(place):
        public = signature.sign(place, private)
    typer.echo(f"{place.name}/{signature.FILE}: signed with {public}")


def verify(settings: Settings, folder: Path, keys: list[str]) -> None:
    """Say who has signed a plugin; raises PluginError when none of the keys has."""
    trusted = keys or list(settings.plugin_keys)
    if not trusted:
        raise SettingsError("no key to verify with: give --key, or set plugin_keys")
    signer = signature.verify(_plugin(folder), trusted)
    typer.echo(f"{folder.resolve().name}: as it was signed with {signer}")


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Say in one line where nothing can be written."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written: {error.strerror}") from error


def _plugin(folder: Path) -> Path:
    place = folder.resolve()
    read_manifest(place / FILE, place.name)
    return place


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise PluginError(f"{path}: cannot be read as a private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise PluginError(f"{path}: is no ed25519 key; `commandcenter plugin keygen` makes one")
    return key
