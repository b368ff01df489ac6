"""Kernel forms come out as the trees they mean; what cannot be read is a range with a reason, and no more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpatchlint.c.dialect import load
from kpatchlint.c.parse import MAX_DEPTH, MAX_NESTING, deeper_than, parse
from kpatchlint.source import Source

DIALECT = load()


def unit(text):
    return parse(Source("x.c", text.encode()), DIALECT)


def body(statements, before=""):
    return f"{before}void f(struct item *p)\n{{\n{statements}\n}}\n"


def only(text):
    found = unit(text)
    assert not found.unparsed
    assert len(found.functions) == 1
    return found.functions[0]


def outline(node):
    """Statements and calls of a tree, nested: `while(f g)` is a loop with the calls f and g."""
    inner = " ".join(part for part in map(outline, node.named_children) if part)
    if node.type == "call_expression":
        name = node.child_by_field_name("function")
        rest = outline(node.child_by_field_name("arguments"))
        return f"{outline(name) or name.text.decode()}{f'({rest})' if rest else ''}"
    if node.type.endswith("_statement") and node.type not in ("compound_statement", "expression_statement"):
        return f"{node.type.removesuffix('_statement')}({inner})"
    return inner


def outlines(text):
    return [outline(node.child_by_field_name("body")) for node in only(text).nodes]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("list_for_each_entry(q, &p->l, l) { a(); b(); }", "while(a b)"),
        ("list_for_each_entry(q, &p->l, l)\n\t\tif (x(q))\n\t\t\ta();\n\tb();", "while(if(x a)) b"),
        ("if (c)\n\t\tfor_each_cpu(i, m)\n\t\t\ta();\n\telse\n\t\tb();", "if(while(a) b)"),
        ("do_each_pid(x, y) {\n a();\n} while_each_pid(x, y);\n b();", "while(a) while() b"),
        ("do {\n a();\n } while_each_thread(g, t);", "do(a)"),
        ("do_each_mask(x) {\n a();\n } while_each_mask();\n b();", "while(a) b"),
        ("scoped_guard(spinlock, &p->lock) { a(); }\n b();", "while(a) b"),
        ("guard(mutex)(&p->m);\n a();", "guard a"),
        ("scoped_cond_guard(mutex_intr, return -EINTR, &p->m)\n a();", "while(a)"),
        ("int v = ({ int w = a(); if (w) b(); w; });", "a if(b)"),
        ('asm goto("1:" : : "r" (p) : : out);\n a();\nout:\n b();', "a labeled(b)"),
        ('asm_volatile_goto("1:" : : : : out);\nout:\n b();', "labeled(b)"),
        ("switch (c) { case 1 ... 3: a(); break; default: b(); }", "switch(case(a break()) case(b))"),
        ("struct item *q __free(kfree) = a();\n b(q);", "a b"),
        ("if (WARN_ON_ONCE(!a(p)))\n return;", "if(WARN_ON_ONCE(a) return())"),
        ("x = min_t(unsigned long, a(), b());", "min_t(a b)"),
        ("walk_all_the_items(p, q) {\n a();\n }\n b();", "while(a) b"),
        ("walk_items(p, q)\n\t\ta();\n\tb();", "while(a) b"),
        ("check_it(p, ==, 0);\n a();", "check_it a"),
        ("x = p ?: a();\n y = (struct item){ .n = b() };", "a b"),
    ],
)
def test_statements(statements, expected):
    assert outlines(body("\t" + statements)) == [expected]


def test_whole_arms_are_kept_in_one_tree():
    function = only(body("#ifdef A\n\ta();\n#else\n\tb();\n#endif\n\tc();"))
    assert len(function.nodes) == 1
    assert "preproc_ifdef" in str(function.nodes[0])


def test_arms_that_split_a_statement_give_one_tree_each():
    text = body("#ifdef A\n\tif (a()) {\n#else\n\tif (b()) {\n#endif\n\t\tc();\n\t}")
    assert outlines(text) == ["if(a c)", "if(b c)"]


def test_three_arms_are_all_seen():
    arms = "#if A\n\tif (a()) {\n#elif B\n\tif (b()) {\n#else\n\tif (c()) {\n#endif\n\t\td();\n\t}"
    assert outlines(body(arms)) == ["if(a d)", "if(b d)", "if(c d)"]


def test_half_an_if_with_and_without_its_arm():
    text = body("#ifdef A\n\tif (a())\n#endif\n\t\tb();")
    assert outlines(text) == ["if(a b)", "b"]


def test_two_heads_of_one_body():
    text = "#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n\treturn a();\n}\n"
    function = only(text)
    assert function.name == "f"
    assert len(function.nodes) == 2


def test_one_arm_that_cannot_be_read_is_reported_beside_the_other():
    found = unit(body("#ifdef A\n\tif (a()) {\n#else\n\t= = ;\n\tif (b()) {\n#endif\n\t\tc();\n\t}"))
    assert [outline(n.child_by_field_name("body")) for n in found.functions[0].nodes] == ["if(a c)"]
    assert len(found.unparsed) == 1


def test_a_function_defined_twice_is_two():
    found = unit("#ifdef A\nint f(void)\n{\n\treturn 1;\n}\n#else\nint f(void)\n{\n\treturn 2;\n}\n#endif\n")
    assert [f.name for f in found.functions] == ["f", "f"]
    assert not found.unparsed


def test_dead_code_is_not_code():
    found = unit("#if 0\nint f(void)\n{\n\t= ;\n}\n#else\nint g(void)\n{\n}\n#endif\n")
    assert [f.name for f in found.functions] == ["g"]
    assert not found.unparsed


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("SYSCALL_DEFINE3(open_it, const char __user *, name, int, flags, umode_t, mode)", "open_it"),
        ("SYSCALL_DEFINE0(look)", "look"),
        ("BPF_CALL_2(call_it, struct map *, map, u64, flags)", "call_it"),
        ("static MY_INLINE void f(int a)", "f"),
        ("static int __init_some_way f(int a) __must_be(good)", "f"),
        ("static struct item *\nf(struct item *(*get)(int), int n)", "f"),
        ("void (*f(int signal))(int)", "f"),
        ("DEFINE_HANDLER(f, regs)", "f"),
        ("ONE_MORE(x)\nANOTHER(y, z)\nstatic bool f(void)", "f"),
        ("ONE_MORE(x)\n#ifdef A\nANOTHER(y, z)\n#endif\nstatic bool f(void)", "f"),
        ("int f(int a)\n\t__releases(a->lock)\n\t__acquires(b)", "f"),
        ("static struct list_head *__init f(void)", "f"),
        ("__printf(1, 2) int f(const char *fmt, ...)", "f"),
    ],
)
def test_heads(head, name):
    assert only(f"{head}\n{{\n\ta();\n}}\n").name == name


def test_offsets_are_those_of_the_source():
    head = "/* int g(void) { */\nstatic int __init\nf(void)\n\t__releases(lock)\n"
    text = head + "{\n\tfor_each_cpu(i, m) { a(); }\n}\nint x;\n"
    function = only(text)
    assert text[function.start : function.end].startswith("static int")
    assert text[function.start : function.end].endswith("}\n}")
    assert [a.name for a in function.annotations] == ["__releases"]
    assert not function.head_missing
    assert not function.tail_missing
    (node,) = function.nodes
    loop = node.child_by_field_name("body").named_children[0]
    assert text[loop.start_byte : loop.end_byte] == "for_each_cpu(i, m) { a(); }"
    assert unit(text).iterators == {loop.start_byte: "for_each_cpu"}


def test_nodes_of_a_variant_have_the_offsets_of_the_source():
    text = body("#ifdef A\n\tif (a()) {\n#else\n\tif (b()) {\n#endif\n\t\tc();\n\t}", before="int before;\n")
    for node in only(text).nodes:
        call = (
            node.child_by_field_name("body")
            .named_children[0]
            .child_by_field_name("consequence")
            .named_children[0]
        )
        assert text[call.start_byte : call.end_byte] == "c();"
        assert call.text == b"c();"


@pytest.mark.parametrize(
    "data",
    [
        "struct s {\n\tint a;\n};\n",
        "static const struct s x[] = { {\n\t.a = 1,\n}, {\n\t.a = 2,\n} };\n",
        "enum e\n{\n\tA,\n};\n",
        "typedef union {\n\tint a;\n} u;\n",
        'DEFINE_MACHINE(x) {\n\t.name = "x",\n};\n',
        "SAFE_TYPE(struct s) {\n\tint a;\n};\n",
        "#define F(x) \\\nint f(void) \\\n{ \\\n}\n",
        "int f(void);\nextern int x;\n",
    ],
)
def test_data_is_neither_function_nor_unparsed(data):
    found = unit(data + "int after(void)\n{\n}\n")
    assert [f.name for f in found.functions] == ["after"]
    assert not found.unparsed


def test_one_bad_function_costs_one_function():
    found = unit("int a(void)\n{\n}\n\nint b(void)\n{\n\tx = = ;\n}\n\nint c(void)\n{\n}\n")
    assert [f.name for f in found.functions] == ["a", "c"]
    (bad,) = found.unparsed
    assert bad.reason.startswith("line 7 cannot be read: ")
    assert found.source.text[bad.start : bad.end] == b"int b(void)\n{\n\tx = = ;\n}"


def test_a_statement_inside_a_macro_call_is_not_thrown_away():
    found = unit(body("\twith_lock(p, if (x) spin_unlock(p););"))
    assert not found.functions
    assert len(found.unparsed) == 1


def test_a_missing_brace_costs_what_it_swallows_and_says_so():
    found = unit("int a(void)\n{\n\tif (x) {\n}\n\nint b(void)\n{\n}\n")
    assert found.unparsed
    assert all(f.name in ("a", "b") for f in found.functions)


def test_a_body_without_an_end_is_reported():
    (bad,) = unit("int a(void)\n{\n\tif (x) {\n").unparsed
    assert bad.reason == "braces do not balance"


def test_local_initialiser_in_column_zero_does_not_end_a_function():
    text = "int f(void)\n{\n\tint a[] = {\n#ifdef A\n\t{1},\n#else\n\t{2},\n#endif\n\t{0}\n};\n\tb();\n}\n"
    assert outlines(text) == ["b", "b"]


class TestOnDemand:
    TEXT = "int a(void)\n{\n\tuse();\n}\n\nint b(void)\n{\n\t= ;\n}\n\nint c(a_fn a)\n{\n}\n"

    def test_ranges_that_are_wanted(self):
        found = unit(self.TEXT)
        assert [f.name for f in found.where(lambda start, end: "use" in self.TEXT[start:end])] == ["a"]
        assert not found.unread(lambda start, end: start == 0)
        assert len(found.unread(lambda start, end: start > 0)) == 1

    def test_where_functions_are_defined(self):
        found = unit(self.TEXT)
        assert [(d.name, d.start, d.end) for d in found.defined(lambda start, end: True)] == [
            (f.name, f.start, f.end) for f in found.functions
        ]

    def test_names(self):
        found = unit(self.TEXT)
        assert [f.name for f in found.named("a")] == ["a"]
        assert not found.named("b")
        assert not found.named("us")

    def test_what_follows(self):
        found = unit(self.TEXT)
        assert found.behind(0).name == "a"
        assert found.behind(self.TEXT.index("int b")).name == "c"
        assert found.behind(len(self.TEXT)) is None

    def test_all_are_the_same_whatever_came_first(self):
        one, other = unit(self.TEXT), unit(self.TEXT)
        other.named("c")
        assert [f.name for f in one.functions] == [f.name for f in other.functions] == ["a", "c"]


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ("{" * 100_000 + "}" * 100_000, f"nested deeper than {MAX_NESTING}"),
        ("x = " + "(" * 1000 + "y" + ")" * 1000 + ";", f"nested deeper than {MAX_NESTING}"),
        ("x = " + "!" * 5000 + "y;", f"its tree is deeper than {MAX_DEPTH}"),
        ("if (a) b(); else " * 2000 + ";", f"its tree is deeper than {MAX_DEPTH}"),
        ("\tx = y;\n" * 50_000, "longer than 256 KB"),
    ],
)
def test_absurd_functions_are_refused(statements, reason):
    found = unit(body(statements) + "int after(void)\n{\n}\n")
    assert [f.name for f in found.functions] == ["after"]
    assert [u.reason for u in found.unparsed] == [reason]


def test_an_absurd_file_is_refused():
    (bad,) = parse(Source("x.c", b"int f(void)\n{\n}\n" * (50 << 16)), DIALECT).unparsed
    assert bad.reason == "the file is longer than 4 MB"


def test_depth_is_measured_without_recursion():
    shallow, deep = only(body("x = " + "-1" * 1 + ";")), only(body("x = " + "- " * 150 + "1;"))
    assert not deeper_than(shallow.nodes[0], 20)
    assert deeper_than(deep.nodes[0], 100)


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.text(alphabet="{}()[];#\n\t \"'/*\\=,iaf", max_size=400).map(str.encode))
def test_any_bytes_end_in_a_unit(data):
    found = parse(Source("x.c", data), DIALECT)
    assert len(found.text) == len(data)
    assert all(0 <= u.start <= u.end <= len(data) for u in found.unparsed)


def _rate(tree, *parts):
    functions = unparsed = 0
    for part in parts:
        for path in sorted((tree / part).rglob("*.c")):
            found = parse(Source(str(path), path.read_bytes()), DIALECT)
            functions += len(found.functions)
            unparsed += len(found.unparsed)
    return functions, unparsed


@pytest.mark.tree
@pytest.mark.parametrize(
    ("part", "functions", "most"),
    [
        ("mm", 6400, 3),
        ("fs/proc", 600, 2),
        ("arch/x86/mm", 730, 3),
        ("arch/s390/mm", 340, 4),
        ("crypto", 2050, 4),
    ],
)
def test_nearly_all_of_6_12_is_read(tree_6_12, part, functions, most):
    found, unparsed = _rate(tree_6_12, part)
    assert found >= functions
    assert unparsed <= most


@pytest.mark.tree
@pytest.mark.slow
def test_nearly_all_of_kernel_is_read(tree_6_12):
    found, unparsed = _rate(tree_6_12, "kernel")
    assert found >= 16_500
    assert unparsed <= 12


@pytest.mark.tree
def test_nearly_all_of_6_1_is_read(tree_6_1):
    found, unparsed = _rate(tree_6_1, "mm")
    assert found >= 5900
    assert unparsed <= 3


@pytest.mark.tree
def test_no_body_in_column_zero_is_lost(tree_6_12):
    for path in sorted((tree_6_12 / "mm").glob("*.c")):
        found = parse(Source(str(path), path.read_bytes()), DIALECT)
        ranges = [(r.start, r.end) for r in (*found.functions, *found.unparsed)]
        lines, at = path.read_bytes().splitlines(keepends=True), 0
        for before, line in zip([b"", *lines], lines, strict=False):
            if line == b"{\n" and before.rstrip().endswith(b")") and found.text[at : at + 1] == b"{":
                assert any(start <= at < end for start, end in ranges), f"{path}:{found.source.text_line(at)}"
            at += len(line)
