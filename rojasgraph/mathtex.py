r"""TeX that comes with a network, perhaps from a stranger: what writes a symbol, and nothing else.

TeX reads files, writes files and never ends where it is asked to. So what may stand in a formula is
listed here; what is not listed is not taken.
"""

from __future__ import annotations

import re

_WORDS = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
upsilon phi chi psi omega varepsilon vartheta varpi varrho varsigma varphi varkappa Gamma Delta
Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar imath jmath Re Im aleph wp
hat bar vec dot ddot dddot tilde check breve acute grave mathring widehat widetilde overline
underline overrightarrow overleftarrow mathrm mathbf mathit mathsf mathtt mathcal mathbb
mathfrak mathnormal boldsymbol operatorname text textrm textbf textit textsf texttt mathop
mathrel mathbin mathord mathstrut displaystyle textstyle scriptstyle scriptscriptstyle
frac tfrac dfrac binom sqrt overset underset stackrel overbrace underbrace left right middle big
Big bigg Bigg bigl bigr langle rangle lvert rvert lVert rVert vert Vert lfloor rfloor lceil
rceil lbrace rbrace lbrack rbrack limits nolimits
sum prod coprod int iint oint partial nabla infty prime dagger ddagger times div cdot pm mp ast
star circ bullet oplus ominus otimes oslash odot wedge vee cap cup setminus bmod bot top perp
intercal angle neg lnot to gets rightarrow leftarrow leftrightarrow longrightarrow mapsto
uparrow downarrow Rightarrow Leftarrow Leftrightarrow le leq ge geq ll gg ne neq equiv approx
sim simeq cong propto mid parallel in ni notin subset supset subseteq supseteq emptyset
varnothing forall exists surd square triangle ldots cdots vdots ddots dots colon
arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf
limsup ln log max min sec sin sinh sup tan tanh Pr
quad qquad space thinspace
"""

_COMMANDS = frozenset(_WORDS.split())
"""Letters, accents, alphabets, brackets, operators, functions and spaces."""

_COMMAND = re.compile(r"\\([A-Za-z]+|[{}_|,;:! ]|.|$)")
_SIGNS_OF_A_SYMBOL = frozenset("{}_|,;:! ")
_LONGEST = 1_000

_OTHER_TEXT = re.compile(r"[$%#&~<>`]|\]\(|\^\^")
"""What means more than itself to TeX, or to the Markdown in which a formula may stand."""

_LACKS_ARGUMENT = re.compile(r"[_^]\s*(?:[_^}]|$)")


def is_symbol(latex: str) -> bool:
    r"""Tell whether some TeX can stand between dollars and does nothing but write a symbol.

    >>> is_symbol(r"\hat{w}_{1}"), is_symbol(r"\input{x}"), is_symbol("^^5cinput")
    (True, False, False)
    """
    if not latex.strip() or len(latex) > _LONGEST or not latex.isprintable():
        return False
    if _OTHER_TEXT.search(latex):
        return False
    named = [found[1] for found in _COMMAND.finditer(latex)]
    if not all(name in _COMMANDS or name in _SIGNS_OF_A_SYMBOL for name in named):
        return False
    bare = _COMMAND.sub("x", latex)
    if _LACKS_ARGUMENT.search(bare):
        return False
    depth = 0
    for brace in re.findall(r"[{}]", bare):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and named.count("left") == named.count("right")
