"""The mistakes of an answer on StackExchange, found line by line.

The answer derives the gradient of one sigmoid neuron: ŷ = σ(wx + b), C = 1/(2N) Σ (ŷ − y)², and
∂C/∂w. Below, its formulas stand as claims about two examples, with s for ŷ; N stays a letter.
The sigmoid meant is taken to be the one that its derivative s(1 − s) belongs to. The audit has to
find what was found by hand:

1. σ(z) is printed as 1/(1 + exp(z)): that is σ(−z), whose derivative is not the one then used.
2. The bias b is missing in ŷ = σ(wx).
3. The index i is missing in the sum of C, so that each of its terms is the same.
4. ∂C/∂ŷ lost its 1/N, and the chain rule its sum over the examples.
5. ∂ŷ/∂w lost its inner factor x.
6. There is no rule for b; the right one is added.

    python audit_stackexchange.py
"""

import rojasgraph as rg

AS_PRINTED = """\
s = 1/(1 + exp(z))
ds/dz = s*(1 - s)                          # 1: "the derivative of the sigmoid function"
"""

AS_MEANT = """\
C = ((s1 - y1)**2 + (s2 - y2)**2)/(2*N)    # the cost, with its indices
s1 = 1/(1 + exp(-z1))
s2 = 1/(1 + exp(-z2))
z1 = w*x1 + b
z2 = w*x2 + b

ds1/dz1 = s1*(1 - s1)                      # the derivative that the answer uses
s1 = 1/(1 + exp(z1))                       # 1: σ as it is printed
z1 = w*x1                                  # 2: ŷ = σ(wx)
C = ((s1 - y1)**2 + (s1 - y1)**2)/(2*N)    # 3: the sum as it is printed, every term the same
dC/ds1 = s1 - y1                           # 4: ∂C/∂ŷ
dC/dw = dC/ds1 * ds1/dw                    # 4: the chain rule
ds1/dw = s1*(1 - s1)                       # 5: ∂ŷ/∂w
"""

MENDED = """
dC/ds1 = (s1 - y1)/N
ds1/dw = s1*(1 - s1)*x1
dC/dw = dC/ds1*ds1/dw + dC/ds2*ds2/dw
      = ((s1 - y1)*s1*(1 - s1)*x1 + (s2 - y2)*s2*(1 - s2)*x2)/N
dC/db = ((s1 - y1)*s1*(1 - s1) + (s2 - y2)*s2*(1 - s2))/N      # 6: the missing rule
"""

FOUND = [
    (1, "ds/dz = s*(1 - s)", "wrong sign: the factor −1 is missing, or one too many"),
    (1, "s1 = 1/(1 + exp(z1))", "extra factor exp(-z1)"),
    (2, "z1 = w*x1", "missing term b"),
    (3, "C = ((s1 - y1)**2 + (s1 - y1)**2)/(2*N)", ""),
    (4, "dC/ds1 = s1 - y1", "factor"),
    (4, "dC/dw = dC/ds1 * ds1/dw", "forgotten path"),
    (5, "ds1/dw = s1*(1 - s1)", "missing factor x1"),
]

audits = [rg.audit(AS_PRINTED), rg.audit(AS_MEANT)]
print("As printed:", audits[0], "\nWith the sigmoid that is meant:", audits[1], sep="\n")
wrong = {line.text: line for found in audits for line in found.lines if line.holds is False}
assert [line.number for line in audits[1].lines if line.holds is False] == [8, 9, 10, 11, 12, 13]
assert set(wrong) == {text for _, text, _ in FOUND}

print("\nWhat was to be found:")
for error, text, reason in FOUND:
    line = wrong[text]
    print(f"error {error}  line {line.number:2}  {text}: {line.reason or 'the two sides differ'}")
    assert reason in line.reason, text

answer = rg.audit(AS_MEANT)
assert not any(line.text.startswith("dC/db") for line in answer.lines)
mended = rg.audit("\n".join(AS_MEANT.splitlines()[:7]) + MENDED)
assert mended, mended.summary
assert mended.lines[-1].evidence == "proved symbolically"
print(f"error 6  no line of the answer is about b; it should say: {mended.lines[-1].text}")
print(f"\nThe derivation with all this mended: {mended.summary}")
