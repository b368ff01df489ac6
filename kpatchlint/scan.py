"""Files of a tree as they stand, in; a report out.

Files are read once and then known by size and times (`tree/survey.py`); those that mention what a chosen rule asks for
are examined, the longest first, and the report on each is kept in the cache.  Assumption: it depends on the file, on
the other files of its directory, on what the tree's headers declare, on the rule data and the program.  Example:

    scan_paths(["mm"], Scan(jobs=2))     the report on every file below mm/
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from functools import cache, cached_property, partial
from itertools import chain
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint import pool
from kpatchlint.c import comments
from kpatchlint.c.comments import any_above
from kpatchlint.c.parse import MAX_FILE, Ranges
from kpatchlint.check import added
from kpatchlint.commented import Remarks, alone, remarks_of
from kpatchlint.data import rules_directory
from kpatchlint.errors import UserError
from kpatchlint.event import EventKind
from kpatchlint.examine import FLOW, Setup, Text, examine_once, kinds_of
from kpatchlint.files import versions
from kpatchlint.finding import Report
from kpatchlint.loaded import Loaded
from kpatchlint.patched import C_SUFFIXES
from kpatchlint.phases import measured, phase
from kpatchlint.prose import claims
from kpatchlint.prose.claims import Telling
from kpatchlint.rule import load_rules
from kpatchlint.source import Source, occurrences
from kpatchlint.tree import index
from kpatchlint.tree.cache import Store, default_path, stamp, unkept
from kpatchlint.tree.checkout import Checkout
from kpatchlint.tree.files import Files, Overlay, below
from kpatchlint.tree.kept import Kept
from kpatchlint.tree.listing import State, looked_at_once, state_of
from kpatchlint.tree.mention import mentioning, shortest
from kpatchlint.tree.survey import BESIDE, Asked, Folders, Seen, digest, file_names, listed, read_batch, survey

# root, paths, rule directories, the kinds of events that matter, and whether comments are looked at elsewhere
Work = tuple[Path, tuple[str, ...], tuple[Path, ...], frozenset[EventKind], bool]
Watch = Callable[[Iterator[tuple[str, Report]], int], Iterator[tuple[str, Report]]]

# below this a second process costs more than it saves
FEW_FILES = 8
# so many pieces of work spread evenly; to hand over each of ten thousand small files would take longer than to read it
MANY_PIECES = 2000
_KIND = "scan"
# how a range begins that took too long: next time it may not
_SLOW = "takes longer than"
_REPORT = msgspec.msgpack.Decoder(Report)
# what is told of kernel-doc, which describes parameters
_DOCUMENTED = {EventKind.UNDOCUMENTED_NULL, EventKind.DOC_PARAMETER}


class Scan(Struct, frozen=True):
    """How a scan is done; the report depends on `chosen` only.

    rule_directories  the user's own rules
    jobs       how many processes share the files
    executor   where they are examined instead: `dask=ADDRESS`
    watch      is given the reports by path as they come, and their number, and hands them on: to show how far it is
    chosen     the ids of the rules that matter; None for all.  What only another rule needs may be left out.
    store      what was computed before; None to compute everything
    reading    is given what is read of a whole tree for the names in its comments, as `watch` is the reports
    """

    rule_directories: tuple[Path, ...] = ()
    jobs: int = 1
    executor: str = ""
    watch: Watch | None = None
    chosen: frozenset[str] | None = None
    store: Store | None = None
    reading: index.Watch | None = None


class _Claiming(Struct, frozen=True):
    """Whether a text has a comment above code that may claim something: a question that can be sent."""

    telling: Telling

    def __call__(self, text: bytes) -> bool:
        return any_above(text, self.telling)

    @property
    def identity(self) -> bytes:
        """What is another when an answer may be."""
        return stamp(comments.__file__, claims.__file__) + msgspec.msgpack.encode(self.telling.needed)


class _Tree(Struct, frozen=True, eq=False, dict=True):
    """A tree under scan: what it is examined with, and what of it is looked at."""

    root: Path
    how: Scan
    indexed: bool

    @property
    def loaded(self) -> Loaded:
        """The rule data for it."""
        return _loaded(self.root, self.how.rule_directories)

    @cached_property
    def kinds(self) -> frozenset[EventKind]:
        """The kinds of events that are looked for in each file."""
        kinds = kinds_of(load_rules(self.how.rule_directories), self.how.chosen)
        return kinds - {EventKind.STALE_NAME} if self.indexed else kinds

    @cached_property
    def asked(self) -> Asked:
        """What tells the files that are worth examining."""
        words = set(_parts(self.loaded.triggers)) if self.kinds & FLOW else set[bytes]()
        words |= {b"/**"} if self.kinds & _DOCUMENTED else set()
        words |= {b"/*", b"//"} if EventKind.STALE_NAME in self.kinds else set()
        claiming = _Claiming(self.loaded.of_tree.wordings.telling) if EventKind.DOC_CLAIM in self.kinds else None
        return Asked(shortest(tuple(sorted(words))), claiming, claiming.identity if claiming else b"")

    @cached_property
    def state(self) -> bytes:
        """A hash of all that a report depends on, except what stands in the directory of the file."""
        data = (path.read_bytes() for each in self._data for path in sorted(each.rglob("*.toml")))
        kinds = " ".join(sorted(self.kinds)).encode()
        return digest(_program(), self.loaded.identity, kinds, bytes([self.indexed]), *data)

    @property
    def _data(self) -> tuple[Path, ...]:
        return rules_directory(), *self.how.rule_directories


def kept() -> Store:
    """The user's cache."""
    return Store(default_path())


