"""Chance that depends on a seed and a name alone, never on what was drawn before."""

import hashlib

import numpy as np


def number(seed: int, name: str) -> int:
    """Draw a whole number below 2**64."""
    key = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(key, "big")


def generator(seed: int, name: str) -> np.random.Generator:
    """Return a generator of random numbers."""
    return np.random.Generator(np.random.PCG64(number(seed, name)))
