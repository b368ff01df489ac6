"""Events: what an analysis saw, before any rule has judged it.

The kinds are a closed set (DESIGN.md section 6); rules turn events into findings.  An event says what happened with
plain words in `facts`, so a rule file can ask for them: `{"resource": "lock", "place": "ptl", "cause": "released",
"callee": "spin_unlock", "by": "f"}`.
"""

from enum import StrEnum

from msgspec import Struct


class EventKind(StrEnum):
    """Everything a transfer function or a comment check can report."""

    RELEASE_UNHELD = "release-unheld"
    ACQUIRE_HELD = "acquire-held"
    SLEEP_HELD = "sleep-held"
    EXIT_HELD = "exit-held"
    RELEASE_OFFSET = "release-offset"
    RELEASE_ORDER = "release-order"
    RELEASE_OTHER = "release-other"
    USE_AFTER_RELEASE = "use-after-release"
    USE_UNCHECKED = "use-unchecked"
    ARGUMENT = "argument"
    NOT_HELD = "not-held"
    STALE_NAME = "stale-name"
    UNDOCUMENTED_NULL = "undocumented-null"
    DOC_PARAMETER = "doc-parameter"
    DOC_CLAIM = "doc-claim"


# events about one thing that is held too long
HOLDING = frozenset((EventKind.SLEEP_HELD, EventKind.ACQUIRE_HELD, EventKind.EXIT_HELD))


class Step(Struct, frozen=True):
    """One step of the path that leads to an event: a byte offset of the source and what happened there.

    quoted  where the code ends that the message is about, so that a report can say it in the author's words; or 0
    """

    offset: int
    message: str
    quoted: int = 0


class Event(Struct, frozen=True):
    """One thing seen in one function; `start` and `end` are byte offsets of the source's text."""

    kind: EventKind
    start: int
    end: int
    function: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...] = ()

    def fact(self, name: str) -> str:
        """The value of one fact, or the empty string."""
        return dict(self.facts).get(name, "")

    @property
    def taken(self) -> int:
        """The offset of the first step, where the path begins that the event is about; -1 where there is none."""
        return self.steps[0].offset if self.steps else -1