def scan_paths(paths: Sequence[str], how: Scan = Scan()) -> Report:  # noqa: B008
    """The report on files and directories as they stand; `UserError` for a path that is not there."""
    with looked_at_once():
        return _of_paths(paths, how)


def _of_paths(paths: Sequence[str], how: Scan) -> Report:
    tops = [_placed(path) for path in paths]
    told = {root: told for root, _ in tops if (told := _remarks(_loaded(root, how.rule_directories), how))}
    only = alone(load_rules(how.rule_directories), how.chosen) and all(root in told for root, _ in tops)
    report = Report()
    for root in dict.fromkeys(root for root, _ in tops) if not only else ():
        inside = [name for top, name in tops if top == root]
        report = _total([report, _in_tree(_Tree(root, how, root in told), inside)])
    for root, remarks in told.items():
        stale, files = remarks.in_tree([inside for top, inside in tops if top == root], C_SUFFIXES, how.jobs)
        report = replace(report, findings=(*report.findings, *stale), files=report.files + (files if only else 0))
    bare = [path for path, (root, inside) in zip(paths, tops, strict=True) if not _any_file(root, inside)]
    caches = [*([how.store.path] if how.store else ()), *([default_path()] if told else ())]
    lost = dict.fromkeys(line for path in caches for line in unkept(path))
    return replace(report, notices=(*(f"{path}: nothing to scan: no C file in it" for path in bare), *lost))


def _any_file(root: Path, top: str) -> bool:
    return not (root / top).is_dir() or any(file_names(str(root), top, C_SUFFIXES))


def _remarks(loaded: Loaded, how: Scan) -> Remarks | None:
    if not isinstance(loaded.tree, Files):
        return None
    return remarks_of(loaded.tree, loaded.of_tree, how.chosen, watch=how.reading or index.as_they_come)


def scan_file(path: str, loaded: Loaded, kinds: frozenset[EventKind] | None = None, indexed: bool = False) -> Report:
    """The report on one file of the tree: definitions with a trigger word in them.

    kinds    the kinds of events that matter; None for all
    indexed  what comments name is asked of the index of the whole tree, elsewhere
    """
    data = loaded.tree.read(path) if isinstance(loaded.tree, Files) else None
    if data is None:
        raise UserError("cannot be read", path=path)
    # nobody asks again for what a scan finds out of one file, and to know it by what lies beside it takes a while
    return _scanned_text(Source(path, data), loaded, replace(loaded.of_tree, kinds=kinds, kept=None), indexed)


def _scanned_text(source: Source, loaded: Loaded, setup: Setup, indexed: bool) -> Report:
    text = Text(source, replace(setup, renames={}) if indexed else setup)
    return added(Report(), examine_once(text, _worth(source.text, loaded)))


