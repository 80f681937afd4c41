"""Audits of whole derivations: what holds, what follows, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries

NEURON = """\
# one sigmoid neuron
z = w*x + b
s = 1/(1 + exp(-z))
C = (s - y)**2/2

"""

RIGHT = """\
dC/ds = s - y
ds/dz = s*(1 - s)
dz/dw = x
dz/db = 1
dC/dz = dC/ds*ds/dz
dC/dw = dC/dz*dz/dw = (s - y)*s*(1 - s)*x
dC/db = dC/dz
"""

GOLDEN = """\
   2   z = w*x + b
   3   s = 1/(1 + exp(-z))
   4   C = (s - y)**2/2
   6 ✓ dC/ds = s - y   (proved symbolically)
   7 ✗ ds/dz = s*(1 + s)
       {reason}
   8 ✓ dC/dw = dC/ds*ds/dz*x   (proved symbolically)
   9 ✗ = (s - y)*s*(1 + s)*x
       {other}; it follows from the lines before
  10 ✓ = (s - y)*s*(1 - s)*x   (proved symbolically; but it does not follow from the line before)
line 7 is the first that does not follow\
"""


def verdicts(document):
    """Give (number, holds, follows) of each claim."""
    found = rg.audit(document).lines
    return [(n.number, n.holds, n.follows) for n in found if n.kind == "claim"]


def holds(document):
    """Give whether each claim holds."""
    return [line.holds for line in rg.audit(document).lines if line.kind == "claim"]


# --- the findings


def test_right_derivation():
    """A right derivation holds and follows throughout, and is proved."""
    found = rg.audit(NEURON + RIGHT)
    assert found
    assert found.first_wrong is found.first_break is None
    assert found.breaks == ()
    assert found.summary == "every line holds and follows"
    assert {line.evidence for line in found.lines} == {"", "proved symbolically"}
    assert [line.number for line in found.lines] == [2, 3, 4, 6, 7, 8, 9, 10, 11, 11, 12]


def test_report():
    """The report marks each line; a mistake that is carried on is told from one that is made."""
    lines = ["dC/ds = s - y", "ds/dz = s*(1 + s)", "dC/dw = dC/ds*ds/dz*x"]
    lines += ["      = (s - y)*s*(1 + s)*x", "      = (s - y)*s*(1 - s)*x"]
    found = rg.audit(NEURON + "\n".join(lines))
    reasons = [
        line.reason or f"the two sides differ: {line.counterexample}"
        for line in found.lines
        if line.holds is False
    ]
    assert str(found) == GOLDEN.format(reason=reasons[0], other=reasons[1])
    assert not found
    assert found.first_wrong is found.first_break
    assert [line.number for line in found.breaks] == [7, 10]


def test_the_line_of_the_issue():
    """Line 7 is the first that does not follow."""
    found = rg.audit(NEURON + "dC/ds = s - y\nds/dz = s*(1 + s)")
    assert found.summary == "line 7 is the first that does not follow"
    assert found.first_break.number == 7


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("dC/ds = 2*(s - y)", "extra factor 2"),
        ("dC/ds = y - s", "wrong sign"),
        ("ds/dw = s*(1 - s)", "missing factor x"),
        ("ds/dw = ds/dz", "missing factor x"),
        ("dC/dw = dC/ds*ds/dz", "missing factor x"),
        ("dC/dw = 2*dC/dz*dz/dw", "extra factor 2"),
        ("z = w*x", "missing term b"),
        ("dz/dy = 1", "the derivative is 0: z does not depend on y"),
        ("dC/dw = 0", "the claim is 0"),
    ],
)
def test_reason(claim, reason):
    """A wrong line has its reason, also where it is written with other derivatives."""
    line = rg.audit(NEURON + claim).lines[-1]
    assert (line.holds, line.evidence) == (False, "counterexample")
    assert reason in line.reason


def test_counterexample():
    """A wrong line without a known reason shows a point with both values, and they are right."""
    line = rg.audit("y = x**2*k\ny = x + sin(3*k)/7").lines[-1]
    assert not line.holds
    assert line.reason == ""
    found = line.counterexample
    x, k = float(found.point["x"]), float(found.point["k"])
    assert found.true == pytest.approx(x**2 * k)
    assert str(found) in str(line)


# --- what follows


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        # outer: a wrong dC/ds goes on through s
        ("dC/ds = s + y\ndC/dw = (s + y)*s*(1 - s)*x", [(6, False, False), (7, False, True)]),
        ("dC/ds = s + y\ndC/dw = dC/ds*s*(1 - s)*x", [(6, False, False), (7, True, True)]),
        ("dC/ds = s + y\ndC/dw = (s + y)*s*(1 - s)", [(6, False, False), (7, False, False)]),
        # inner, and between
        ("ds/dw = s*(1 - s)\ndC/dw = (s - y)*s*(1 - s)", [(6, False, False), (7, False, True)]),
        ("ds/dz = s\ndC/dw = (s - y)*s*x", [(6, False, False), (7, False, True)]),
        # said again
        ("dC/dw = x\ndC/dw = 1*x", [(6, False, False), (7, False, True)]),
        ("z = w*x\nz = x*w", [(6, False, False), (7, False, True)]),
        # a second mistake, and one that is left
        ("dC/ds = s + y\ndC/db = 1", [(6, False, False), (7, False, False)]),
        ("dC/ds = s + y\ndC/db = (s - y)*s*(1 - s)", [(6, False, False), (7, True, True)]),
        # links of a chain
        ("dC/ds = s + y = y + s", [(6, False, False), (6, False, True)]),
        ("dC/ds = s + y = s - y", [(6, False, False), (6, True, False)]),
        ("dC/ds = s - y = s + y = y + s", [(6, True, True), (6, False, False), (6, False, True)]),
        ("dC/ds = s + y\ndC/db = dC/ds*ds/db\n = (s - y)*s*(1 - s)",
         [(6, False, False), (7, True, True), (8, True, True)]),
        # other equalities
        ("dC/ds = s + y\n2*dC/ds = 2*s + 2*y", [(6, False, False), (7, False, True)]),
    ],
)  # fmt: skip
def test_follows(claims, expected):
    """A wrong line follows if it is what the lines before come to, right or wrong as they are."""
    assert verdicts(NEURON + claims) == expected


def test_follows_by_a_sum():
    """Claims about two examples give the claim about their sum."""
    document = """\
