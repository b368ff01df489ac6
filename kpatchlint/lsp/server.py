"""The language server: buffers in, diagnostics, pages of rules and quick fixes out; pygls speaks the protocol.

Checks run beside the loop that talks to the editor, one at a time.  What goes wrong is said in the editor; the server
stays.  Example: a buffer with a double unlock gets one diagnostic, its notes as related places.
"""

from pathlib import Path
from threading import Lock

from lsprotocol import types
from msgspec import Struct
from pygls.exceptions import JsonRpcException, PyglsError
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from kpatchlint.docs import explain
from kpatchlint.errors import UserError
from kpatchlint.finding import Finding, Report
from kpatchlint.given import kept
from kpatchlint.lsp.given import Given
from kpatchlint.lsp.translate import Buffer
from kpatchlint.report.about import NAME, version
from kpatchlint.report.everything import everything
from kpatchlint.rule import Rule, load_rules
from kpatchlint.scan import scan_buffer, tree_and_name
from kpatchlint.settings import Checked


class _Shown(Struct, frozen=True):
    """What an editor shows for a buffer."""

    findings: tuple[Finding, ...]
    diagnostics: tuple[types.Diagnostic, ...]
    rules: dict[str, Rule]

    def at(self, position: types.Position) -> list[Finding]:
        """The findings whose range holds the position."""
        pairs = zip(self.findings, self.diagnostics, strict=True)
        return [finding for finding, said in pairs if _holds(said.range, position)]


class Server(LanguageServer):
    """A server with the options it was started with.

    shown    what each open buffer shows, by URI
    leaving  the editor has said goodbye; a check that is still running has nobody to talk to
    """

    def __init__(self, given: Given) -> None:
        super().__init__(NAME, version())
        self.given = given
        self.shown: dict[str, _Shown] = {}
        self.leaving = False
        self._one_at_a_time = Lock()

    def report_server_error(self, error: Exception, source: type[PyglsError] | type[JsonRpcException]) -> None:
        """Show what went wrong; not to an editor that leaves, where telling fails and would be told in turn."""
        if not self.leaving:
            super().report_server_error(error, source)

    def check(self, uri: str) -> None:
        """Check a buffer and show what is found; a `UserError` is shown as a message, and the rest stays as it is."""
        path = to_fs_path(uri) if uri.startswith("file:") else None
        if path is None:
            return
        try:
            with self._one_at_a_time:
                self._check(uri, Path(path).resolve())
        except UserError as error:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"{NAME}: {error}"))

    def _check(self, uri: str, path: Path) -> None:
        settings, directories = self.given.now()
        rules = {rule.id: rule for rule in load_rules(directories)}
        checked = settings.checked(rules.values())
        source = self.workspace.get_text_document(uri).source
        buffer = self.buffer(uri, source, path)
        for report in scan_buffer(path, source.encode(errors="replace"), directories, checked.rules, kept(path)):
            self._show(buffer, report, checked, rules)

    def _show(self, buffer: Buffer, report: Report, checked: Checked, rules: dict[str, Rule]) -> None:
        said = everything(checked.apply(report))
        diagnostics = [buffer.diagnostic(finding, rules) for finding in said]
        if self.leaving:
            return
        self.shown[buffer.uri] = _Shown(said, tuple(diagnostics), rules)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(buffer.uri, diagnostics))

    def buffer(self, uri: str, source: str, path: Path) -> Buffer:
        """A buffer with this text, for a file at `path`."""
        units = self.workspace.position_codec.client_num_units
        return Buffer(uri, tree_and_name(path)[0], source.split("\n"), units)

    def close(self, uri: str) -> None:
        """Show nothing any more."""
        self.shown.pop(uri, None)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        """The pages of the rules that have found something there."""
        shown = self.shown.get(uri)
        named = dict.fromkeys(finding.rule for finding in shown.at(position)) if shown else ()
        pages = [explain(shown.rules[name]) for name in named if name in shown.rules] if shown else []
        text = types.MarkupContent(types.MarkupKind.Markdown, "\n---\n\n".join(pages))
        return types.Hover(text) if pages else None

    def fixes(self, uri: str, range_: types.Range) -> list[types.CodeAction]:
        """The changes that would mend what is shown in the range."""
        shown, path = self.shown.get(uri), to_fs_path(uri)
        if shown is None or path is None:
            return []
        buffer = self.buffer(uri, self.workspace.get_text_document(uri).source, Path(path).resolve())
        pairs = zip(shown.findings, shown.diagnostics, strict=True)
        near = [(f, said) for f, said in pairs if said.range.start.line <= range_.end.line]
        near = [(f, said) for f, said in near if said.range.end.line >= range_.start.line]
        return [action for finding, said in near if (action := _action(buffer, finding, said))]


def _action(buffer: Buffer, finding: Finding, said: types.Diagnostic) -> types.CodeAction | None:
    edit = buffer.edit(finding.edit) if finding.edit else None
    if finding.edit is None or edit is None:
        return None
    return types.CodeAction(
        title=f"Write {finding.edit.new} instead of {finding.edit.old}",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[said],
        edit=types.WorkspaceEdit(changes={buffer.uri: [edit]}),
    )


def _holds(range_: types.Range, position: types.Position) -> bool:
    at = position.line, position.character
    return (range_.start.line, range_.start.character) <= at <= (range_.end.line, range_.end.character)


def serve(given: Given) -> None:
    """Talk to an editor over standard input and output, until it says that it is done."""
    server = Server(given)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    @server.thread()
    def opened(server: Server, said: types.DidOpenTextDocumentParams) -> None:
        server.check(said.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    @server.thread()
    def saved(server: Server, said: types.DidSaveTextDocumentParams) -> None:
        server.check(said.text_document.uri)

    @server.feature(types.SHUTDOWN)
    def leaves(server: Server, said: None) -> None:
        server.leaving = True

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(server: Server, said: types.DidCloseTextDocumentParams) -> None:
        server.close(said.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(server: Server, said: types.HoverParams) -> types.Hover | None:
        return server.hover(said.text_document.uri, said.position)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))
    def fixes(server: Server, said: types.CodeActionParams) -> list[types.CodeAction]:
        return server.fixes(said.text_document.uri, said.range)

    server.start_io()
