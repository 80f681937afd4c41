"""The formulas of a note on backpropagation, checked line by line, and its wrong ones found.

The note, "Backpropagation in Neural Network" (a blog), explains derivatives by ratios, the chain
rule and the total derivative, and then takes the derivatives of the loss of a 1-1-2-1 network.
Right are: the ratio 2 for f(x) = 2x, 3·2 = 6 and 2·4 = 8, the total derivative of f(g(x), h(x)),
y = mx + c, the nine derivatives of the loss by the parameters, and step 19, where a neuron that
two others share gets a sum. Three things are wrong, as far as formulas can say them:

1. The mean over the examples sums over k, but no k stands in what is summed.
3. y = mx + c is "minimised" along its gradient: each step lowers y by as much as the one before,
   so there is no minimum.
5. Different starts are said to lead to different minima. But this network is an affine function of
   x, and b3 alone shifts it freely: one step in b3 alone takes every start to the loss 0.

    python audit_blog.py
"""

import rojasgraph as rg

CALCULUS = """\
f0 = 2*x                                   # the derivative as a ratio of impact
f1 = 2*(x + eps)
x = 1
eps = 0.001
f0 = 2
f1 = 2.002
(f1 - f0)/eps = 2

g = 3*u                                    # the chain rule
v = 2*g
dg/du = 3
dv/dg = 2
dv/du = dg/du * dv/dg = 3*2 = 6

walker = t                                 # bicycle and car
bicycle = 4*walker
car = 2*bicycle
dcar/dwalker = dcar/dbicycle * dbicycle/dwalker = 2*4 = 8

p = sin(r)                                 # the total derivative, of one function f(p, q)
q = r**2
f = p*exp(q)
df/dr = dp/dr * df/dp + dq/dr * df/dq

y = m*X + c                                # the trivial example
dy/dm = X
dy/dc = 1
dy/dX = m
"""

LOSS = """\
L = a
a = b**2
b = y + c
c = -d
d = e + b3
e = f + g
f = w31*h
g = w32*i
h = j + b21
i = k + b22
j = w21*l
k = w22*l
l = m + b1
m = w1*x

dL/db = 2*b
dL/dd = -2*b
dL/db3 = dL/dd = -2*(y - d)
dL/dw31 = dL/dd * h
dL/dw32 = dL/dd * i
dL/db21 = dL/dd * w31
dL/db22 = dL/dd * w32
dL/dw21 = dL/dd * w31*l
dL/dw22 = dL/dd * w32*l
dL/dl = dj/dl * dL/dj + dk/dl * dL/dk      # step 19
      = dL/dd*(w31*w21 + w32*w22)
dL/db1 = dL/dl
dL/dw1 = dL/dl * x = -2*(y - d)*(w31*w21 + w32*w22)*x
"""

MEAN = """\
L1 = (y1 - w*x1 - b)**2
L2 = (y2 - w*x2 - b)**2
J = (L1 + L2)/2
dJ/dw = (dL1/dw + dL1/dw)/2                # 1: the summand without its k
dJ/dw = (dL1/dw + dL2/dw)/2
dJ/db = (dL1/db + dL2/db)/2
"""

NO_MINIMUM = """\
y = m*x + c                                # 3: two steps of descent, from m and c
dy/dm = x
dy/dc = 1
m1 = m - rate*x
c1 = c - rate
y1 = m1*x + c1
m2 = m1 - rate*x
c2 = c1 - rate
y2 = m2*x + c2
y1 - y = -rate*(x**2 + 1)
y2 - y1 = y1 - y                           # as much again, and so on for ever
y1 = y                                     # what a minimum would need
"""

ONE_MINIMUM = """\
f = w31*(w21*(w1*x + b1) + b21) + w32*(w22*(w1*x + b1) + b22) + b3
f0 = w31*(w21*b1 + b21) + w32*(w22*b1 + b22) + b3
f = w1*(w31*w21 + w32*w22)*x + f0          # 5: affine in x, f0 being f at x = 0
L = (y - f)**2
dL/db3 = -2*(y - f)
b3_new = b3 - dL/db3/2                     # one step of descent in b3 alone
(y - (f - b3 + b3_new))**2 = 0             # from wherever it starts
"""


def show(title: str, document: str, wrong: list[str]) -> None:
    """Print an audit; assert which lines are wrong."""
    found = rg.audit(document)
    print(f"{title}\n{found}\n")
    assert [line.text for line in found.lines if line.holds is False] == wrong, title
    assert all(line.evidence == "proved symbolically" for line in found.lines if line.holds)


show("The warm-ups are right:", CALCULUS, wrong=[])
show("The nine derivatives and step 19 are right:", LOSS, wrong=[])
show("Error 1: the mean as printed is wrong:", MEAN, wrong=["dJ/dw = (dL1/dw + dL1/dw)/2"])
show("Error 3: there is no minimum:", NO_MINIMUM, wrong=["y1 = y"])
show("Error 5: one step in b3 ends all descent:", ONE_MINIMUM, wrong=[])
