"""Which files of a tree mention one of some words, and what stands in each: read once, then known by size and times.

Assumption: that of `tree/listing.py`: a file whose size, inode and times are as before is as before.  Symbolic links
are not followed.  Example: `survey("/tree", folders, asked, store, read)` gives a `Seen` for each file, by its path.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from kpatchlint.tree import mention
from kpatchlint.tree.cache import Store, stamp
from kpatchlint.tree.listing import State, contents, settled, state_of
from kpatchlint.tree.mention import mentioning

_KIND = "survey"
_BATCH = 200
# files that matter to those that lie beside them: callees stand in them
BESIDE = (".c", ".h")
_PROGRAM = stamp(__file__, mention.__file__)

Folders = Mapping[str, Mapping[str, State]]


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file when it was read, and whether it mentions one of the words.

    digest  of its bytes; empty where nobody asks: no file of the folder mentions a word, or nothing is kept
    """

    state: State
    digest: bytes
    mentions: bool


_SEEN = msgspec.msgpack.Decoder(dict[str, Seen])


class Asked(msgspec.Struct, frozen=True):
    """What is asked of each text: whether one of the words stands in it, or else, whether it is worth a look.

    otherwise  goes to the processes that read; None where the words are all
    identity   what is another when `otherwise` gives another answer
    """

    words: tuple[bytes, ...]
    otherwise: Callable[[bytes], bool] | None = None
    identity: bytes = b""


Batch = tuple[str, tuple[str, ...], Asked]
# the digest of a file, and whether it is one that was asked for
Found = dict[str, tuple[bytes, bool]]
Read = Callable[[Mapping[int, Batch]], Iterable[tuple[int, Found]]]


def digest(*parts: bytes) -> bytes:
    """16 bytes that name these parts."""
    return blake2b(b"".join(len(part).to_bytes(8, "big") + part for part in parts), digest_size=16).digest()


def listed(
    root: str, folder: str, suffixes: tuple[str, ...], deep: bool = True
) -> Iterator[tuple[str, dict[str, State]]]:
    """The files with one of the suffixes in each folder, by name: one folder, and if `deep` those below it."""
    with os.scandir(os.path.join(root, folder)) as entries:
        ordered = sorted(entries, key=attrgetter("name"))
    head = "" if folder == "." else f"{folder}/"
    files = (e for e in ordered if e.name.endswith(suffixes) and e.is_file(follow_symlinks=False))
    yield folder, {head + entry.name: state_of(entry) for entry in files}
    for entry in ordered if deep else ():
        if entry.is_dir(follow_symlinks=False) and entry.name != ".git":
            yield from listed(root, head + entry.name, suffixes)


def file_names(root: str, folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    """The files that `listed` has, in no order; they are not looked at, which takes a third of its time."""
    with os.scandir(os.path.join(root, folder)) as entries:
        inside = list(entries)
    head = "" if folder == "." else f"{folder}/"
    for entry in inside:
        if entry.name.endswith(suffixes) and entry.is_file(follow_symlinks=False):
            yield head + entry.name
        elif entry.name != ".git" and entry.is_dir(follow_symlinks=False):
            yield from file_names(root, head + entry.name, suffixes)


def survey(
    root: str, folders: Folders, asked: Asked, store: Store | None, read: Read
) -> dict[str, Seen]:
    """Every file of the folders as it is now, by path.

    read  reads batches of files, by number, with `read_batch`, wherever that is done
    """
    # a hash of the same words for each of six thousand folders would take a tenth of a run that finds nothing new
    question = digest(_PROGRAM, os.fsencode(root), asked.identity, *asked.words)
    keys = {digest(question, os.fsencode(name)): name for name in folders}
    known: dict[str, Seen] = {}
    for key, value in store.get(_KIND, keys).items() if store else ():
        now, kept = folders[keys[key]], _SEEN.decode(value)
        known.update((path, seen) for path, seen in kept.items() if now.get(path) == seen.state)
    missing = {path: state for files in folders.values() for path, state in files.items() if path not in known}
    if missing:
        found: Found = {}
        for batch in _batches(root, tuple(missing), asked, read):
            found.update(batch)
        known.update((path, Seen(state, *found.get(path, (b"", False)))) for path, state in missing.items())
        changed = {key: folders[name] for key, name in keys.items() if not missing.keys().isdisjoint(folders[name])}
        if store:
            known.update(_named(root, changed.values(), known))
            store.put(_KIND, {key: _kept(files, known) for key, files in changed.items()})
    return known


def _named(
    root: str, folders: Iterable[Mapping[str, State]], known: Mapping[str, Seen]
) -> Iterator[tuple[str, Seen]]:
    """The files that have no digest yet and lie beside one that mentions a word; few do, so they are read again."""
    for files in folders:
        if any(known[path].mentions for path in files):
            bare = [path for path in files if path.endswith(BESIDE) and not known[path].digest]
            yield from ((path, replace(known[path], digest=_digest(contents(root, path)))) for path in bare)


def _kept(files: Mapping[str, State], known: Mapping[str, Seen]) -> bytes:
    last = settled()
    return msgspec.msgpack.encode({path: known[path] for path, state in files.items() if max(state[2:]) < last})


def _batches(root: str, paths: tuple[str, ...], asked: Asked, read: Read) -> Iterator[Found]:
    starts = range(0, len(paths), _BATCH)
    batches = {at: (root, paths[at : at + _BATCH], asked) for at in starts}
    yield from (found for _, found in read(batches))


def read_batch(batch: Batch) -> Found:
    """The files that are asked for, and what may lie beside one of so many; a file that has gone has no text."""
    root, paths, asked = batch
    mentions, otherwise = mentioning(asked.words), asked.otherwise
    found: Found = {}
    for path in paths:
        text = contents(root, path)
        wanted = mentions(text) or (otherwise is not None and otherwise(text))
        if wanted or (otherwise is not None and path.endswith(BESIDE)):
            found[path] = _digest(text), wanted
    return found


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()
