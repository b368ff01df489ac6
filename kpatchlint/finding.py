"""Findings and ranges that were not analysed: what a report prints.

A finding's fingerprint is made of rule, function, normalised statement and ordinal, never of line numbers or paths, so
it survives code that moves, in its file or to another one, and that is indented or wrapped anew.  Outside of functions
the name of the file, without its directory, stands for the function.  Example: two equal unlocks in one function differ
only in their ordinal.
"""

from collections.abc import Hashable, Mapping

from msgspec import Struct

from kpatchlint.seldom import blake2
from kpatchlint.source import Position
from kpatchlint.value import Alike


class Note(Struct, frozen=True):
    """One step of the path that leads to a finding."""

    position: Position
    message: str


class Line(Struct, frozen=True):
    """One line of code near a finding; `touched` means that the patch adds it or stands next to it."""

    number: int
    text: str
    touched: bool = False


class Edit(Struct, frozen=True):
    """A suggested change: in this file, on this line, from this column (in bytes, from 1) on, `new` for `old`."""

    path: str
    line: int
    column: int
    old: str
    new: str


class Finding(Alike, frozen=True):
    """One thing to mend.

    statement  the source line it stands on
    code       the piece of code it is about, one blank between two words or signs, without comments; empty if none
    state      `new`; `pre-existing` in a function that the patch touches; `elsewhere`, if it was there before, too
    violates   the kinds of violations of the reference model it stands for
    mail       which of the report's mails it comes from, counted from 1; 0 for none
    excerpt    the lines around it and around each of its notes, in the order of the file
    edit       the change of a comment that would mend it, where that is known
    held       what is held too long, or given up too early: the function, and the line that did so; empty for none
    """

    rule: str
    family: str
    severity: str
    position: Position
    function: str
    message: str
    statement: str
    notes: tuple[Note, ...] = ()
    state: str = "new"
    ordinal: int = 0
    code: str = ""
    message_id: str = ""
    end_column: int = 0
    mail: int = 0
    excerpt: tuple[Line, ...] = ()
    edit: Edit | None = None
    violates: tuple[str, ...] = ()
    held: str = ""

    @property
    def essence(self) -> Hashable:
        """What makes a finding of two runs, or of two mails, one: no more than its place and what is said of it."""
        said = (self.rule, self.family, self.severity, self.position, self.function, self.message, self.statement)
        return (*said, self.notes, self.state, self.ordinal, self.code, self.message_id)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two findings of two versions of a tree the same, but for the ordinal."""
        return self.rule, self.function or self.position.path.rpartition("/")[2], self.code or self.statement

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that name this finding in baselines and reports."""
        text = "\0".join((*self.key, str(self.ordinal)))
        return blake2(text.encode(errors="surrogateescape"), 8).hex()


class Unanalyzed(Struct, frozen=True):
    """Lines that no rule has seen, why, and the rules whose trigger words stand inside."""

    path: str
    line: int
    end_line: int
    reason: str
    rules: tuple[str, ...] = ()


class PatchMail(Struct, frozen=True):
    """One mail or diff that was checked, or could not be: what a reply to it needs.

    headers     the raw From, To, Cc, References and the like, by lower-case name
    lines       its body; line i of it stands on line first_line + i of the file `name`
    has_diff    there was something in it to check
    error       why it could not be read or applied, empty when it could; error_line, where in the file, 0 if unknown
    base        what it was applied to; empty without a repository
    commit      the id of a commit, which comes from no mail
    """

    name: str
    message_id: str = ""
    subject: str = ""
    headers: Mapping[str, str] = {}
    lines: tuple[bytes, ...] = ()
    first_line: int = 1
    has_diff: bool = False
    error: str = ""
    error_line: int = 0
    base: str = ""
    commit: str = ""


class Report(Struct, frozen=True):
    """What one run says.  The counts are those of the JSON report's summary.

    `mails` has every patch of the run, in its order, with and without findings; it is empty for a scan.
    `passing` are findings of one patch of a series that a later one mends; they are no reason to fail.
    `bounded` counts functions with so many paths that some were merged at a loss, `suppressed` findings that the user
    does not want to see again.  `notices` and `errors` go to stderr:
    what the user may want to know, and a line for each mail that could not be read or applied.
    """

    findings: tuple[Finding, ...] = ()
    unanalyzed: tuple[Unanalyzed, ...] = ()
    patches: int = 0
    files: int = 0
    functions: int = 0
    bounded: int = 0
    suppressed: int = 0
    notices: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    mails: tuple[PatchMail, ...] = ()
    passing: tuple[Finding, ...] = ()