z1 = w*x1
z2 = w*x2
C = (z1 - y1)**2 + (z2 - y2)**2
dC/dz1 = z1 - y1
dC/dz2 = z2 - y2
dC/dw = (z1 - y1)*x1 + (z2 - y2)*x2
dC/dw = (z1 - y1)*x1 - (z2 - y2)*x2
"""
    assert [follows for _, _, follows in verdicts(document)] == [False, False, True, False]


def test_a_claim_may_use_the_one_before():
    """A derivative on the right is the one last claimed, also if it is the one on the left."""
    document = "y = x**2\ndy/dx = 3*x\ndy/dx = dy/dx"
    assert verdicts(document) == [(2, False, False), (3, True, True)]


@given(st.data())
@tries(15)
def test_one_altered_line_is_found(data):
    """A right derivation with one line altered is wrong there first, and breaks there first."""
    lines = (NEURON + RIGHT).splitlines()
    at = data.draw(st.integers(5, len(lines) - 1))
    change = data.draw(st.sampled_from(["{} + x", "-({})", "({})*w", "({})/3", "{} - 1/1000000"]))
    left, *rights = lines[at].split(" = ")
    link = data.draw(st.integers(0, len(rights) - 1))
    rights[link] = change.format(rights[link])
    lines[at] = " = ".join([left, *rights])
    found = rg.audit("\n".join(lines))
    assert found.first_wrong is found.first_break
    assert found.first_break.number == at + 1
    assert [line.number for line in found.lines if line.holds is False] == [at + 1]


@given(st.lists(st.sampled_from(RIGHT.splitlines()), min_size=1, max_size=9))
@tries(20)
def test_order_does_not_matter_for_what_holds(lines):
    """Right lines hold and follow in any order, as often as they are said."""
    assert rg.audit(NEURON + "\n".join(lines))


# --- how it is written


def test_no_lines():
    """An empty text, or one of comments, is right."""
    assert rg.audit("").lines == rg.audit("\n# only\n   # comments\n").lines == ()


def test_names_may_be_used_before_they_are_defined():
    """A derivation may go top-down."""
    document = "C = (s - y)**2\ns = tanh(z)\nz = w*x\ndC/dw = 2*(s - y)*(1 - s**2)*x"
    assert rg.audit(document)


@pytest.mark.parametrize(
    "ratio", ["dC/ds", "∂C/∂s", "d(C)/d(s)", "∂ C / ∂ s", "d(C)/ds", "dC / ds", "∂( C )/∂s"]
)
def test_spellings_of_a_derivative(ratio):
    """A derivative may be written in several ways, on both sides."""
    assert holds(f"{NEURON}{ratio} = s - y\n2*({ratio}) = {ratio} + s - y") == [True, True]


def test_a_derivative_is_one_symbol():
    """A quotient or power of a derivative takes it as a whole."""
    assert (
        holds("y = x**3\n1/dy/dx = 1/(3*x**2)\ndy/dx**2 = 9*x**4\nx*dy/dx*x = 3*x**4") == [True] * 3
    )


def test_quotients_of_names_that_start_with_d():
    """A quotient of names is no derivative where the names behind the d are not known."""
    assert holds("q = data/dim\nq = data*dim**-1\ndq/ddata = 1/dim") == [True, True]


@pytest.mark.parametrize("claim", ["dy/dx = −2·x×k", "dy/dx = -2∙x⋅k", "dy/dx = −4*x*k÷2"])
def test_signs_of_handwriting(claim):
    """The signs − × · ÷ are read as - * * /."""
    assert holds(f"y = −k·x**2\n{claim}") == [True]


def test_chains_and_continuations():
    """A chain goes on in its line, in the next, and past comments; each link is a claim."""
    document = (
        "y = (x + 1)**2 = x**2 + 2*x + 1\n# so\n\n  = 1 + x*(x + 2)\ndy/dx = 2*x + 2 = 2*(x + 1)"
    )
    assert [(n.number, n.text, n.holds) for n in rg.audit(document).lines] == [
        (1, "y = (x + 1)**2", None),
        (1, "= x**2 + 2*x + 1", True),
        (4, "= 1 + x*(x + 2)", True),
        (5, "dy/dx = 2*x + 2", True),
        (5, "= 2*(x + 1)", True),
    ]


def test_equality_signs_in_calls():
    """An = in a call is an argument's."""
    assert holds("y = leaky_relu(x, slope=0.5)\ny = leaky_relu(x, slope=1/2)") == [True]


