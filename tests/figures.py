"""The figures of DESIGN.md section 9: `python tests/figures.py [CHECKOUT]`, which may be of another commit.

Lines of comments and docstrings are counted against all lines that are not blank.
"""

import ast
import io
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True)
class Figures:
    files: tuple[int, ...]
    functions: tuple[int, ...]
    comments: int
    docstrings: int
    lines: int

    @property
    def nine_of_ten(self):
        return quantiles(self.functions, n=10)[-1]

    def __str__(self):
        return (
            f"files: {len(self.files)}, lines in all {sum(self.files)}, at most {max(self.files)}\n"
            f"functions: {len(self.functions)}, lines: median {median(self.functions):g}, "
            f"90 % {self.nine_of_ten:g}, at most {max(self.functions)}\n"
            f"comments: {self.comments / self.lines:.1%}, docstrings: {self.docstrings / self.lines:.1%}"
        )


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node):
    return node.end_lineno - node.lineno + 1


def figures(package):
    texts = [path.read_text() for path in sorted(package.rglob("*.py"))]
    trees = [ast.parse(text) for text in texts]
    return Figures(
        tuple(len(text.splitlines()) for text in texts),
        tuple(length(function) for tree in trees for function in functions(tree)),
        sum(map(_comments, texts)),
        sum(_docstrings(text, tree) for text, tree in zip(texts, trees, strict=True)),
        sum(bool(line.strip()) for text in texts for line in text.splitlines()),
    )


def _comments(text):
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def _docstrings(text, tree):
    lines = text.splitlines()
    nodes = (node for node in ast.walk(tree) if isinstance(node, DOCUMENTED))
    strings = [node.body[0] for node in nodes if ast.get_docstring(node, clean=False) is not None]
    return sum(bool(line.strip()) for node in strings for line in lines[node.lineno - 1 : node.end_lineno])


if __name__ == "__main__":
    print(figures(Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "kpatchlint"))
