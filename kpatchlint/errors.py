"""The one exception type for what a user can mend.

Everything that is the user's to cure - an unreadable file, a hunk that does not apply, a broken rule file - is
raised as `UserError` and turned into one line on stderr in `cli`.  `check` collects those of single mails, so that one
bad mail does not lose the others.  Example:

    kpatchlint: x.patch:12: hunk is shorter than its header says (cure: send the whole patch)
"""

USAGE = 2
UNREADABLE_PATCH = 3


class UserError(Exception):
    """One clear line: what is wrong, where, and the cure.

    `line` counts from 1.  `status` is the exit status of the run: `USAGE` for usage, rule files and internal
    errors, `UNREADABLE_PATCH` for a patch that cannot be read or applied.
    """

    def __init__(self, what: str, *, path: str = "", line: int = 0, cure: str = "", status: int = USAGE) -> None:
        super().__init__(what)
        self.what, self.path, self.line, self.cure, self.status = what, path, line, cure, status

    def __str__(self) -> str:
        where = self.path + (f":{self.line}" if self.line else "")
        return f"{where}: {self.said}" if where else self.said

    @property
    def said(self) -> str:
        """What is wrong and the cure, without the place."""
        return f"{self.what} (cure: {self.cure})" if self.cure else self.what
