"""Which of a few names a tree has, without a look at all that it has.

Parts in a row are taken together, until the key of one says that it is the last: so a change of one of them leaves the
others' tables as they are.  The names of a table are kept by their length, one row of the cache for each, and a
question reads the rows that it can be in.  Assumption: few names are asked; many are found faster where
`parts.packed` has them.  Example:

    there(origin, store, parts, {b"f_oo"}, jobs)     {b"f_oo"} when the shard of one of the parts has that name
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from kpatchlint.pool import local, spread
from kpatchlint.tree.cache import Store, stamp
from kpatchlint.tree.files import HEADERS
from kpatchlint.tree.origin import Origin
from kpatchlint.tree.packing import pack, unpack
from kpatchlint.tree.parts import NAMES, Part, packed, store_at
from kpatchlint.tree.shard import PROGRAM, digest, names_text

_PROGRAM = stamp(__file__)
_KIND = "table"
# One key in so many is the last of its table: about 80 tables for 6.12.
_LAST = 64
# Names of equal length modulo this share a row.
_ROWS = 32
_TABLES = 8

Table = tuple[Part, ...]


def tables(parts: Iterable[Part]) -> Iterator[Table]:
    """The parts, taken together."""
    table: list[Part] = []
    for part in parts:
        table.append(part)
        if part.key[0] % _LAST == 0:
            yield tuple(table)
            table = []
    if table:
        yield tuple(table)


def there(
    origin: Origin,
    store: Store,
    parts: Sequence[Part],
    names: Collection[bytes],
    jobs: int = 1,
    gone: Collection[Part] = (),
) -> frozenset[bytes]:
    """Those of the names that the shards of the parts have, without the parts that are `gone`."""
    left, every = frozenset(names), list(tables(parts))
    _fill(origin, store, every, jobs)
    out = {part.key for part in gone}
    for table in sorted(every, key=_likely):
        if not left:
            break
        found = _in_table(origin, store, table, left)
        if found and any(part.key in out for part in table):
            found = _one_by_one(origin, store, [part for part in table if part.key not in out], found)
        left -= found
    return frozenset(names) - left


def _likely(table: Table) -> bool:
    """Orders tables by what is named most."""
    return not any(part.paths[0].startswith(HEADERS) for part in table)


def _in_table(origin: Origin, store: Store, table: Table, names: frozenset[bytes]) -> frozenset[bytes]:
    rows = {_row(table, number): number for number in {len(name) % _ROWS for name in names}}
    kept = store.get(_KIND, rows)
    if len(kept) < len(rows):
        kept = _made(origin, store, table)
    texts = {rows[key]: unpack(value) for key, value in kept.items() if key in rows}
    return frozenset(name for name in names if b"\n" + name + b"\n" in texts[len(name) % _ROWS])


def _one_by_one(origin: Origin, store: Store, parts: Sequence[Part], names: frozenset[bytes]) -> frozenset[bytes]:
    left = names
    for _, kept in packed(origin, store, NAMES, parts):
        text = names_text(kept)
        left = frozenset(name for name in left if b"\n" + name + b"\n" not in text)
    return names - left


def _row(table: Table, number: int) -> bytes:
    return digest(b"".join((PROGRAM, _PROGRAM, bytes([number]), *(part.key for part in table))))


def _fill(origin: Origin, store: Store, every: Sequence[Table], jobs: int) -> None:
    """Make the tables that the cache does not have."""
    firsts = {_row(table, 0): table for table in every}
    known = store.has(_KIND, firsts)
    new = [table for first, table in firsts.items() if first not in known]
    work = [(origin, store.path, tuple(new[at : at + _TABLES])) for at in range(0, len(new), _TABLES)]
    with local(jobs, len(work)) as executor:
        for rows in spread(executor, _make, work):
            store.put(_KIND, rows)


def _make(work: tuple[Origin, Path, tuple[Table, ...]]) -> dict[bytes, bytes]:
    origin, cached, several = work
    rows: dict[bytes, bytes] = {}
    for table in several:
        rows.update(_rows(origin, store_at(cached), table))
    return rows


def _made(origin: Origin, store: Store, table: Table) -> dict[bytes, bytes]:
    rows = _rows(origin, store, table)
    store.put(_KIND, rows)
    return rows


def _rows(origin: Origin, store: Store, table: Table) -> dict[bytes, bytes]:
    """What is kept of a table, every row of it."""
    names: dict[bytes, None] = {}
    for _, kept in packed(origin, store, NAMES, table):
        names.update(dict.fromkeys(names_text(kept).split(b"\n")))
    rows: list[list[bytes]] = [[] for _ in range(_ROWS)]
    for name in names:
        rows[len(name) % _ROWS].append(name)
    texts = (b"\n".join((b"", *row, b"")) for row in rows)
    return {_row(table, number): pack(text) for number, text in enumerate(texts)}
