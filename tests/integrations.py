"""Where people meet kpatchlint: what they type to set it up, word for word, and the real program that then shows it.

README's table is made of this list, and `test_integrations.py` runs every row of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from repository import FOUND, Repository, need_b4, need_send_email

IN_B4 = re.compile(r"kpatchlint: mm/x\.c:\d+: ERROR: unlock-after-wait: ")


@dataclass(frozen=True)
class Integration:
    """One place.

    setup  the command, typed in the repository
    shows  given a repository that was set up so, and a text for mm/x.c, how many findings the real program shows; it
           asserts what else is to be seen in either case
    """

    name: str
    setup: str
    shows: Callable[[Repository, str], int]

    @property
    def id(self) -> str:
        """What pytest calls the tests of this row."""
        return "-".join(word for word in self.name.split() if not word.startswith("-"))


def send_email(repository, text):
    need_send_email()
    repository.commit({"mm/x.c": text})
    ran = repository.git("send-email", "--dry-run", "--to=list@example.org", "--quiet", "-1", status=None)
    assert ("Dry-Sent" in ran.stdout) is ("rejected by sendemail-validate hook" not in ran.stderr)
    return len(FOUND.findall(ran.stderr))


def commit(repository, text):
    return _hook(repository.commit({"mm/x.c": text}, status=None))


def am(repository, text):
    repository.commit({"mm/x.c": text})
    mail = repository.git("format-patch", "--stdout", "-1").stdout
    repository.git("reset", "-q", "--hard", "HEAD^")
    return _hook(repository.git("am", "-q", given=mail, status=None))


def push(repository, text):
    repository.git("init", "-q", "--bare", "../remote.git")
    repository.git("push", "-q", "--no-verify", "../remote.git", "main")
    repository.commit({"mm/x.c": text})
    return _hook(repository.git("push", "-q", "../remote.git", "main", status=None))


def _hook(ran):
    """A hook that finds nothing is silent; one that finds something stops what was about to be done."""
    assert bool(ran.returncode) is bool(ran.stderr)
    return len(FOUND.findall(ran.stderr))


def b4_prep(repository, text):
    need_b4()
    repository.run("b4", "prep", "-n", "topic", "-f", "main")
    repository.commit({"mm/x.c": text})
    ran = repository.run("b4", "prep", "--check")
    said = ran.stdout + ran.stderr
    found = len(IN_B4.findall(said))
    assert f"Success: {1 - found}, Warning: 0, Error: {found}" in said
    return found


def b4_am(repository, text):
    return _from_mail(repository, text, "am", "-o", "out")


def b4_shazam(repository, text):
    return _from_mail(repository, text, "shazam")


def _from_mail(repository, text, *command):
    need_b4()
    repository.commit({"mm/x.c": text})
    mail = repository.git("format-patch", "--stdout", "--thread", "--to=list@example.org", "-1").stdout
    (repository.top.parent / "thread.mbox").write_text(mail)
    repository.git("reset", "-q", "--hard", "HEAD^")
    ran = repository.run("b4", "--offline-mode", *command, "--check", "-m", "../thread.mbox")
    said = ran.stdout + ran.stderr
    assert "[PATCH] mm: change it" in said
    found = len(IN_B4.findall(said))
    assert found or "kpatchlint: passed all checks" in said
    return found


_B4_PREP = "git config --add b4.prep-perpatch-check-cmd 'kpatchlint check --format b4 --tree . -'"
_B4_AM = "git config --add b4.am-perpatch-check-cmd 'kpatchlint check --format b4 -'"
INTEGRATIONS = (
    Integration("git send-email", "kpatchlint hook install", send_email),
    Integration("git commit", "kpatchlint hook install --event pre-commit", commit),
    Integration("git am", "kpatchlint hook install --event pre-applypatch", am),
    Integration("git push", "kpatchlint hook install --event pre-push", push),
    Integration("b4 prep --check", _B4_PREP, b4_prep),
    Integration("b4 am --check", _B4_AM, b4_am),
    Integration("b4 shazam --check", _B4_AM, b4_shazam),
)


def table():
    """README's table."""
    rows = [f"| `{i.name}` | `{i.setup}` | `pytest -k {i.id}` |" for i in INTEGRATIONS]
    return "\n".join(["| where | set it up | shown by |", "|---|---|---|", *rows])
