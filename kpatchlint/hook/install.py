"""Hooks put into a repository, and taken out of it: a script for each event, or git's configuration.

A hook that is there already is kept: it moves aside, our script calls it first, and `uninstall` puts it back.  git
2.54 and newer can name hooks in the configuration, beside any script; that is used where git can.  Example: with a
`pre-commit` of the user's, `install` leaves `hooks/pre-commit` (ours) and `hooks/pre-commit.before-kpatchlint`.
"""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from kpatchlint.errors import UserError
from kpatchlint.files import write_file
from kpatchlint.hook.events import Event
from kpatchlint.hook.git import Git

CONFIG_SINCE = (2, 54)
_BEFORE = ".before-kpatchlint"
_MARK = "# kpatchlint hook"
_SCRIPT = """\
#!/bin/sh
{mark} for {event}.  `kpatchlint hook uninstall` takes it away again.
# A hook that was here before has {before} behind its name, and is called first.
{body}"""
_BODY = """\
before=$0{before}
if [ -x "$before" ]; then
	"$before" "$@" || exit
fi
{quick}{test}exec {command} -- "$@"
"""
# Both hooks read the same list of refs.
_BODY_WITH_INPUT = """\
before=$0{before}
input=$(cat; echo .)
input=${{input%.}}
if [ -x "$before" ]; then
	printf %s "$input" | "$before" "$@" || exit
fi
{test}printf %s "$input" | {command} -- "$@"
"""
# Most commits and every cover letter are no matter of ours; the shell sees that in a hundredth of the time.
_STAGED = """\
git diff --cached --name-only --no-color | grep -q '\\.[ch]"\\{0,1\\}$' || exit 0
"""
_QUICK = {
    Event.SENDEMAIL_VALIDATE: """\
grep -qiE '^(\\+\\+\\+ |content-transfer-encoding: *(base64|quoted))' "$1" || exit 0
""",
    Event.PRE_COMMIT: _STAGED,
    Event.PRE_APPLYPATCH: _STAGED,
}
_TEST = """\
if ! [ -x {program} ]; then
	echo {program}: not there any more: mend the path in "$0", or remove that file >&2
	exit 1
fi
"""


class Installer(Struct, frozen=True):
    """Where hooks go, and what they call.

    command  the words that run kpatchlint, the program first
    options  the words behind `hook run`, before the event
    """

    git: Git
    command: Sequence[str] = ()
    options: Sequence[str] = ()

    def install(self, events: Iterable[Event]) -> tuple[str, ...]:
        """Put scripts into the hooks directory; a line for each.  Raises `UserError` where one cannot be put."""
        return tuple(self._script(event) for event in events)

    def configure(self, events: Iterable[Event], scope: str = "--local") -> tuple[str, ...]:
        """Name the hooks in the configuration, `--local` or `--global`; a line for each."""
        return tuple(self._configured(event, scope) for event in events)

    def uninstall(self, events: Iterable[Event]) -> tuple[str, ...]:
        """Take away scripts and configuration, put back what was there; a line for each thing done."""
        return tuple(line for event in events for line in (*self._unscript(event), *self._unconfigure(event)))

    def installed(self, event: Event) -> tuple[str, ...]:
        """Where the hook for an event is: a file, a scope of the configuration, both or neither."""
        path = self._path(event)
        scripts = [str(path)] if _is_ours(path) else []
        return (*scripts, *(f"git config {scope}" for scope in self._scopes(event)))

    def _path(self, event: Event) -> Path:
        return self.git.path("hooks") / event

    def _script(self, event: Event) -> str:
        path = self._path(event)
        before = path.with_name(path.name + _BEFORE)
        moved = ""
        if (path.exists() or path.is_symlink()) and not _is_ours(path):
            _move(path, before)
            moved = f", which first calls {before.name}, the hook that was there"
        elif before.exists():
            moved = f", which first calls {before.name}"
        _make_directory(path.parent)
        write_file(str(path), self._text(event).encode())
        path.chmod(0o755)
        return f"{event}: {path}{moved}"

    def _text(self, event: Event) -> str:
        body = _BODY_WITH_INPUT if event is Event.PRE_PUSH else _BODY
        program = shlex.quote(self.command[0])
        test = _TEST.format(program=program)
        quick = _QUICK.get(event, "")
        filled = body.format(before=_BEFORE, quick=quick, test=test, command=self._call(event))
        return _SCRIPT.format(mark=_MARK, event=event, before=_BEFORE, body=filled)

    def _call(self, event: Event) -> str:
        return shlex.join([*self.command, "hook", "run", *self.options, event])

    def _configured(self, event: Event, scope: str) -> str:
        name = f"hook.kpatchlint-{event}"
        self.git.run("config", scope, "--replace-all", f"{name}.event", event)
        self.git.run("config", scope, "--replace-all", f"{name}.command", self._call(event))
        return f"{event}: git config {scope} {name}.command"

    def _unscript(self, event: Event) -> tuple[str, ...]:
        path = self._path(event)
        before = path.with_name(path.name + _BEFORE)
        if not _is_ours(path):
            return ()
        if before.exists() or before.is_symlink():
            before.replace(path)
            return (f"{event}: {path} is again what it was",)
        path.unlink()
        return (f"{event}: {path} is gone",)

    def _unconfigure(self, event: Event) -> tuple[str, ...]:
        scopes = self._scopes(event)
        for scope in scopes:
            self.git.run("config", scope, "--remove-section", f"hook.kpatchlint-{event}")
        return tuple(f"{event}: gone from git config {scope}" for scope in scopes)

    def _scopes(self, event: Event) -> tuple[str, ...]:
        name = f"hook.kpatchlint-{event}.command"
        return tuple(s for s in ("--local", "--global") if self.git.knows("config", s, "--get", name))


def _is_ours(path: Path) -> bool:
    try:
        return path.is_file() and path.read_bytes().partition(b"\n")[2].startswith(_MARK.encode())
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", path=str(path)) from error


def _move(path: Path, before: Path) -> None:
    if before.exists() or before.is_symlink():
        cure = f"{path.name} is none of ours: join the two, or move one of them elsewhere"
        raise UserError("is there already", path=str(before), cure=cure)
    path.rename(before)


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        cure = "see git config core.hooksPath"
        raise UserError(f"cannot be made: {error.strerror}", path=str(path), cure=cure) from error
