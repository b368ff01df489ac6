"""A hash of what the verdicts of the model are computed from, so that a stored automaton is known to be current.

Assumption: verdicts depend on these files, on level and table lifetime of each api, and on nothing else.
Example: `fingerprint()` is 16 hexadecimal digits.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from kpatchlint.model.api import APIS

_FILES = (
    "access.py",
    "alphabet.py",
    "automaton.py",
    "client.py",
    "fragment.py",
    "migrating.py",
    "operation.py",
    "program.py",
    "system.py",
    "waiting.py",
    "world.py",
)


@cache
def fingerprint() -> str:
    """The hash of the protocol, the callers and the way automata are made."""
    here = Path(__file__).parent
    content = b"\0".join(name.encode() + b"\0" + (here / name).read_bytes() for name in _FILES)
    content += repr([(name, api.level, api.table) for name, api in APIS.items()]).encode()
    return blake2b(content, digest_size=8).hexdigest()
