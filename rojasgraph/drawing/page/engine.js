// The two passes over the page's network, as in labeling.py, and paths.
// The second part of a page's program; `rojasFunctions`, made from the rows of the primitives,
// stands in the script before it.
const data = JSON.parse(document.getElementById("data").textContent);
const { nodes, edges } = data; // in the order of the passes
const MOST_PATHS = 200;

const range = (first, stop) => Array.from({ length: stop - first }, (_, i) => first + i);
const numberOf = (x) => (x === null ? null : Number(x));
const incoming = nodes.map((node) => (node.edges ? range(...node.edges) : []));
const outgoing = nodes.map(() => []);
const carriers = nodes.map(() => []); // by parameter: the edges whose weight it is
edges.forEach((edge, e) => {
  outgoing[edge.tail].push(e);
  if (edge.shared !== null) carriers[edge.shared].push(e);
});
const givenSeeds = new Map(data.seeds.map(([j, seed]) => [j, Number(seed)]));

const weightOf = (e, weights, value) => {
  const { shared } = edges[e];
  return shared === null ? weights[e] : value[shared];
};

// Whether an operand of a node is missing: its tail or its weight, own or shared, is nan.
const someMissing = (j, weights, value) => incoming[j].some((e) =>
  Number.isNaN(value[edges[e].tail]) || Number.isNaN(weightOf(e, weights, value)));

// Feed forward; null where a source has no value.
function feedForward(values, weights) {
  if (nodes.some((node, j) => node.f === null && values[j] === null)) return null;
  const value = [], partial = [], net = [], edge = [];
  nodes.forEach((node, j) => {
    net[j] = [];
    if (node.f === null) {
      value[j] = values[j];
      partial[j] = [];
      return;
    }
    for (const e of incoming[j]) {
      const { tail, slot } = edges[e];
      const weight = weightOf(e, weights, value);
      const carried = weight === null ? value[tail] : weight * value[tail];
      net[j][slot] = slot in net[j] ? net[j][slot] + carried : carried;
    }
    [value[j], partial[j]] = rojasFunctions[node.f](...net[j]);
    // Without a value there is no derivative: 1/x is not that of the logarithm at −1.
    if (Number.isNaN(value[j]) && !someMissing(j, weights, value)) partial[j].fill(NaN);
    for (const e of incoming[j]) {
      const weight = weightOf(e, weights, value);
      const ours = partial[j][edges[e].slot];
      edge[e] = weight === null ? ours : weight * ours;
    }
  });
  return { value, partial, net, edge };
}

// Backpropagate from some seeds; null where no path leads to one of them.
function backpropagate(forward, seeds) {
  const adjoint = nodes.map(() => null), delta = nodes.map(() => null);
  const contribution = edges.map(() => null), gradient = edges.map(() => null);
  for (let j = nodes.length - 1; j >= 0; j -= 1) {
    const terms = seeds.has(j) ? [seeds.get(j)] : [];
    for (const e of outgoing[j]) if (contribution[e] !== null) terms.push(contribution[e]);
    for (const e of carriers[j]) if (gradient[e] !== null) terms.push(gradient[e]);
    if (!terms.length) continue; // no path to the output: no product is formed
    adjoint[j] = terms.reduce((a, b) => a + b);
    if (!nodes[j].passes) continue;
    delta[j] = forward.partial[j].map((partial) => adjoint[j] * partial);
    for (const e of incoming[j]) {
      contribution[e] = adjoint[j] * forward.edge[e];
      gradient[e] = forward.value[edges[e].tail] * delta[j][edges[e].slot];
    }
  }
  return { adjoint, delta, contribution, gradient };
}

const impliedDerivative = (forward, e) =>
  forward.value[edges[e].tail] * forward.partial[edges[e].head][edges[e].slot];

// All labels by the keys of the drawing; those that cannot be computed are absent.
function labelsOf(values, weights, forward) {
  const labels = {};
  nodes.forEach((node, j) => {
    if (node.f === null && values[j] !== null) labels[`${node.id}.value`] = values[j];
  });
  edges.forEach((edge, e) => {
    if (weights[e] !== null) labels[`${edge.id}.weight`] = weights[e];
  });
  for (const [j, seed] of givenSeeds) labels[`${nodes[j].id}.seed`] = seed;
  if (!forward) return labels;
  const backward = backpropagate(forward, givenSeeds);
  nodes.forEach(({ id }, j) => {
    labels[`${id}.value`] = forward.value[j];
    labels[`${id}.adjoint`] = backward.adjoint[j] ?? 0;
    forward.partial[j].forEach((partial, s) => {
      labels[`${id}.net.${s}`] = forward.net[j][s];
      labels[`${id}.derivatives.${s}`] = partial;
      labels[`${id}.delta.${s}`] = backward.delta[j]?.[s] ?? 0;
    });
  });
  edges.forEach(({ id, shared }, e) => {
    labels[`${id}.derivative`] = forward.edge[e];
    labels[`${id}.contribution`] = backward.contribution[e] ?? 0;
    labels[`${id}.gradient`] = backward.gradient[e] ?? 0;
    if (shared !== null) {
      labels[`${id}w.derivative`] = impliedDerivative(forward, e);
      labels[`${id}w.contribution`] = backward.gradient[e] ?? 0;
    }
  });
  return labels;
}

// --- paths --------------------------------------------------------------------------------------

// The steps out of a node: along an edge, or from a parameter into the weight that it is.
const stepsFrom = (j) => [
  ...outgoing[j].map((e) => ({ e, id: edges[e].id, implied: false })),
  ...carriers[j].map((e) => ({ e, id: `${edges[e].id}w`, implied: true })),
];

function countPaths(end) {
  const counts = nodes.map((_, j) => (j === end ? 1n : 0n));
  for (let j = end - 1; j >= 0; j -= 1) {
    for (const { e } of stepsFrom(j)) counts[j] += counts[edges[e].head];
  }
  return counts;
}

function* walk(start, end, counts) {
  const onward = (j) => stepsFrom(j).filter(({ e }) => j !== end && counts[edges[e].head]);
  const taken = [], options = [onward(start).values()];
  if (start === end) yield [];
  while (options.length) {
    const { value: step, done } = options.at(-1).next();
    if (done) {
      options.pop();
      taken.pop();
      continue;
    }
    taken.push(step);
    const { head } = edges[step.e];
    if (head === end) yield [...taken];
    options.push(onward(head).values());
  }
}

// The paths between two nodes: how many, the first of them, and the sum of all products.
function pathsBetween(start, end, forward) {
  const counts = countPaths(end);
  const listed = [];
  if (counts[start]) {
    for (const taken of walk(start, end, counts)) {
      if (listed.length === MOST_PATHS) break;
      const factors = forward && taken.map(({ e, implied }) =>
        implied ? impliedDerivative(forward, e) : forward.edge[e]);
      listed.push({
        nodes: [start, ...taken.map(({ e }) => edges[e].head)],
        edges: taken.map(({ id }) => id),
        factors,
        product: factors && factors.reduce((a, b) => a * b, 1),
      });
    }
  }
  const sum = forward && (backpropagate(forward, new Map([[end, 1]])).adjoint[start] ?? 0);
  return { start, end, count: counts[start], listed, sum };
}