def test_names_for_derivatives():
    """A name may stand for a formula of derivatives, of such names, and of new inputs."""
    document = NEURON + (
        "delta = dC/dz\ndelta = (s - y)*s*(1 - s)\nw_new = w - rate*delta*x\n"
        "w_new - w = -rate*dC/dw\ndelta = s - y"
    )
    assert holds(document) == [True, True, False]


def test_a_name_for_a_wrong_derivative():
    """What is made of a wrong claim carries it on."""
    document = NEURON + "dC/ds = s + y\ndelta = dC/ds*ds/dz\ndelta = (s + y)*s*(1 - s)"
    assert verdicts(document) == [(6, False, False), (8, False, True)]


def test_numbers():
    """Names may be defined as numbers; decimals are exact."""
    assert holds("x = 1/10\ny = 3*x\ny = 0.3\n3*2 = 6\n3*2 = 7\ndy/dx = 3") == [
        True,
        True,
        False,
        True,
    ]


def test_aliases_of_a_node():
    """A name may be another name's, a constant's, or a step of a chain of such."""
    assert holds("a = x\nc = a\nk = 2\ny = c*k\ndy/da = 2\ndc/da = 1\ndy/dx = k") == [True] * 3


def test_derivative_by_what_is_not_below():
    """The derivative of a name by itself is 1, by what it does not depend on 0."""
    assert holds("y = x**2\nz = 3*x\ndy/dy = 1\ndy/dz = 0\ndx/dy = 0\ndx/dx = 1") == [True] * 4


