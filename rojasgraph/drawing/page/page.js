// What a page shows, and what a person can do there: the last part of its program. Data flows one
// way: what a person does changes the state, and `update` draws what depends on it.
const { steps, precision } = data;
const MOST_FIELDS = 200;
const MOST_EDGES = 30; // listed of one node
const PLAY_MILLISECONDS = 1200;
const byId = (id) => document.getElementById(id);

// --- state --------------------------------------------------------------------------------------

const given = {
  values: nodes.map((node) => (node.f === null ? numberOf(node.value) : null)),
  weights: edges.map((edge) => numberOf(edge.weight)),
};
const state = {
  ...given,
  at: 0, // how many steps have been made
  all: false, // whether all labels are shown, whatever the step
  playing: false,
  hovered: null, // the id of a node or an edge
  pinned: null, // as well
  ends: [], // the nodes chosen for paths, by number
  path: null, // the one that is pointed at
  found: [], // nodes, by number
};
let forward, labels;
const parts = [];

// Register what draws a part of the page from some values whenever one of them has changed.
function part(values, draw) {
  let last = [];
  parts.push(() => {
    const now = values();
    if (now.length === last.length && now.every((x, i) => x === last[i])) return;
    last = now;
    draw(...now);
  });
}

function update(changes) {
  Object.assign(state, changes);
  if (changes.values || changes.weights) compute();
  for (const draw of parts) draw();
}

function compute() {
  forward = feedForward(state.values, state.weights);
  labels = labelsOf(state.values, state.weights, forward);
}

const shown = (key, count = precision) => (key in labels ? numeral(labels[key], count) : "");

// --- the picture --------------------------------------------------------------------------------

const svg = document.querySelector("#view > svg");
const size = svg.viewBox.baseVal;
const groups = new Map(); // by id: the groups of a node or an edge
const texts = new Map(); // by key: where the label stands
const numberOfNode = new Map(nodes.map((node, j) => [node.id, j]));
const numberOfEdge = new Map(edges.map((edge, e) => [edge.id, e]));
const stepOfKey = new Map();
steps.forEach((step, i) => step.keys.forEach((key) => stepOfKey.set(key, i)));

const into = (map, key, value) => (map.has(key) ? map.get(key).push(value) : map.set(key, [value]));

function readPicture() {
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "The network. Arrow keys up and down go from node to node.");
  svg.setAttribute("width", size.width); // in pixels, as the view computes
  svg.setAttribute("height", size.height);
  for (const group of svg.querySelectorAll("[data-id]")) {
    into(groups, group.dataset.id, group);
  }
  const behind = svg.querySelector(".node");
  for (const route of svg.querySelectorAll(".edge > .route:not(.twin)")) behind?.before(widened(route));
  for (const text of svg.querySelectorAll("[data-key]")) {
    const { key } = text.dataset;
    const drawn = data.texts[key] ?? data.standIn;
    const [before, after] = text.textContent.split(drawn);
    into(texts, key, { text, drawn, before, after, fixed: after === undefined });
    text.classList.toggle("unseen", stepOfKey.has(key));
  }
}

// A line is thin: what the pointer can hit around it is wider, and behind the nodes.
function widened(route) {
  const hit = route.cloneNode();
  hit.setAttribute("class", "hit");
  hit.dataset.id = route.parentNode.dataset.id;
  return hit;
}

function writeTexts() {
  for (const [key, places] of texts) {
    const number = shown(key);
    for (const place of places) if (!place.fixed && place.number !== number) write(place, number);
  }
}

function write(place, number) {
  place.number = number;
  const { text, drawn, before, after } = place;
  text.textContent = number && before + number + after;
  text.removeAttribute("textLength");
  if (number.length <= drawn.length) return;
  text.setAttribute("lengthAdjust", "spacingAndGlyphs"); // squeezed into the room that there is
  place.room ??= roomOf(text, drawn);
  const size = text.getComputedTextLength();
  if (size > place.room) text.setAttribute("textLength", place.room);
}

function roomOf(text, drawn) {
  const now = text.textContent;
  text.textContent = now.replace(/.*/, drawn);
  const room = text.getComputedTextLength();
  text.textContent = now;
  return room;
}

