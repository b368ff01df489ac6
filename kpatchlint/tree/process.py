"""A process that answers questions: how it is started, what is needed of it, and how it ends.

To import `subprocess` takes longer than the process itself does, so where the system starts one by itself that is
asked.  Example: `end(started(["cat"], {}))`.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import IO, Protocol

_TERMINATE = 15


class Process(Protocol):
    """What is asked of it, and what it answers."""

    @property
    def stdin(self) -> IO[bytes] | None: ...

    @property
    def stdout(self) -> IO[bytes] | None: ...

    def terminate(self) -> None:
        """Ask it to end."""

    def wait(self) -> object:
        """Until it has ended."""


class _Spawned:
    """A process that was started with `os.posix_spawnp`, by its id."""

    def __init__(self, id: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self._id, self._ended = id, False
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout

    def terminate(self) -> None:
        """See `Process`; once it was waited for, its id may be another's."""
        if not self._ended:
            os.kill(self._id, _TERMINATE)

    def wait(self) -> None:
        """See `Process`."""
        if not self._ended:
            self._ended = True
            with suppress(ChildProcessError):
                os.waitpid(self._id, 0)


def started(command: Sequence[str], environment: Mapping[str, str]) -> Process:
    """The program with its arguments, asked and answering by pipes, its errors unheard.

    Raises `FileNotFoundError` where the program is not installed.
    """
    return _spawned(command, environment) if hasattr(os, "posix_spawnp") else _opened(command, environment)


def _spawned(command: Sequence[str], environment: Mapping[str, str]) -> Process:
    questions, answers = os.pipe(), os.pipe()
    actions = [
        (os.POSIX_SPAWN_DUP2, questions[0], 0),
        (os.POSIX_SPAWN_DUP2, answers[1], 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    ours = questions[1], answers[0]
    try:
        id = os.posix_spawnp(command[0], list(command), environment, file_actions=actions)
    except FileNotFoundError:
        for end in ours:
            os.close(end)
        raise
    finally:
        os.close(questions[0])
        os.close(answers[1])
    return _Spawned(id, os.fdopen(ours[0], "wb"), os.fdopen(ours[1], "rb"))


def _opened(command: Sequence[str], environment: Mapping[str, str]) -> Process:
    subprocess = import_module("subprocess")
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    process: Process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=nothing)
    return process


def end(process: Process) -> None:
    """Close its streams, and wait for its end."""
    for stream in (process.stdin, process.stdout):
        if stream:
            try:
                stream.close()
            except BrokenPipeError:
                continue
    process.terminate()
    process.wait()
