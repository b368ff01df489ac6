"""A git repository: the files of its commits, read from its objects, without a checkout.

Assumption: whoever made the repository may be hostile, and whoever runs us may stand in a hook of another one.  So only
plumbing runs, with no variable of git's inherited, and with every setting overruled that could start a program: hooks,
`core.fsmonitor`, filters, `textconv`, external diffs, fetches of a partial clone.  Nothing is written: one
`git cat-file --batch` answers all questions about objects.  Example:

    Repository.at_top(Path("linux")).snapshot("v6.12").read("mm/memory.c")
"""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import IO
from weakref import finalize

from msgspec import Struct

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.regex import regex
from kpatchlint.tree.files import Files
from kpatchlint.tree.process import Process, end, started

# the user's own settings, not those of a repository
_USERS = frozenset(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"))
_SET = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_OVERRULED = (
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    f"core.hooksPath={os.devnull}",
    f"core.attributesFile={os.devnull}",
    f"diff.orderFile={os.devnull}",
    "diff.external=",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.askPass=",
    "credential.helper=",
    "protocol.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
)
_ANSWER = regex(rb"([0-9a-f]{40,64}) (\w+) (\d+)\n")
_HEX = regex(r"[0-9a-f]{4,64}")
# what a file of the tree may be large: the largest of 6.12 has 22 MB
MOST_BYTES = 100 << 20
# how much of what was read is kept for the next question
MOST_KEPT = 200 << 20
# how long one command may take, in seconds
LONGEST = 60
_SECONDS = regex(rb"> (\d{1,11})")
SHA1 = 40
# ids of one question: the shortest pipe of Linux holds 4096 bytes
_AT_ONCE = 60
_DIFF = (
    "--root", "-r", "-p", "-M", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--no-commit-id",
    "--text", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/",
)
LINK, _FOLDER, SUBMODULE = _NO_FILES = "120000", "40000", "160000"


class LostObjectError(UserError):
    """An object that a tree names and the repository has not: a partial clone, which is not completed from here."""


def environment() -> dict[str, str]:
    """The environment for a git that obeys no hook it may run in, and starts no other program."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _USERS}
    return {**inherited, **_SET}


class Entry(Struct, frozen=True):
    """One line of a tree object."""

    mode: str
    id: str


# of a folder: mode and id by name, of more files than anybody asks for
Lines = Mapping[bytes, tuple[bytes, bytes]]


class Answer(Struct, frozen=True):
    """One object: its full id, its kind, its size in bytes, and the content, which is empty when that is too large."""

    id: str
    kind: str
    size: int
    content: bytes


class Repository(Struct, frozen=True, dict=True, weakref=True):
    """A repository by its git directory, which may be a `.git` file, too."""

    git_dir: Path

    @cached_property
    def _kept(self) -> dict[str, bytes]:
        return {}

    @cached_property
    def place(self) -> str:
        """The absolute path of its git directory."""
        return str(self.git_dir.absolute())

    @staticmethod
    def at_top(directory: Path) -> "Repository | None":
        """The repository whose top, or git directory, is `directory`; None for a plain directory."""
        if os.path.lexists(directory / ".git"):
            return Repository(directory / ".git")
        parts = (directory / "HEAD", directory / "objects", directory / "refs")
        return Repository(directory) if all(map(os.path.lexists, parts)) else None

    @staticmethod
    def around(directory: Path) -> "Repository | None":
        """The repository that a directory lies in."""
        above = directory.resolve()
        return next((r for path in (above, *above.parents) if (r := Repository.at_top(path))), None)

    @property
    def top(self) -> Path | None:
        """The work tree; None for a bare repository."""
        return self.git_dir.parent if self.git_dir.name == ".git" else None

    def command(self, *arguments: str) -> list[str]:
        """The command line of a git that reads this repository and obeys nothing in it."""
        settings = (part for setting in _OVERRULED for part in ("-c", setting))
        where = f"--git-dir={self.place}"
        return ["git", "--no-pager", *settings, where, f"--work-tree={os.devnull}", *arguments]

    def run(self, *arguments: str, expected: Sequence[int] = (0,)) -> bytes:
        """What a git command prints.  Raises `UserError` for one that fails or takes too long."""
        subprocess = import_module("subprocess")
        try:
            ran = subprocess.run(
                self.command(*arguments), env=environment(), stdin=subprocess.DEVNULL, capture_output=True,
                timeout=LONGEST, check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"git {arguments[0]} took longer than {LONGEST} seconds") from error
        except FileNotFoundError as error:
            raise UserError("git is not installed", cure="install git") from error
        if ran.returncode not in expected:
            raise self._failed(_first_line(ran.stderr) or f"git {arguments[0]} failed")
        printed: bytes = ran.stdout
        return printed

    def _failed(self, what: str) -> UserError:
        return UserError(f"cannot be read: {what}", path=str(self.git_dir), cure="give a git repository that is whole")

    @cached_property
    def _asking(self) -> Process:
        try:
            process = started(self.command("cat-file", "--batch"), environment())
        except FileNotFoundError as error:
            raise UserError("git is not installed", cure="install git") from error
        finalize(self, end, process)
        return process

    def ask(self, name: str) -> "Answer | None":
        """The object that git's name for it means; None when there is none or several.

        Raises `LostObjectError`, and `UserError` for one that is too large.
        """
        if not name or set("\n\0") & set(name):
            return None
        (answer,) = self._asked([name])
        return _not_too_large(name, answer) if answer else None

    def _asked(self, names: Sequence[str]) -> "list[Answer | None]":
        """The answers to a few questions, so few that the pipe takes them all before the first is answered."""
        process = self._asking
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write("".join(f"{name}\n" for name in names).encode(errors="surrogateescape"))
            process.stdin.flush()
            return [_answer(process.stdout) for _ in names]
        except (BrokenPipeError, EOFError) as error:
            # older gits end when they may not fetch what a partial clone has not
            del self.__dict__["_asking"]
            end(process)
            # a broken repository is told by a command that says what is wrong with it
            self.run("rev-parse", "--git-dir")
            raise lost(names[0]) from error

    def objects(self, ids: Sequence[str]) -> list[bytes]:
        """The contents of many objects by their full ids; they are not kept.  Raises as `object` does."""
        found: list[bytes] = []
        for at in range(0, len(ids), _AT_ONCE):
            some = ids[at : at + _AT_ONCE]
            for id, answer in zip(some, self._asked(some), strict=True):
                if answer is None:
                    raise lost(id)
                found.append(_not_too_large(id, answer).content)
        return found

    def object(self, id: str) -> bytes:
        """The content of an object by its full id.  Raises as `ask` does."""
        if id not in self._kept:
            if sum(map(len, self._kept.values())) > MOST_KEPT:
                self._kept.clear()
            answer = self.ask(id)
            if answer is None:
                raise lost(id)
            self._kept[id] = answer.content
        return self._kept[id]

    def blob(self, abbreviated: str) -> bytes | None:
        """The file with that id, which may be shortened; None when there is none."""
        answer = self.ask(abbreviated) if _HEX.fullmatch(abbreviated) else None
        return answer.content if answer and answer.kind == "blob" else None

    def commit(self, revision: str) -> str | None:
        """The full id of the commit that a revision names."""
        answer = self.ask(f"{revision}^{{commit}}")
        return answer.id if answer and answer.kind == "commit" else None

    def snapshot(self, revision: str) -> "Snapshot | None":
        """The files of a commit; None for what names none."""
        commit = self.commit(revision)
        return Snapshot(self, commit) if commit else None

    def commits(self, revisions: str) -> tuple["Commit", ...]:
        """The commits of `A..B`, the oldest first, or the one that a revision names; merges have no `diff`.

        Raises `UserError` for what names none.
        """
        first, dots, last = revisions.partition("..")
        ids = [self._wanted(end or "HEAD") for end in ((first, last.removeprefix(".")) if dots else (revisions,))]
        if dots:
            listed = self.run("rev-list", "--reverse", "--topo-order", ids[1], f"^{ids[0]}")
            ids = listed.decode().split()
        return tuple(map(self._commit, ids))

    def _wanted(self, revision: str) -> str:
        found = self.commit(revision)
        if found is None:
            raise UserError(f"no commit {revision!r}", path=str(self.git_dir), cure="see git log")
        return found

    def _commit(self, id: str) -> "Commit":
        head, _, message = self.object(id).partition(b"\n\n")
        fields = [line.partition(b" ") for line in head.split(b"\n")]
        parents = [value.decode() for key, _, value in fields if key == b"parent"]
        seconds = next((_SECONDS.search(value) for key, _, value in fields if key == b"author"), None)
        day = datetime.fromtimestamp(int(seconds[1]), UTC).date() if seconds else None
        diff = self.run("diff-tree", *_DIFF, id) if len(parents) < 2 else b""
        subject = " ".join(message.partition(b"\n\n")[0].decode(errors="replace").split())
        return Commit(id, tuple(parents), subject, day, tuple(diff.removesuffix(b"\n").split(b"\n")))

    def files_of(self, commit: "Commit") -> "Snapshot":
        """The files before a commit."""
        nothing = import_module("hashlib").new("sha1" if len(commit.id) == SHA1 else "sha256", b"tree 0\0").hexdigest()
        return Snapshot(self, commit.parent or nothing)


class Commit(Struct, frozen=True):
    """One commit: its full id, those of its parents, and its patch, as lines without their ends."""

    id: str
    parents: tuple[str, ...]
    subject: str
    day: date | None
    diff: tuple[bytes, ...]

    @property
    def parent(self) -> str:
        """Its first parent; empty for a root."""
        return self.parents[0] if self.parents else ""


class Snapshot(Files, frozen=True, dict=True):
    """The files of one commit, given by its full id."""

    repository: Repository
    commit: str

    @cached_property
    def _folders(self) -> dict[str, Lines]:
        return {}

    @cached_property
    def _names(self) -> dict[str, tuple[str, ...]]:
        return {}

    @property
    def label(self) -> str:
        """Its short id."""
        return self.commit[:12]

    @cached_property
    def tree(self) -> str:
        """The full id of its top."""
        answer = self.repository.ask(f"{self.commit}^{{tree}}")
        if answer is None:
            raise lost(self.commit)
        return answer.id

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None for what is none, links and submodules included.  Raises `LostObjectError`."""
        entry = self._file(path)
        return self.repository.object(entry.id) if entry else None

    def identity(self, path: str) -> bytes:
        """Its id, in this repository: of a hostile one an id says nothing about others."""
        entry = self._file(path)
        return os.fsencode(f"{entry.id} {self.repository.place}") if entry else b""

    def names(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder."""
        if folder not in self._names:
            lines = self._folder("" if folder == "." else folder)
            modes = frozenset(map(str.encode, _NO_FILES))
            names = b"\0".join([name for name, (mode, _) in lines.items() if mode not in modes])
            self._names[folder] = tuple(sorted(filter(None, names.decode(errors="surrogateescape").split("\0"))))
        return self._names[folder]

    def mentioning(self, word: str) -> tuple[str, ...]:
        """The `.c` files in which the word stands."""
        wanted = ("-a", "-l", "-z", "-F", "-w", "-e", word, self.commit, "--", ":(glob)**/*.c")
        found = self.repository.run("grep", "--no-textconv", "--threads=2", *wanted, expected=(0, 1))
        paths = (line.partition(b":")[2].decode(errors="surrogateescape") for line in found.split(b"\0") if line)
        return tuple(sorted(paths))

    def _file(self, path: str) -> Entry | None:
        found = self._entry(path)
        return found if found and found.mode not in _NO_FILES and not path.startswith("/") else None

    def _entry(self, path: str) -> Entry | None:
        folder, _, name = path.rpartition("/")
        found = self._folder(folder).get(name.encode(errors="surrogateescape"))
        return Entry(found[0].decode(), found[1].hex()) if found else None

    def _folder(self, path: str) -> Lines:
        if path not in self._folders:
            self._folders[path] = self._lines(path)
        return self._folders[path]

    def _lines(self, path: str) -> Lines:
        entry = self._entry(path) if path else Entry(_FOLDER, self.tree)
        if entry is None or entry.mode != _FOLDER:
            return {}
        return lines_of_tree(self.repository.object(entry.id), len(entry.id) // 2)


def lines_of_tree(tree: bytes, length: int) -> Lines:
    """The lines of a tree object by their names; `length` is how many bytes an id has."""
    lines = re.findall(rb"([^ \0]*) ([^\0]*)\0(.{%d})" % length, tree, re.DOTALL)
    if len(tree) != len(b"".join([mode + name for mode, name, _ in lines])) + (length + 2) * len(lines):
        raise UserError("a folder cannot be read", cure="see git fsck", status=UNREADABLE_PATCH)
    return {name: (mode, id) for mode, name, id in lines}


def _answer(output: IO[bytes]) -> Answer | None:
    """One answer of `git cat-file --batch`; of what is too large to hold the content is passed over."""
    line = output.readline()
    if not line:
        raise EOFError
    found = _ANSWER.fullmatch(line)
    if found is None:
        return None
    size = int(found[3])
    content = output.read(size) if size <= MOST_BYTES else b""
    rest = size + 1 - len(content)
    while rest > 0:
        part = output.read(min(rest, MOST_BYTES))
        if not part:
            raise EOFError
        rest -= len(part)
    return Answer(found[1].decode(), found[2].decode(), size, content)


def _not_too_large(name: str, answer: Answer) -> Answer:
    if answer.size > len(answer.content):
        what, cure = f"object {name} has {answer.size} bytes", "leave it out: no source is that large"
        raise UserError(what, cure=cure, status=UNREADABLE_PATCH)
    return answer


def lost(name: str, why: str = "") -> LostObjectError:
    """The error about an object by its name, or what git says of it."""
    cure = "fetch it: a partial clone is not completed from here"
    what = why or f"object {name} is not in the repository"
    return LostObjectError(what, cure=cure, status=UNREADABLE_PATCH)


def _first_line(text: bytes) -> str:
    return next((line for line in text.decode(errors="replace").splitlines() if line.strip()), "")
