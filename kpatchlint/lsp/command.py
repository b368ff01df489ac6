"""`kpatchlint lsp`: the command line of the language server, which loads no more than the command line needs.

Settings are read for every check, so that an editor need not be started anew when they change.  Example, for Neovim:

    vim.lsp.start({ name = "kpatchlint", cmd = { "kpatchlint", "lsp" }, root_dir = vim.fn.getcwd() })
"""

from importlib import import_module
from pathlib import Path

import click

from kpatchlint.errors import UserError
from kpatchlint.lsp.given import Given
from kpatchlint.settings import rule_directories, with_choice

_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Take settings from this TOML file, not from the user's own.",
)
_no_config = click.option("--no-config", is_flag=True, help="Read no settings file.")


@click.command("lsp", short_help="Serve an editor: findings, and pages of rules.")
@rule_directories
@with_choice
@_config
@_no_config
def lsp(
    rule_directories: tuple[Path, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    baseline: Path | None,
    config: Path | None,
    no_config: bool,
) -> int:
    """Serve an editor over standard input and output: findings in its buffers, and pages of rules.

    A buffer is checked when it is opened and when it is saved, as scan checks a file.
    """
    try:
        import_module("pygls")
    except ModuleNotFoundError as error:
        cure = "pip install 'kpatchlint[lsp]'"
        raise UserError("lsp: the package pygls is not installed", cure=cure) from error
    import_module("kpatchlint.lsp.server").serve(Given(rule_directories, select, ignore, baseline, config, no_config))
    return 0
