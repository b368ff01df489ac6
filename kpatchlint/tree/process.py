"""A process that answers questions, as `subprocess.Popen` starts one: what is needed of it, and how it ends.

To import `subprocess` costs every check what only one with a repository needs; so whoever starts a process imports it.
Example: `end(Popen(["cat"], stdin=PIPE, stdout=PIPE))`.
"""

from typing import IO, Protocol


class Process(Protocol):
    """What is asked of it, and what it answers."""

    @property
    def stdin(self) -> IO[bytes] | None: ...

    @property
    def stdout(self) -> IO[bytes] | None: ...

    def terminate(self) -> None:
        """Ask it to end."""

    def wait(self) -> int:
        """Until it has ended."""


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