let revealed = 0; // steps
let fresh = [];

function reveal() {
  const wanted = state.all ? steps.length : state.at;
  for (; revealed < wanted; revealed += 1) steps[revealed].keys.forEach((key) => see(key, true));
  for (; revealed > wanted; revealed -= 1) steps[revealed - 1].keys.forEach((key) => see(key, false));
  fresh.forEach((text) => text.classList.remove("fresh"));
  const keys = currentStep()?.keys ?? [];
  fresh = keys.flatMap((key) => texts.get(key) ?? []).map((place) => place.text);
  fresh.forEach((text) => text.classList.add("fresh"));
  const step = currentStep();
  if (step) keepInView(nodes[step.node].id);
}

function see(key, visible) {
  for (const { text } of texts.get(key) ?? []) text.classList.toggle("unseen", !visible);
  const [id, label] = key.split(".");
  if (label === "contribution") {
    for (const group of groups.get(id) ?? []) group.classList.toggle("carried", visible);
  }
}

const currentStep = () => (state.all ? undefined : steps[state.at - 1]);

let marks = new Set(); // "id class"

function mark() {
  const step = currentStep();
  const now = new Set();
  const add = (ids, name) => ids.forEach((id) => now.add(`${id} ${name}`));
  if (step) {
    add(step.lit, "lit");
    add([nodes[step.node].id], step.back ? "current backwards" : "current onwards");
  }
  if (state.path) add([...state.path.edges, ...state.path.nodes.map((j) => nodes[j].id)], "lit");
  add(state.ends.map((j) => nodes[j].id), "chosen");
  add(state.found.map((j) => nodes[j].id), "found");
  if (state.hovered) add([state.hovered], "hovered");
  const change = (mark, method) => {
    const [id, ...names] = mark.split(" ");
    for (const group of groups.get(id) ?? []) group.classList[method](...names);
  };
  for (const mark of marks) if (!now.has(mark)) change(mark, "remove");
  for (const mark of now) if (!marks.has(mark)) change(mark, "add");
  marks = now;
}

// --- panels -------------------------------------------------------------------------------------

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const DETAILED = Math.max(precision, 6);
const detailed = (key) => shown(key, DETAILED);
const inParentheses = (text) => (/[-−+/ ]/.test(text) ? `(${text})` : text);

function sentence(step) {
  const isThere = (piece) => typeof piece === "string" || piece[0] in labels;
  if (!step.pieces.every(isThere)) return step.plain;
  const written = ([key, factor]) => (factor ? inParentheses(shown(key)) : shown(key));
  return step.pieces.map((p) => (typeof p === "string" ? p : written(p))).join("");
}

function start() {
  const missing = nodes.filter((node, j) => node.f === null && state.values[j] === null);
  if (!missing.length) return "Step on (→) to feed the inputs forward, then to carry derivatives back.";
  return `Fill in ${missing.map((node) => node.name).join(", ")} to see numbers.`;
}

function tell() {
  const step = currentStep();
  const count = steps.length / 2;
  const place = step && `${step.back ? state.at - count : state.at} of ${count}`;
  byId("sentence").textContent = state.all ? "All labels of both passes." : step ? sentence(step) : start();
  byId("player").className = step ? (step.back ? "backward" : "forward") : "";
  byId("count").textContent = step ? `${step.back ? "back" : "forward"} ${place}` : "";
  byId("slider").value = state.at;
  byId("slider").setAttribute("aria-valuetext", byId("sentence").textContent);
  byId("all").checked = state.all;
  byId("play").textContent = state.playing ? "Pause" : "Play";
}

const row = (name, ...content) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, ...content));
const numberRow = (name, key, role) =>
  key in labels ? [row(name, make("span", { class: role, "data-label": key }, detailed(key)))] : [];

// What an edge brings: weight · value, and from where.
function termOf(e) {
  const edge = edges[e];
  const weight = edge.shared === null ? `${edge.id}.weight` : `${nodes[edge.shared].id}.value`;
  const value = detailed(`${nodes[edge.tail].id}.value`);
  const product = weight in labels ? `${detailed(weight)}·${inParentheses(value)}` : value;
  return make("div", {}, product, make("small", {}, ` from ${nodes[edge.tail].name}`));
}