def _worth(text: bytes, loaded: Loaded) -> Ranges | None:
    """Whether a trigger word stands in a range, or there is none for the tree; None where nothing is worth a look.

    Bytes are found ten times as fast as the expression finds words, and in all of the text at once.
    """
    words, parts = loaded.trigger_words, _parts(loaded.triggers)
    if parts and len(text) <= MAX_FILE and not mentioning(parts)(text):
        return None
    spots = sorted(at for part in parts for at in occurrences(text, part))

    def worth(start: int, end: int) -> bool:
        near = bisect_left(spots, start)
        some = near < len(spots) and spots[near] < end
        return (some or not parts) and bool(words.search(text, start, end))

    return worth


@cache
def _parts(triggers: frozenset[str]) -> tuple[bytes, ...]:
    """One of these stands in a text that mentions a trigger word; none where there is no such word."""
    return shortest(tuple(sorted(word.encode() for word in triggers)))


def scan_buffer(
    path: Path,
    data: bytes,
    rule_directories: tuple[Path, ...] = (),
    chosen: frozenset[str] | None = None,
    kept: Kept | None = None,
) -> Iterator[Report]:
    """Reports on a file with this text, which need not be what the disk has; the last is that of `scan_paths`.

    What comments name, if the index of the whole tree is asked for it, is in the last one only: that may take long.
    The tree is read anew each time; what was found out about it as it stands is in `kept`.  Raises `UserError` for rule
    files, and for a tree that cannot be read.
    """
    top, name = tree_and_name(path.resolve())
    tree = Checkout(top)
    loaded = Loaded(rule_directories, tree, kept=kept or Kept())
    setup = loaded.of(Overlay(tree, {} if tree.read(name) == data else {name: data}))
    told = remarks_of(tree, setup, chosen)
    report = _scanned_text(Source(name, data), loaded, setup, told is not None)
    loaded.kept.save()
    yield report
    if told:
        yield replace(report, findings=(*report.findings, *told.in_file(name, data)))


def _in_tree(tree: _Tree, tops: Sequence[str]) -> Report:
    with phase("list"):
        folders, names = _found(tree.root, tops)
    return _scanned(tree, folders, names)


def _found(root: Path, tops: Sequence[str]) -> tuple[dict[str, dict[str, State]], set[str]]:
    """Folders with the states of their files, and the files that the tops stand for."""
    folders: dict[str, dict[str, State]] = {}
    names: set[str] = set()
    for top in tops:
        if (root / top).is_dir():
            found = dict(listed(str(root), top, C_SUFFIXES))
            folders.update(found)
            names.update(name for files in found.values() for name in files)
        else:
            folder = PurePosixPath(top).parent.as_posix()
            files = dict(listed(str(root), folder, C_SUFFIXES, deep=False))[folder]
            folders[folder] = {**folders.get(folder, {}), **files, top: state_of(root / top)}
            names.add(top)
    return folders, names


def _scanned(tree: _Tree, folders: Folders, names: Collection[str]) -> Report:
    """The report on these files of one tree, in the order of a walk."""
    how = tree.how
    here = not how.executor and (how.jobs == 1 or measured() or len(names) < FEW_FILES)
    with nullcontext() if here else pool.opened(how.jobs, how.executor) as executor:
        with phase("read"):
            seen = survey(str(tree.root), folders, tree.asked, how.store, partial(pool.done, executor, read_batch))
        # of sixty thousand files a few hundred are worth an order
        chosen = sorted((name for name in names if seen[name].mentions), key=lambda name: name.split("/"))
        keys = dict(_keys(tree, folders, chosen, seen))
        kept = how.store.get(_KIND, keys.values()) if how.store else {}
        reports = {name: _REPORT.decode(kept[key]) for name, key in keys.items() if key in kept}
        work = sorted(keys.keys() - reports.keys(), key=lambda name: (-seen[name].state[0], name))
        reports.update(_examined(tree, tuple(_pieces(work, seen)), keys, executor))
    return replace(_total(reports[name] for name in chosen), files=len(names))


def _pieces(names: Sequence[str], seen: Mapping[str, Seen]) -> Iterator[tuple[str, ...]]:
    """The files, in their order, a few small ones together."""
    enough = sum(seen[name].state[0] for name in names) / MANY_PIECES
    piece, size = list[str](), 0
    for name in names:
        piece.append(name)
        size += seen[name].state[0]
        if size >= enough:
            yield tuple(piece)
            piece, size = [], 0
    if piece:
        yield tuple(piece)