# --- evidence


def test_evidence_by_numbers():
    """What no proof is found for is said to have agreed at points, and at how many."""
    document = "y = abs(x)\ny = maximum(x, -x)"
    line = rg.audit(document).lines[-1]
    assert line.holds
    assert line.evidence == "proved symbolically" or line.evidence.endswith("at 50 digits")


@pytest.mark.parametrize("far", ["maximum(x - 10**6, 0)", "maximum(-x - 2000, 0)/10", "1e-9"])
def test_what_random_points_would_miss(far):
    """A term that is zero but far out, or tiny, is found."""
    line = rg.audit(f"y = x**2\ndy/dx = 2*x + {far}").lines[-1]
    assert not line.holds
    assert not line.follows


def test_another_domain():
    """Sides that agree wherever both are defined agree, with a note."""
    line = rg.audit("y = log(x**2)\ny = 2*log(x)").lines[-1]
    assert line.holds
    assert "another domain" in line.note
    assert line.note in str(line)


def test_nowhere_defined():
    """What is defined nowhere does not hold, and says so."""
    line = rg.audit("y = x**2\ny = log(-1 - x**2)").lines[-1]
    assert not line.holds
    assert "both sides are defined" in line.reason
    assert line.counterexample is None


def test_a_long_derivation():
    """Many steps, with more paths than could be written out, are proved one by one."""
    n = 60
    lines = ["z0 = w*x"] + [f"z{i} = tanh(z{i - 1})*a + z{i - 1}*c" for i in range(1, n)]
    lines += [f"dz{n - 1}/dz{n - 1} = 1"] + [
        f"dz{n - 1}/dz{i - 1} = dz{n - 1}/dz{i}*(a*(1 - tanh(z{i - 1})**2) + c)"
        for i in range(n - 1, 0, -1)
    ]
    found = rg.audit("\n".join(lines))
    assert {line.evidence for line in found.lines[n:]} == {"proved symbolically"}
    lines[n + 30] += "*(1 + 1/10**9)"
    assert rg.audit("\n".join(lines)).first_break.number == n + 31


# --- what is refused


def test_a_forgotten_product_is_told():
    """Where w is not known, but wx is, the error says how a product is written."""
    with pytest.raises(rg.FormulaError, match=r"a product is written w\*x, not wx"):
        rg.audit("z = wx + b\ndz/dw = x")


