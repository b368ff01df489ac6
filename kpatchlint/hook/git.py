"""git as a hook meets it: the repository it was called in, with what git said about it in the environment.

A hook must see what git sees - `GIT_DIR`, and `GIT_INDEX_FILE`, which is not `.git/index` for `git commit -a` and `git
commit PATH` - so its own questions inherit both.  What changes how a question is understood is left out.  Example:

    Git(Path("."), os.environ).text("rev-parse", "--show-toplevel")
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from kpatchlint.errors import UserError

_PATHSPECS = frozenset(f"GIT_{kind}_PATHSPECS" for kind in ("LITERAL", "GLOB", "NOGLOB", "ICASE"))
_OTHERS = frozenset(("GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_TRACE"))


class Git(Struct, frozen=True):
    """Questions to one repository.  `environ` is the environment a hook was started with."""

    directory: Path
    environ: Mapping[str, str]

    def run(self, *arguments: str, status: tuple[int, ...] = (0,)) -> bytes:
        """What `git arguments` prints; `UserError` with git's own words when it ends with another status."""
        ran = self._run(arguments)
        if ran.returncode not in status:
            said = ran.stderr.decode(errors="replace").strip().splitlines() or [f"ended with {ran.returncode}"]
            cure = "run this in a git repository, with a git that works"
            raise UserError(f"git {arguments[0]}: {said[-1]}", path=str(self.directory), cure=cure)
        return ran.stdout

    def text(self, *arguments: str, status: tuple[int, ...] = (0,)) -> str:
        """The same, as text without the last newline."""
        return self.run(*arguments, status=status).decode(errors="surrogateescape").removesuffix("\n")

    def knows(self, *arguments: str) -> bool:
        """Whether a git command succeeds."""
        return self._run(arguments).returncode == 0

    def has_commits(self) -> bool:
        """Whether HEAD is one."""
        return self.knows("rev-parse", "-q", "--verify", "HEAD")

    def version(self) -> tuple[int, int]:
        """Its version, as in (2, 39)."""
        found = re.search(r"(\d+)\.(\d+)", self.text("version"))
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def git_directory(self) -> Path:
        """Where the repository itself is, whatever work tree belongs to it."""
        return Path(self.text("rev-parse", "--absolute-git-dir"))

    def path(self, name: str) -> Path:
        """Where a file of the git directory lies: `hooks` may be anywhere."""
        return (self.directory / self.text("rev-parse", "--git-path", name)).resolve()

    def _run(self, arguments: tuple[str, ...]) -> "subprocess.CompletedProcess[bytes]":
        kept = {k: v for k, v in self.environ.items() if k not in _PATHSPECS and k not in _OTHERS}
        command = ["git", "--no-pager", *arguments]
        environ = {**kept, "LC_ALL": "C"}
        try:
            return subprocess.run(command, cwd=self.directory, env=environ, capture_output=True, check=False)
        except FileNotFoundError as error:
            raise UserError("git is not installed", cure="install git") from error