function slotRows(j) {
  const node = nodes[j];
  return node.slots.map((name, s) => {
    const feeding = incoming[j].filter((e) => edges[e].slot === s);
    const terms = feeding.slice(0, MOST_EDGES).map(termOf);
    if (feeding.length > MOST_EDGES) terms.push(`… ${feeding.length - MOST_EDGES} more`);
    const key = `${node.id}.net.${s}`;
    if (feeding.length > 1 && key in labels) terms.push(make("div", {}, `sum ${detailed(key)}`));
    return row(`slot ${name}`, ...terms);
  });
}

function bySlot(node, name, label, role) {
  const several = node.slots.length > 1;
  return node.slots.flatMap((_, s) =>
    numberRow(several ? `${name} (${node.operands[s]})` : name, `${node.id}.${label}.${s}`, role));
}

function nodeDetails(j) {
  const node = nodes[j];
  const operation = node.f !== null;
  return [
    make("h3", {}, node.full, make("small", {}, ` ${node.op}${node.out ? ", output" : ""}`)),
    ...(operation ? [make("p", { class: "formula" }, node.formula)] : []),
    make("table", {},
      ...(operation ? slotRows(j) : []),
      ...numberRow("value", `${node.id}.value`, "onward"),
      ...(operation ? bySlot(node, "stored derivative", "derivatives", "back") : []),
      ...numberRow("adjoint", `${node.id}.adjoint`, "back"),
      ...(operation ? bySlot(node, "δ", "delta", "back") : [])),
    ...(node.remarks ?? []).map((text) => make("p", { class: "remark" }, text)),
  ];
}

function edgeDetails(e, implied) {
  const edge = edges[e];
  const id = implied ? `${edge.id}w` : edge.id;
  const [tail, head] = [nodes[edge.tail].name, nodes[edge.head].name];
  const parameter = edge.shared === null ? null : nodes[edge.shared];
  const weight = parameter ? `${parameter.id}.value` : `${id}.weight`;
  const about = implied
    ? `${parameter.name} is the weight of ${tail} → ${head}`
    : `feeds slot ${nodes[edge.head].slots[edge.slot]}${parameter ? `; its weight is ${parameter.name}` : ""}`;
  return [
    make("h3", {}, implied ? `${parameter.name} ⇢ ${head}` : `${tail} → ${head}`, make("small", {}, " edge")),
    make("p", { class: "remark" }, about),
    make("table", {},
      ...(implied ? [] : numberRow("weight", weight, "")),
      ...numberRow("derivative", `${id}.derivative`, "back"),
      ...numberRow("contribution", `${id}.contribution`, "back"),
      ...(implied ? [] : numberRow("gradient of the weight", `${id}.gradient`, "back"))),
  ];
}

function detailsOf(id) {
  if (numberOfNode.has(id)) return nodeDetails(numberOfNode.get(id));
  const implied = id.endsWith("w");
  return edgeDetails(numberOfEdge.get(implied ? id.slice(0, -1) : id), implied);
}

function showDetails(id) {
  const hint = "Point at a node or an edge.";
  byId("details").replaceChildren(...(id ? detailsOf(id) : [make("p", { class: "remark" }, hint)]));
}

function pathItem(path) {
  const point = (on) => () => update({ path: on ? path : null });
  const several = path.factors?.length > 1;
  const factors = several ? path.factors.map((x) => inParentheses(numeral(x, precision))) : [];
  const product = path.factors && make("div", {},
    several ? `${factors.join(" · ")} = ` : "", numeral(path.product, precision));
  const item = make("li", {
    tabindex: "0", onpointerenter: point(true), onpointerleave: point(false),
    onfocus: point(true), onblur: point(false),
  }, make("div", {}, path.nodes.map((j) => nodes[j].name).join(" → ")));
  if (product) item.append(product);
  return item;
}

