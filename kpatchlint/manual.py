"""The manual page, made of what `--help` says, so that the two cannot differ.

One page holds every command with its options.  It is written in man(7), which groff and mandoc read.  Example:

    page(commands, "kpatchlint")     the text of kpatchlint.1
"""

from collections.abc import Iterator

import click

_BLOCK = "\b"


def page(root: click.Group, name: str) -> str:
    """The page for section 1, ending in a newline; `root` is the group of all commands of the program `name`."""
    context = click.Context(root, info_name=name, **root.context_settings)
    title = (root.help or "").strip().split("\n")[0].rstrip(".")
    lines = [f'.TH {name.upper()} 1 "" "{name}" "User Commands"', ".SH NAME", f"{name} \\- {_text(title)}"]
    lines += [".SH SYNOPSIS", f".B {name}", *_usage(context), ".SH DESCRIPTION", *_paragraphs(root.help or "")]
    lines += [".SH OPTIONS", *_options(context), ".SH COMMANDS"]
    for command in _commands(context):
        lines += [f".SS {_text(_below(command))}", *_command(command)]
    lines += [".SH NOTES", *_paragraphs(root.epilog)] if root.epilog else []
    return "\n".join([*lines, ""])


def _commands(context: click.Context) -> Iterator[click.Context]:
    """Every command below, in the order of its group, without the groups themselves."""
    group = context.command
    if not isinstance(group, click.Group):
        yield context
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command and not command.hidden:
            yield from _commands(click.Context(command, info_name=name, parent=context, **command.context_settings))


def _below(context: click.Context) -> str:
    """The command as it is typed behind the program's name."""
    return context.command_path.partition(" ")[2]


def _command(context: click.Context) -> Iterator[str]:
    yield ".PP"
    yield f".B {_text(_below(context))}"
    yield from _usage(context)
    yield from _paragraphs(context.command.help or "")
    yield from _options(context)


def _usage(context: click.Context) -> list[str]:
    return [_text(" ".join(context.command.collect_usage_pieces(context)))]


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield from (".TP", f".B {_text(record[0])}", _text(record[1]) or "\\&")


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a docstring; one that begins with the mark of click for that keeps its lines."""
    for paragraph in text.strip().split("\n\n"):
        lines = [_text(line.strip()) for line in paragraph.split("\n") if line.strip() != _BLOCK]
        kept = paragraph.lstrip(" ").startswith(_BLOCK)
        yield from [".PP", *(part for line in lines for part in ([line, ".br"] if kept else [line]))]


def _text(text: str) -> str:
    """Text that no formatter takes for a request, with every hyphen one that can be typed."""
    plain = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain
