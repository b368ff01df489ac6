"""The contracts of rules/contracts/ against the two real trees: every name, every arity, every probe.

One pass over the headers and the sources of mm, kernel, lib, fs and x86 finds what is declared or defined at
the start of a line; a contract whose releases cover the tree must name one of these, with as many parameters
and, where their names say a type, in that order.
"""

import re
import time

import pytest

from kpatchlint.data import read, rules_directory
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.flow.schema import CallbackFile, ContractFile
from kpatchlint.release import parse_release

FILES = sorted((rules_directory() / "contracts").glob("*.toml"))
FUNCTIONS = [function for path in FILES for function in read(path, ContractFile).function]
DEFINITION = re.compile(
    rb"^(?:#[ \t]*define[ \t]+(\w+)(\([^)]*\))?|(?:[A-Za-z_][\w \t*()]*?[ \t*])?(\w+)[ \t]*\()", re.MULTILINE
)
# these stand in front of a name, or behind its parameters, and have arguments, as a declaration has
ATTRIBUTE = re.compile(
    rb"\b__(?:alloc_size|realloc_size|printf)\([^)]*\)[ \t]*|(?<=\))[ \t]*__(?:acquires|releases|must_hold)\([^)\n]*\)"
)
# a pointer to a function in a table
MEMBER = re.compile(rb"\(\*(\w+)\)\(")
WANTED = {f.name.encode() for f in FUNCTIONS} | {
    entry.partition("/")[0].encode() for f in FUNCTIONS for entry in (*f.probe.declared, *f.probe.absent)
}
# what the type of a parameter of this name must say
TYPES = {
    "folio": "folio",
    "mapping": "address_space",
    "mm": "mm_struct",
    "page": "page",
    "pmd": "pmd_t",
    "pmdp": "pmd_t",
    "pte": "pte_t",
    "ptep": "pte_t",
    "ptl": "spinlock_t",
    "ptlp": "spinlock_t",
    "pud": "pud_t",
    "pvmw": "page_vma_mapped_walk",
    "vma": "vm_area_struct",
    "vmf": "vm_fault",
}


def variants(name):
    return [function for function in FUNCTIONS if function.name == name]


def sources(root):
    for top in ("include", "mm", "kernel", "lib", "arch/x86/include", "arch/x86/mm", "arch/x86/kernel"):
        yield from (root / top).rglob("*.[ch]")
    for top in ("fs", "block"):
        yield from (root / top).glob("*.c")
    yield from root.glob("arch/*/include/**/*.h")
    yield from (root / "drivers/iommu").glob("*.h")
    yield from (root / "virt/kvm").glob("*.h")
    yield from (root / "arch/s390/mm").glob("*.c")
    yield from (root / "arch/arm/lib").glob("*.c")


# what the kernel defines for a flag of a page
PASTED = re.compile(rb"^__PAGEFLAG\((\w+), (\w+),", re.MULTILINE)


def arguments(text, at):
    """The text between the parenthesis before `at` and its partner."""
    depth, end = 1, at
    while depth and end < len(text):
        depth += {b"(": 1, b")": -1}.get(text[end : end + 1], 0)
        end += 1
    return text[at : end - 1]


def parameters(inside):
    """The parameters in the text of a parameter list."""
    flat, depth = "", 0
    for letter in re.sub(rb"/\*.*?\*/|\\\n", b" ", inside, flags=re.DOTALL).decode(errors="replace"):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        flat += letter if not depth else ""
    parts = tuple(part.strip() for part in flat.split(","))
    return () if parts in (("",), ("void",)) else parts


def declarations(paths):
    """Name -> parameter lists of what is declared or defined at the start of a line.

    A macro without a list gives None; the names in a macro's list have no types and are marked with `#`.
    """
    found = {}
    for path in paths:
        text = ATTRIBUTE.sub(b"", path.read_bytes())
        for match in DEFINITION.finditer(text):
            name = match[1] or match[3]
            if name not in WANTED:
                continue
            if match[3]:
                listed = parameters(arguments(text, match.end()))
            else:
                listed = tuple("#" + p for p in parameters(match[2][1:-1])) if match[2] else None
            found.setdefault(name.decode(), set()).add(listed)
        for match in PASTED.finditer(text):
            for name in (b"__SetPage" + match[1], b"__folio_set_" + match[2], b"__folio_clear_" + match[2]):
                found.setdefault(name.decode(), set()).add(None)
        for match in MEMBER.finditer(text):
            found.setdefault(f"->{match[1].decode()}", set()).add(parameters(arguments(text, match.end())))
    return found


def arity_agrees(function, listed):
    if listed is None:
        return True
    expected, count = len(function.params), len(listed)
    if listed and listed[-1].endswith("..."):
        return expected >= count - 1
    return count == expected or (function.variadic and count > expected)


def types_agree(function, listed):
    for name, text in zip(function.params, listed or (), strict=False):
        wanted = TYPES.get(name)
        if wanted and not text.startswith("#") and not re.search(rf"\b{wanted}\b", text):
            return False
    return True


def agrees(function, lists):
    return any(arity_agrees(function, listed) and types_agree(function, listed) for listed in lists)


def covers(function, release):
    begun = not function.since or parse_release(function.since) <= release
    return begun and (not function.until or release < parse_release(function.until))


@pytest.fixture(scope="module", params=["6.1", "6.12"])
def tree(request):
    root = request.getfixturevalue(f"tree_{request.param.replace('.', '_')}")
    return root, parse_release(f"v{request.param}")


@pytest.mark.tree
def test_trees_declare_what_contracts_name(tree):
    root, release = tree
    started = time.monotonic()
    found = declarations(set(sources(root)))
    took = time.monotonic() - started
    wrong = [
        f"{f.name}({', '.join(f.params)}): {sorted(map(str, found.get(f.name, ())))}"
        for f in FUNCTIONS
        if covers(f, release) and not agrees(f, found.get(f.name, ()))
    ]
    assert not wrong, f"{len(wrong)} contracts that {root.name} does not bear out: " + "; ".join(wrong)
    assert took < 60, "one pass over the tree takes a few seconds"


@pytest.mark.tree
def test_probes_choose_what_the_release_says(tree):
    """With the headers of a tree, each name has one contract per arity: the one of its release."""
    root, release = tree
    found = declarations((root / "include/linux").rglob("*.h"))
    arities = {name: frozenset(len(ps) for ps in lists if ps is not None) for name, lists in found.items()}
    chosen = load_knowledge(rules_directory()).chosen(release, arities.get)
    for name in {f.name for f in FUNCTIONS if len(variants(f.name)) > 1}:
        expected = [(f.params, f.until) for f in variants(name) if covers(f, release)]
        got = [(c.params, str(c.until or "")) for c in chosen.contracts.get(name, ())]
        assert got == expected, name


@pytest.mark.tree
def test_a_wrong_arity_or_order_is_seen(tree):
    root, _ = tree
    found = declarations([root / "include/linux/mm.h"])
    lock = variants("pmd_lock")[0]
    assert agrees(lock, found["pmd_lock"])
    assert not agrees(lock, {("struct mm_struct *mm",)})
    assert not agrees(lock, {("pmd_t *pmd", "struct mm_struct *mm")})
    assert "migration_entry_wait" not in found


@pytest.mark.tree
def test_trees_have_the_callbacks(tree):
    """Every table of callbacks has the member that rules/callbacks.toml names, and its walker is declared."""
    root, release = tree
    header = (root / "include/linux/pagewalk.h").read_text()
    for callback in read(rules_directory() / "callbacks.toml", CallbackFile).callback:
        if covers(callback, release):
            body = re.search(rf"struct {callback.struct} \{{(.*?)^\}}", header, re.DOTALL | re.MULTILINE)[1]
            listed = re.search(rf"\(\*{callback.member}\)\(([^)]*)\)", body)[1]
            assert len(listed.split(",")) == len(callback.params), callback.member
            assert re.search(rf"\b{callback.by}\(", header), callback.by
