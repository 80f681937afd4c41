// Numbers as text, by the rules of numerals.py, and what a person typed as a number.
// The first of the parts of a page's program, which page.py puts together.
const MINUS = "\u2212";
const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

// Round a positive number to some digits, an exact half to the even digit, as Python does.
function rounded(x, count) {
  let text = x.toExponential(count - 1);
  const longer = x.toExponential(count);
  if (longer.replace(/e.*/, "").endsWith("5")) {
    const [all, exponent] = x.toExponential(100).split("e");
    const digits = all.replace(".", "");
    if (/^50*$/.test(digits.slice(count)) && digits[count - 1] % 2 === 0) {
      text = `${digits.slice(0, count)}e${exponent}`;
    }
  }
  const [digits, exponent] = text.split("e");
  return [digits.replace(".", ""), Number(exponent)];
}

function roundedToWhole(x) {
  const below = Math.floor(x);
  const up = x - below > 0.5 || (x - below === 0.5 && below % 2 === 1);
  return String(below + up);
}

function plainDecimal(digits, exponent) {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = digits.slice(exponent + 1);
  return rest ? `${whole}.${rest}` : whole;
}

function powerOfTen(digits, exponent) {
  const raised = [...String(exponent)].map((c) => SUPERSCRIPTS[c]).join("");
  const factor = digits === "1" ? "" : `${plainDecimal(digits, 0)}×`;
  return `${factor}10${raised}`;
}

function numeral(x, count) {
  if (Number.isNaN(x)) return "nan";
  if (x === 0) return "0";
  const sign = x < 0 ? MINUS : "";
  const size = Math.abs(x);
  if (size === Infinity) return `${sign}∞`;
  const [all, exponent] = rounded(size, count);
  const digits = all.replace(/0+$/, "");
  if (count <= exponent && exponent < 6) return sign + roundedToWhole(size);
  const plain = -4 <= exponent && exponent < Math.max(count, 6);
  return sign + (plain ? plainDecimal : powerOfTen)(digits, exponent);
}

// What a person typed as a number, also as a fraction; null where it is none.
function parsed(text) {
  const plain = text.trim().replaceAll(MINUS, "-");
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const parts = plain.split("/").map((part) => part.trim());
  if (parts.length > 2 || !parts.every((part) => number.test(part))) return null;
  const value = parts.map(Number).reduce((a, b) => a / b);
  return Number.isFinite(value) ? value : null;
}
