"""A page to look at: one HTML file that asks the network for nothing.

Findings are grouped by patch and file, each beside its code with the path marked step by step, and with the reference
model's timeline of how it goes wrong; the pages of the rules stand below.  The script only helps to move about: without
it everything can be read.  What a stranger wrote is text, and the page's own policy lets no other script run.
Example: `kpatchlint check --format html -o x.html series.mbox`.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.resources import files
from itertools import groupby

from msgspec import Struct

from kpatchlint.docs import sections, standing
from kpatchlint.finding import Finding, Report
from kpatchlint.report.about import NAME, version
from kpatchlint.report.everything import LEVELS, TITLES, counted, everything
from kpatchlint.report.html_code import article
from kpatchlint.report.markup import code, escaped, prose
from kpatchlint.report.picture import finding_picture, rule_picture
from kpatchlint.report.plain import many
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.rule import Rule

# The model takes some milliseconds for each; `--trace` draws them all.
MOST_DRAWN = 200
_KEYS = (
    ("j k", "next, previous finding"),
    ("n p", "next, previous step of the path"),
    ("m", "the model's timeline"),
    ("r b", "to the rule and back"),
    ("/", "filter"),
    ("t", "light or dark"),
)


class _Group(Struct, frozen=True):
    """The findings of one patch, each with the number it has on the page."""

    title: str
    findings: Sequence[tuple[int, Finding]]


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as a page."""
    groups = tuple(_groups(report))
    body = "\n".join([_header(report), '<div class="layout">', _nav(groups), _main(report, groups, run), "</div>"])
    style, script = (files("kpatchlint.report.page").joinpath(f"page.{kind}").read_text() for kind in ("css", "js"))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; base-uri 'none'"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:,">\n<title>{NAME}: {counted(report.findings)}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n{body}\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _groups(report: Report) -> Iterator[_Group]:
    numbered = list(enumerate(everything(report), 1))
    titles = {number: mail.subject or mail.name for number, mail in enumerate(report.mails, 1)}
    placed = [(number, finding, finding.mail if finding.mail in titles else 0) for number, finding in numbered]
    for number in (*titles, 0):
        if found := [(n, finding) for n, finding, mail in placed if mail == number]:
            found.sort(key=lambda item: (item[1].position.path, item[1].position.line, item[0]))
            yield _Group(titles.get(number, "The tree" if not titles else "Not of one patch"), found)


def _header(report: Report) -> str:
    seen = [many(report.patches, "patch", "patches")] if report.patches else []
    seen += [many(report.files, "file"), many(report.functions, "function")]
    found = {finding.mail for finding in report.findings}
    clean = sum(mail.has_diff and number not in found for number, mail in enumerate(report.mails, 1))
    seen += [f"{many(clean, 'patch', 'patches')} clean"] if clean else []
    keys = ", ".join(f"{' '.join(f'<kbd>{key}</kbd>' for key in names.split())} {what}" for names, what in _KEYS)
    return (
        f'<a class="skip" href="#main">To the findings</a>\n<header><h1>{NAME} {escaped(version())}</h1>'
        f"<strong>{counted(report.findings)}</strong><span>{', '.join(seen)}</span>"
        f'<span class="soft needs-script" hidden>{keys}</span>'
        f'<button id="theme" type="button" class="needs-script" hidden>Light or dark</button>'
        f'<span id="said" role="status" class="soft"></span></header>'
    )


def _nav(groups: Sequence[_Group]) -> str:
    boxes = "".join(
        f'<label class="{level}"><input type="checkbox" value="{level}" checked> {level}</label> ' for level in LEVELS
    )
    lists = "\n".join(
        f'<li data-list><div class="group">{escaped(group.title)}</div>'
        f"<ul>{''.join(map(_link, group.findings))}</ul></li>"
        for group in groups
    )
    return (
        f'<nav aria-label="Findings"><div class="needs-script" hidden>'
        f'<input id="filter" type="search" placeholder="Filter: file, function, rule" aria-label="Filter">{boxes}</div>'
        f"<ul>{lists}</ul></nav>"
    )


def _link(item: tuple[int, Finding]) -> str:
    number, finding = item
    at = finding.position
    name = escaped(finding.function or at.path)
    return (
        f'<li><a href="#f{number}" data-finding="f{number}"><span class="{finding.severity}">&#9679;</span> '
        f'{name} <span class="soft">{at.line} {escaped(finding.rule)}</span></a></li>'
    )


def _main(report: Report, groups: Sequence[_Group], run: Run) -> str:
    parts = [_section(group, run) for group in groups]
    if not groups:
        parts.append("<p>Nothing was found.</p>")
    used = [run.rules[name] for name in dict.fromkeys(f.rule for f in everything(report)) if name in run.rules]
    if used:
        parts.append("<h2>The rules</h2>")
    parts += [_page(rule) for rule in used]
    parts += [
        f'<section class="rule" id="rule-{name}"><h3>{name}</h3><p>{title}.</p></section>'
        for name, title in TITLES.items()
    ]
    return f'<main id="main" tabindex="-1">{"".join(parts)}</main>'


def _section(group: _Group, run: Run) -> str:
    parts = [
        f"<div data-group><h3>{escaped(path)}</h3>{''.join(_article(*item, run) for item in items)}</div>"
        for path, items in groupby(group.findings, key=lambda item: item[1].position.path)
    ]
    return f"<section data-group><h2>{escaped(group.title)}</h2>{''.join(parts)}</section>"


def _article(number: int, finding: Finding, run: Run) -> str:
    drawn = finding_picture(finding, run.rules.get(finding.rule)) if number <= MOST_DRAWN else ""
    return article(number, finding, drawn)


def _page(rule: Rule) -> str:
    parts = [f"<h4>{escaped(heading)}</h4>{_text(text)}" for heading, text in sections(rule) if text]
    if drawn := rule_picture(rule):
        parts.append(f"<h4>Timeline</h4>{drawn}")
    return (
        f'<section class="rule" id="rule-{escaped(rule.id)}"><h3>{escaped(rule.id)}</h3><p>{escaped(rule.title)}.</p>'
        f'<p class="soft">{escaped(standing(rule))}</p>{"".join(parts)}</section>'
    )


def _text(text: str) -> str:
    return code(text) if text.startswith("```") else prose(text)