function showPaths(ends) {
  const tell = (...content) => byId("paths").replaceChildren(...content);
  const remark = (text) => make("p", { class: "remark" }, text);
  if (!ends.length) return tell(remark("Click a node, then another: the paths between them."));
  if (ends.length < 2) return tell(remark(`From ${nodes[ends[0]].name}: click another node.`));
  const found = pathsBetween(Math.min(...ends), Math.max(...ends), forward);
  const [from, to] = [nodes[found.start].name, nodes[found.end].name];
  if (!found.count) return tell(remark(`No path leads from ${from} to ${to}.`));
  const count = make("p", {}, `${found.count} path${found.count > 1n ? "s" : ""} from ${from} to ${to}`);
  const sum = make("p", { class: "sum" }, `∂${to}/∂${from} = `, make("b", {}, forward ? numeral(found.sum, DETAILED) : "?"),
    make("small", {}, " the sum of the products"));
  const more = BigInt(found.listed.length) < found.count;
  tell(count, sum, ...(more ? [remark(`The first ${MOST_PATHS}:`)] : []),
    make("ol", {}, ...found.listed.map(pathItem)));
}

// --- values to edit -----------------------------------------------------------------------------

const arrowName = (edge) => `${nodes[edge.tail].name} → ${nodes[edge.head].name}`;
const fields = [
  ...nodes.flatMap((node, i) => (["input", "parameter"].includes(node.op)
    ? [{ id: node.id, list: "values", i, kind: node.op, name: node.name }] : [])),
  ...edges.flatMap((edge, i) => (edge.weight === null
    ? [] : [{ id: edge.id, list: "weights", i, kind: "weight", name: arrowName(edge) }])),
];

// The fields that are listed: all, or of very many those of what is pinned and what feeds it.
function listedFields(pinned) {
  if (fields.length <= MOST_FIELDS) return fields;
  const near = new Set([pinned]);
  for (const e of incoming[numberOfNode.get(pinned)] ?? []) {
    near.add(edges[e].id).add(nodes[edges[e].tail].id).add(nodes[edges[e].shared]?.id);
  }
  return fields.filter((field) => near.has(field.id)).slice(0, MOST_FIELDS);
}

function fieldRow(field) {
  const value = state[field.list][field.i];
  const error = make("output", { class: "error" });
  const input = make("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", "data-field": field.id,
    "aria-label": `${field.kind} ${field.name}`, value: value ?? "",
    oninput: () => enter(field, input, error),
    onfocus: () => update({ hovered: field.id }), onblur: () => update({ hovered: null }),
  });
  return make("label", { class: field.kind }, make("span", {}, field.name), input, error);
}

function enter(field, input, error) {
  const value = parsed(input.value);
  input.setAttribute("aria-invalid", String(value === null));
  error.textContent = value === null ? "not a number such as −0.5, 1e-3 or 1/3" : "";
  if (value !== null) update({ [field.list]: state[field.list].with(field.i, value) });
}

let listed = null;

function showFields(pinned) {
  const now = listedFields(pinned);
  const same = listed && listed.length === now.length && now.every((field, i) => field === listed[i]);
  if (same) return;
  listed = now;
  const hint = "Click a node: its value and weights can be changed here.";
  const none = fields.length ? hint : "Nothing here can be changed.";
  byId("values").replaceChildren(...(now.length ? now.map(fieldRow) : [make("p", { class: "remark" }, none)]));
}

const reset = () => {
  listed = null; // the fields are made anew, with the numbers as they were given
  update({ ...given });
  showFields(state.pinned);
};

// --- zoom and pan -------------------------------------------------------------------------------

const view = byId("view");
const place = { x: 0, y: 0, scale: 1 };
const pointers = new Map();
let dragged = false;

function moveTo(x, y, scale, glide = false) {
  Object.assign(place, { x, y, scale });
  svg.classList.toggle("gliding", glide);
  svg.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
}

// The whole picture comes into view, below the controls that stand upon it.
function fit() {
  const top = Math.max(...["find", "zoom"].map((id) => byId(id).offsetTop + byId(id).offsetHeight));
  const [width, height] = [view.clientWidth, view.clientHeight - top];
  const scale = Math.min(width / size.width, height / size.height, 2);
  moveTo((width - size.width * scale) / 2, top + (height - size.height * scale) / 2, scale);
}

function zoomAt(x, y, factor) {
  const scale = Math.min(Math.max(place.scale * factor, 0.02), 12);
  const ratio = scale / place.scale;
  moveTo(x - (x - place.x) * ratio, y - (y - place.y) * ratio, scale);
}