def _examined(
    tree: _Tree, pieces: Sequence[tuple[str, ...]], keys: Mapping[str, bytes], executor: Executor | None
) -> Iterator[tuple[str, Report]]:
    """The reports on these files as they come, kept at once, so that a run that is broken off can be resumed."""
    directories = tree.how.rule_directories
    work: dict[int, Work] = {n: (tree.root, p, directories, tree.kinds, tree.indexed) for n, p in enumerate(pieces)}
    found = pool.done(executor if len(work) > 1 else None, _scan_some, work)
    reports = chain.from_iterable(_as_kept(tree, keys, each) for _, each in found)
    yield from tree.how.watch(reports, sum(map(len, pieces))) if tree.how.watch else reports


def _as_kept(tree: _Tree, keys: Mapping[str, bytes], reports: Mapping[str, Report]) -> Iterable[tuple[str, Report]]:
    """The reports by their paths, which are kept now, but for what took too long."""
    whole = {n: r for n, r in reports.items() if not any(_SLOW in range_.reason for range_ in r.unanalyzed)}
    if tree.how.store:
        tree.how.store.put(_KIND, {keys[name]: msgspec.msgpack.encode(report) for name, report in whole.items()})
    return reports.items()


def _keys(
    tree: _Tree, folders: Folders, names: Iterable[str], seen: Mapping[str, Seen]
) -> Iterator[tuple[str, bytes]]:
    """What the report on each file depends on, as a hash: callees lie in its directory."""
    beside: dict[str, bytes] = {}
    for name in names:
        folder = PurePosixPath(name).parent.as_posix()
        if folder not in beside:
            files = (path for path in folders[folder] if path.endswith(BESIDE))
            beside[folder] = digest(*(part for path in files for part in (os.fsencode(path), seen[path].digest)))
        yield name, digest(tree.state, os.fsencode(name), seen[name].digest, beside[folder])


@cache
def _program() -> bytes:
    """What changes when the program does."""
    return versions(sorted(Path(__file__).parent.rglob("*.py"))).encode()


@cache
def _loaded(root: Path, rule_directories: tuple[Path, ...]) -> Loaded:
    return Loaded(rule_directories, Checkout(root))


def _scan_some(work: Work) -> dict[str, Report]:
    root, names, rule_directories, kinds, indexed = work
    loaded = _loaded(root, rule_directories)
    return {name: scan_file(name, loaded, kinds, indexed) for name in names}


def top_of(paths: Sequence[str]) -> Path | None:
    """The directory that the files in the report on a scan of `paths` are named from; None when there are several."""
    tops = {top for top, _ in map(_placed, paths)}
    return tops.pop() if len(tops) == 1 else None


def covered(paths: Sequence[str]) -> Callable[[str], bool]:
    """Whether a file, named as in the report on a scan of `paths`, is one of those that are scanned."""
    inside = below([name for _, name in map(_placed, paths)])
    return lambda name: inside(PurePosixPath(name).as_posix())


def _placed(path: str) -> tuple[Path, str]:
    """The tree a path lies in, and the path inside it."""
    absolute = Path(path).resolve()
    if not absolute.exists():
        raise UserError("is not there", path=path, cure="name a file or directory of a kernel tree")
    return tree_and_name(absolute)


def tree_and_name(absolute: Path) -> tuple[Path, str]:
    """The tree that a file or directory lies in, and its name there; the nearest directory where there is no tree."""
    root = next((p for p in (absolute, *absolute.parents) if (p / "include/linux").is_dir()), None)
    top = root or (absolute if absolute.is_dir() else absolute.parent)
    return top, str(absolute.relative_to(top))


def _total(reports: Iterable[Report]) -> Report:
    every = tuple(reports)
    return Report(
        findings=tuple(chain.from_iterable(report.findings for report in every)),
        unanalyzed=tuple(chain.from_iterable(report.unanalyzed for report in every)),
        files=sum(report.files for report in every),
        functions=sum(report.functions for report in every),
        bounded=sum(report.bounded for report in every),
    )
