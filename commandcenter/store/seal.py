"""The seal on secrets in the database: who has the database alone cannot read them."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from commandcenter.errors import StoreError

PURPOSE = b"commandcenter plugin settings 1"
SECOND_FACTOR = b"commandcenter second factor 1"
"""Another purpose of the same secret gets another key."""
KEY_BYTES = 32


class Seal:
    """Seals words with a key that follows from the server's secret (HKDF, then Fernet)."""

    def __init__(self, secret: str, purpose: bytes = PURPOSE) -> None:
        derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, words: str) -> str:
        """Return the sealed words."""
        return self._fernet.encrypt(words.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the words again; raises StoreError for what another secret has sealed."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise StoreError(
                "a secret in the database was sealed with another secret_key: give that key again, "
                "or type the secret once more"
            ) from error