const zoomMiddle = (factor) => zoomAt(view.clientWidth / 2, view.clientHeight / 2, factor);

function middleOf(id) {
  const box = groups.get(id)[0].getBBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

function center(id, scale = place.scale) {
  const [x, y] = middleOf(id);
  moveTo(view.clientWidth / 2 - x * scale, view.clientHeight / 2 - y * scale, scale, true);
}

function keepInView(id) {
  const [x, y] = middleOf(id);
  const inside = (at, length) => at > 0 && at < length;
  const seen = inside(place.x + x * place.scale, view.clientWidth)
    && inside(place.y + y * place.scale, view.clientHeight);
  if (!seen) center(id);
}

const onView = (event) => {
  const box = view.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

function drag(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const now = onView(event);
  const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
  if (!dragged && !other && Math.hypot(now[0] - before[0], now[1] - before[1]) < 4) return;
  dragged = true;
  view.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, now);
  if (other) {
    const apart = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
    zoomAt((now[0] + other[0]) / 2, (now[1] + other[1]) / 2, apart(now) / Math.max(apart(before), 1));
  } else {
    moveTo(place.x + now[0] - before[0], place.y + now[1] - before[1], place.scale);
  }
}

// --- controls -----------------------------------------------------------------------------------

const idAt = (target) => {
  const id = target.closest?.("[data-id]")?.dataset.id.replace(/^(n\d+)o$/, "$1");
  return id && /^[ne]\d/.test(id) ? id : null;
};

function choose(id) {
  if (id === null) return update({ pinned: null, ends: [] });
  const j = numberOfNode.get(id);
  if (j === undefined) return update({ pinned: id });
  const { ends } = state;
  const next = ends.length === 1 ? (ends[0] === j ? [] : [ends[0], j]) : [j];
  return update({ pinned: id, ends: next, path: null });
}

const go = (at) => update({ at: Math.min(Math.max(at, 0), steps.length), all: false });
let timer = 0;

function play(on) {
  clearInterval(timer);
  if (on && (state.all || state.at === steps.length)) go(0);
  update({ playing: on });
  if (on) timer = setInterval(() => (state.at < steps.length ? go(state.at + 1) : play(false)), PLAY_MILLISECONDS);
}

const stepTo = (at) => {
  if (state.playing) play(false);
  go(at);
};

const actions = {
  first: () => stepTo(0),
  back: () => stepTo(state.all ? steps.length : state.at - 1),
  on: () => stepTo(state.all ? 1 : state.at + 1),
  last: () => stepTo(steps.length),
  play: () => play(!state.playing),
  all: () => update({ all: !state.all }),
  zoomIn: () => zoomMiddle(1.25),
  zoomOut: () => zoomMiddle(0.8),
  fit,
  reset,
  search: () => byId("query").focus(),
  clear: () => update({ pinned: null, ends: [], path: null, found: [] }),
};
const keys = {
  ArrowRight: "on", ArrowLeft: "back", Home: "first", End: "last", " ": "play",
  "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", 0: "fit", "/": "search", Escape: "clear",
};

function onKey(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = target.matches("input:not([type=range], [type=checkbox])");
  if (typing && key !== "Escape") return;
  if (key === " " && target.matches("button, input")) return;
  if (svg.contains(target) && inPicture(key, target)) return event.preventDefault();
  if (!(key in keys)) return;
  event.preventDefault();
  actions[keys[key]]();
}

// Nodes, each with the edges that enter it: one of them can be reached by Tab, the rest from there.
const reachable = nodes.flatMap((node, j) => [node.id, ...incoming[j].flatMap((e) =>
  (edges[e].shared === null ? [edges[e].id] : [edges[e].id, `${edges[e].id}w`]))]);

function inPicture(key, target) {
  const id = idAt(target);
  const move = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (move) focusOn(reachable[reachable.indexOf(id) + move]);
  if (key === "Enter") choose(id);
  return move || key === "Enter";
}

function told(id) {
  const words = detailsOf(id).map((element) =>
    [...(element.rows ?? [element])].map((line) => line.textContent).join(", "));
  return words.join("; ");
}

// Without a name of its own, a group would be read out with all its marks, "← −0.5" and the like.
function nameOf(id) {
  if (numberOfNode.has(id)) return nodes[numberOfNode.get(id)].name;
  const edge = edges[numberOfEdge.get(id.replace(/w$/, ""))];
  return `${nodes[id.endsWith("w") ? edge.shared : edge.tail].name} to ${nodes[edge.head].name}`;
}

function makeReachable(id, tabindex) {
  const group = groups.get(id)?.[0];
  if (!group) return;
  group.setAttribute("tabindex", tabindex);
  group.setAttribute("role", "button");
  group.setAttribute("aria-label", nameOf(id));
}

function focusOn(id) {
  if (!groups.has(id)) return;
  makeReachable(svg.querySelector("[tabindex='0']").dataset.id, "-1");
  makeReachable(id, "0");
  const [group] = groups.get(id);
  group.setAttribute("aria-label", told(id));
  keepInView(id);
  group.focus({ preventScroll: true });
}

function search(query) {
  const text = query.trim().toLowerCase();
  const holds = (node) => [node.name, node.full].some((name) => name.toLowerCase().includes(text));
  const isIt = (node) => [node.name, node.full].some((name) => name.toLowerCase() === text);
  const found = text ? nodes.flatMap((node, j) => (holds(node) ? [j] : [])) : [];
  found.sort((a, b) => isIt(nodes[b]) - isIt(nodes[a]) || a - b);
  byId("found").textContent = text && `${found.length || "none"} found`;
  update({ found });
  if (found.length) center(nodes[found[0]].id, Math.max(place.scale, 0.8));
}

// The next of the nodes that were found comes to the middle.
function nextFound() {
  const [first, ...rest] = state.found;
  if (first === undefined) return;
  update({ found: [...rest, first], pinned: nodes[rest[0] ?? first].id });
  center(nodes[state.found[0]].id);
}

function listen() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const action = event.target.closest?.("[data-do]")?.dataset.do;
    if (action) actions[action]();
  });
  byId("slider").addEventListener("input", (event) => stepTo(Number(event.target.value)));
  byId("all").addEventListener("change", actions.all);
  byId("query").addEventListener("input", (event) => search(event.target.value));
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    nextFound();
  });
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomAt(...onView(event), Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)));
  }, { passive: false });
  view.addEventListener("pointerdown", (event) => {
    if (!pointers.size) dragged = false;
    pointers.set(event.pointerId, onView(event));
  });
  view.addEventListener("pointermove", drag);
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, (event) => pointers.delete(event.pointerId));
  }
  view.addEventListener("click", (event) => dragged || choose(idAt(event.target)));
  view.addEventListener("pointerover", (event) => pointers.size || update({ hovered: idAt(event.target) }));
  view.addEventListener("pointerleave", () => update({ hovered: null }));
  svg.addEventListener("focusin", (event) => update({ hovered: idAt(event.target) }));
  svg.addEventListener("focusout", () => update({ hovered: null }));
  new ResizeObserver(() => fit()).observe(view);
}

// --- the beginning ------------------------------------------------------------------------------

readPicture();
reachable.forEach((id, i) => makeReachable(id, i ? "-1" : "0"));
byId("slider").max = steps.length;
byId("names").append(...nodes.map((node) => make("option", { value: node.full })));

part(() => [labels], writeTexts);
part(() => [state.at, state.all], reveal);
part(() => [state.at, state.all, state.path, state.ends, state.found, state.hovered], mark);
part(() => [state.at, state.all, state.playing, labels], tell);
part(() => [state.hovered ?? state.pinned, labels], showDetails);
part(() => [state.ends, labels], showPaths);
part(() => [state.pinned], showFields);
part(() => [state.values, state.weights], (values, weights) => {
  byId("reset").hidden = values === given.values && weights === given.weights;
});
listen();
fit();
update({ ...given });

// For tests, and for whoever looks into the page with the browser's tools.
window.rojasgraph = {
  labels: () => ({ ...labels }),
  numeral,
  parsed,
  paths: (from, to) => pathsBetween(numberOfNode.get(from), numberOfNode.get(to), forward),
};
