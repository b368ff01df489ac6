"""Text as HTML: escaped, with control characters spelled out, and the little Markdown that rule pages use.

Example: `prose("a `b` c")` is `<p>a <code>b</code> c</p>`.
"""

import re
from html import escape

from kpatchlint.regex import regex
from kpatchlint.report.plain import safe

_CODE = regex(r"`([^`]+)`")
_FENCE = regex(r"```\w*\n(.*?)\n?```", re.DOTALL)


def escaped(text: str) -> str:
    """`text` as HTML that shows it; tabs stay, every other control character is spelled out."""
    return escape("\t".join(safe(part) for part in text.split("\t")))


def code(text: str) -> str:
    """A fenced block as `<pre>`."""
    found = _FENCE.search(text)
    lines = (found[1] if found else text).split("\n")
    return f"<pre><code>{chr(10).join(map(escaped, lines))}</code></pre>"


def prose(text: str) -> str:
    """Paragraphs and lists of Markdown, with their `code`."""
    return "".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()))


def _block(block: str) -> str:
    if block.startswith("- "):
        items = re.split(r"\n- ", block[2:])
        return f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>"
    return f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escaped(" ".join(text.split())))
