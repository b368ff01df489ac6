"""What a git hook has to check: the event, its arguments and its standard input in, patches or commits out.

    sendemail-validate  the mail about to be sent (argument 1)
    pre-commit          what is staged, against HEAD; of a merge only what is in neither parent
    pre-applypatch      the patch that `git am` has just applied: the same question
    pre-push            every commit that the remote ref has not, each against its parent; for a new ref, every
                        commit that no remote is known to have

Only C files are asked for, so that a commit of anything else costs one git process.  Example: `git push` with one new
commit gives that commit.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from kpatchlint.errors import UserError
from kpatchlint.hook.git import Git
from kpatchlint.patch.inputs import Input, read_input
from kpatchlint.regex import regex

# more commits than anybody reviews before a push: a branch of somebody else's, or a new remote
MOST_COMMITS = 100
_C_FILES = ("--", "*.c", "*.h")
_PATCH = ("-p", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "-M")
_NAMES = ("--src-prefix=a/", "--dst-prefix=b/")
# what can be a patch; a body that is encoded can be one, too
_DIFF = regex(
    rb"^(?:diff --git |\+\+\+ )|^content-transfer-encoding:\s*(?:base64|quoted-printable)", re.MULTILINE | re.IGNORECASE
)


class Event(StrEnum):
    """A hook of git that can be lived with in a second."""

    SENDEMAIL_VALIDATE = "sendemail-validate"
    PRE_COMMIT = "pre-commit"
    PRE_APPLYPATCH = "pre-applypatch"
    PRE_PUSH = "pre-push"


class Work(Struct, frozen=True):
    """Patches to check by name, commits by id, and what the user should know about those that are not among them."""

    patches: tuple[Input, ...] = ()
    commits: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def work(event: Event, arguments: Sequence[str], given: bytes, git: Git) -> Work:
    """What there is to check; `given` is the standard input.  Raises `UserError` for a call that is not git's."""
    if event is Event.PRE_PUSH:
        return _push(given, git)
    if event is Event.SENDEMAIL_VALIDATE:
        return _mail(arguments)
    return _staged(event, git)


def _mail(arguments: Sequence[str]) -> Work:
    """The mail, unless there is no patch in it: a cover letter."""
    if not arguments:
        raise UserError("sendemail-validate: no mail is named", cure="let git send-email call it")
    given = read_input(arguments[0])
    return Work(tuple(one for one in given if isinstance(one[1], UserError) or _DIFF.search(one[1])))


def _staged(event: Event, git: Git) -> Work:
    base = "HEAD" if git.has_commits() else _empty_tree(git)
    files: Sequence[str] = _C_FILES
    if event is Event.PRE_COMMIT and (heads := _merged(git)):
        files = ("--", *_in_neither([base, *heads], git))
        if len(files) == 1:
            return Work()
    data = git.run("diff-index", "--cached", *_PATCH, *_NAMES, base, *files)
    return Work((("staged changes", data),)) if data else Work()


def _empty_tree(git: Git) -> str:
    return git.text("hash-object", "-t", "tree", "/dev/null")


def _merged(git: Git) -> list[str]:
    """The commits that are being merged into HEAD."""
    path = git.path("MERGE_HEAD")
    return path.read_text().split() if path.is_file() else []


def _in_neither(heads: Sequence[str], git: Git) -> list[str]:
    """C files that are in no parent of a merge as they are staged: what the merge itself changed."""
    changed = [_names(head, git) for head in heads]
    return sorted(set.intersection(*changed))


def _names(head: str, git: Git) -> set[str]:
    names = git.text("diff-index", "--cached", "--name-only", "-z", head, *_C_FILES).split("\0")
    return {f":(literal){name}" for name in names if name}


def _push(given: bytes, git: Git) -> Work:
    found: dict[str, None] = {}
    notices = []
    for line in given.decode(errors="surrogateescape").splitlines():
        commits = list(_commits(line, git))
        if len(commits) > MOST_COMMITS:
            ref = line.split()[0]
            notices.append(f"{ref}: more than {MOST_COMMITS} new commits, only the newest {MOST_COMMITS} are checked")
        found |= dict.fromkeys(reversed(commits[:MOST_COMMITS]))
    return Work(commits=tuple(found), notices=tuple(notices))


def _commits(line: str, git: Git) -> Iterator[str]:
    """The commits that change C files, newest first, of one line `local-ref local-id remote-ref remote-id`."""
    words = line.split()
    if len(words) != 4:
        raise UserError(f"pre-push: not understood: {line!r}", cure="let git push call it")
    local, there = words[1], words[3]
    if not local.strip("0"):  # a ref that is deleted
        return
    known = there.strip("0") and git.knows("cat-file", "-e", f"{there}^{{commit}}")
    without = [f"^{there}"] if known else ["--not", "--remotes"]
    # + 1 tells that there are more
    limit = f"--max-count={MOST_COMMITS + 1}"
    yield from git.text("rev-list", "--no-merges", limit, local, *without, *_C_FILES).split()