BASE = "y = k*x**2\n"


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("x", None, "a line is an equality"),
        ("d(y/d(x) = 1", None, "not closed"),
        ("dy/dq = 3", 1, "dy/dq: no line before knows q"),
        ("  dq/dx = 3", 3, "dq/dx: no line before knows q"),
        ("∂p/∂q = 3", 1, "no line before knows p"),
        ("dy/dx = 2*k*x + dy/dq", 17, "dy/dq: no line before knows q"),
        ("dy/dx = 2*q*x", 11, "no line before knows q"),
        ("dy/dx = dy/dx*q", 15, "no line before knows q"),
        ("d2y/dx2 = 2*k", 1, "no line before knows d2y"),
        (" f(x, k) = x**k", 2, "a function is defined by its name alone: f = …"),
        ("y' = 2*x", 2, "a derivative is written dy/dx"),
        ("y = x^2", 5, "x**2, not x^2"),
        ("  dy/dx = 2*x + foo(3)", 17, "no primitive is called 'foo'"),
        ("dy/dx = 2*x = 2*foo(x)", 17, "no primitive is called 'foo'"),
        ("y == x", 3, "one ="),
        ("y <= x", 3, "one ="),
        ("y =", 4, "empty"),
        ("y = k = = x", 8, "empty"),
        ("y = x; z = 3", 6, "invalid syntax"),
        ("y = x²", 6, "²"),
        ("s = s + 1", None, "s is defined by itself: s needs s"),
        ("x = y", None, "x is defined by itself: x needs y needs x"),
        ("x = x - rate*dy/dx", 1, "x_new"),
        ("lambda = 3", 1, "choose another name"),
        ("pi = 3", 1, "choose another name"),
        ("y = sin(x, x)", 5, "sin takes (x)"),
        ("y = 1/0", 5, "by zero"),
        ("f(x) = 3", 1, "a function is defined by its name alone: f = …"),
        ("y = __import__('os')", 5, "__import__"),
        ("y = x.real", 5, "only numbers"),
        ("y = 9**9**9**9", 8, "beyond"),
        ("y = x\0", 6, "null"),
        ("y = " + "(" * 40_000, 40_004, "nests too deeply"),
        ("y = " + "-" * 40_000 + "x", 40_004, "nests too deeply"),
    ],
)
def test_refused(line, column, said):
    """A line that cannot be read is refused, with its number and the column."""
    with pytest.raises(rg.FormulaError) as caught:
        rg.audit(BASE + line)
    message = str(caught.value)
    assert re_line(message) == 2
    assert said in message
    assert caught.value.column == column
    assert column is None or message.endswith(f"(column {column})")


def re_line(message):
    """Read the number of the line from a message."""
    return int(message.removeprefix("line ").partition(":")[0])


def test_refused_at_once():
    """What is no text, too long, or goes on from nothing, is refused."""
    with pytest.raises(rg.FormulaError, match="a derivation is text; got int"):
        rg.audit(3)
    with pytest.raises(rg.FormulaError, match="at most 100000"):
        rg.audit("y = x\n" * 20_000)
    with pytest.raises(rg.FormulaError, match="line 2: nothing stands left of ="):
        rg.audit("# nothing\n = x")


def test_cycle():
    """Names that are defined by each other are refused with the way around."""
    with pytest.raises(rg.FormulaError, match=r"line 3: .*: c needs a needs c"):
        rg.audit("a = 2*c\nb = 1*x\nc = a + b")


def test_derivatives_of_derivatives():
    """Second derivatives are not known, and a name for a derivative has none."""
    with pytest.raises(rg.FormulaError, match="line 3: g is made of derivatives"):
        rg.audit("y = x**3\ng = dy/dx\ndg/dx = 6*x")


def test_ambiguous_quotient():
    """A quotient that could be a derivative is refused, and brackets settle it."""
    names = "dC = 2*u\nds = u\nC = 3*u\ns = 4*u\n"
    with pytest.raises(rg.FormulaError, match=r"line 5: dC/ds may be .* write \(dC\)/ds"):
        rg.audit(names + "r = dC/ds")
    assert holds(names + "(dC)/ds = 2") == [True]


words = st.sampled_from(
    ["y", "x", "dy/dx", "∂y/∂x", "=", "=", "+", "*", "**", "2", "(", ")", "exp(", "d", "/", "\n"]
)


@given(st.lists(words, max_size=14).map(" ".join))
@tries(150)
def test_any_text(text):
    """Whatever stands there: findings, or a refusal that names a line."""
    try:
        found = rg.audit(text)
    except rg.FormulaError as error:
        re_line(str(error))
        return
    assert found.first_wrong is found.first_break
    assert str(found).endswith(found.summary)
