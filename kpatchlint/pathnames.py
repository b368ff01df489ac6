"""Files that a patch's comments name and the tree does not have behind it.

A name counts where it begins with a folder at the top of the tree; and the tree may have the file further down, because
comments leave out what they are in.  Example: of

    /* See mm/filemap.c, mm/f_oo.c, linux/mm.h and Documentation/mm/f_oo.rst of another project. */

only `mm/f_oo.c` is missing.
"""

from collections.abc import Iterable, Iterator

from kpatchlint.brought import files_in
from kpatchlint.c.comments import Comment, Mention
from kpatchlint.claim import excused, made_up, sentence
from kpatchlint.event import Event, EventKind
from kpatchlint.patch.change import Change
from kpatchlint.reference import naming
from kpatchlint.regex import regex
from kpatchlint.stale import belonging
from kpatchlint.tree.files import Files
from kpatchlint.tree.words import is_program

# a folder that stands for any
_ANY = regex(r"/[A-Z]+/")
# what a document was called before it was written for a generator
_OLD, _NEW = ".txt", ".rst"


def missing_files(change: Change, tree: Files, everything: bool) -> list[tuple[Comment, Mention]]:
    """The files that the touched comments of a changed file name, or all of them, and that seem to be missing.

    tree  as the patch leaves it
    """
    side = change.after
    old = change.before.text if change.before is not None and not everything else b""
    named = files_in(side, everything) if side is not None else ()
    return [
        (comment, mention)
        for comment, mention in named
        if mention.name.encode() not in old
        and tree.names(mention.name.partition("/")[0])
        and tree.read(mention.name) is None
        and not _any_file(mention.name)
        and not excused(sentence(comment, mention))
    ]


def _any_file(name: str) -> bool:
    """Whether the name stands for any file."""
    stem = name.rpartition("/")[2].partition(".")[0]
    return made_up(stem) or _ANY.search(name) is not None


def file_events(
    text: bytes, missing: Iterable[tuple[Comment, Mention]], paths: Iterable[str]
) -> Iterator[Event]:
    """One STALE_NAME event for each that the tree has nowhere.

    paths  the files of the tree that are known
    """
    ends = {mention.name: f"/{mention.name}" for _, mention in missing}
    known = tuple(paths)
    below = {name for name, end in ends.items() if any(path.endswith(end) for path in known)}
    for comment, mention in missing:
        if mention.name not in below:
            new = _moved(mention.name, known)
            facts = naming(mention, "file", new, "misspelt" if new else "unknown")
            yield Event(EventKind.STALE_NAME, mention.offset, mention.end, belonging(text, comment), facts)


def _moved(name: str, known: Iterable[str]) -> str:
    """The one file of this name that the kernel has somewhere else; empty where there is none, or more than one."""
    last = "/" + name.rpartition("/")[2].removesuffix(_OLD)
    ends = (last + _NEW,) if name.endswith(_OLD) else (last,)
    found = [path for path in known if path.endswith(ends) and not is_program(path)]
    return found[0] if len(found) == 1 else ""
