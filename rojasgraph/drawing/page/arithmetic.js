// What Math lacks, or has by other rules than the floats of rojasgraph (its numbers).
// All of it in one object, so that a page gains one name.
const rojasMath = (() => {
  "use strict";
  const TWO_BY_ROOT_PI = 2 / Math.sqrt(Math.PI);

  // exp(-x*x) without the rounding of x*x: a float of 24 digits has an exact square.
  const gauss = (x) => {
    const short = Math.fround(x);
    return Math.exp(-short * short) * Math.exp((short - x) * (short + x));
  };

  // Abramowitz and Stegun 7.1.6, for |x| < 1; its terms have one sign, so nothing cancels.
  const erfBySeries = (x) => {
    let term = 1;
    let sum = 1;
    for (let n = 1; term > 1e-17 * sum; n += 1) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return TWO_BY_ROOT_PI * x * (gauss(x) * sum);
  };

  // Abramowitz and Stegun 7.1.14, for x >= 1, from the inside out; at x = 1 it takes 200 levels.
  const erfcByFraction = (x) => {
    let below = x;
    for (let n = 200; n > 0; n -= 1) {
      below = x + n / 2 / below;
    }
    return (TWO_BY_ROOT_PI / 2 / below) * gauss(x);
  };

  const LARGE = 28; // erfc of more is 0, and Infinity would spoil the fraction

  const erfc = (x) => {
    if (x <= -1) {
      return x < -LARGE ? 2 : 2 - erfcByFraction(-x);
    }
    if (x >= 1) {
      return x > LARGE ? 0 : erfcByFraction(x);
    }
    return 1 - erfBySeries(x);
  };

  const erf = (x) => {
    if (x <= -1) {
      return erfc(-x) - 1;
    }
    return x >= 1 ? 1 - erfc(x) : erfBySeries(x);
  };

  const exp2 = (x) => Math.pow(2, x);

  // As C's pow; Math.pow gives NaN for the powers of 1 and -1.
  const power = (base, exponent) => {
    const endless = exponent === Infinity || exponent === -Infinity;
    return base === 1 || (base === -1 && endless) ? 1 : Math.pow(base, exponent);
  };

  // With the sign of the divisor, as in Python; % has that of the dividend.
  const mod = (a, b) => {
    const rest = a % b;
    if (rest === 0) {
      return b < 0 ? -0 : 0;
    }
    return rest < 0 !== b < 0 ? rest + b : rest;
  };

  const logaddexp = (a, b) => {
    const high = a >= b ? a : b;
    const low = a >= b ? b : a;
    const gap = high - low;
    // NaN: one of them is, or both are the same infinity.
    return Number.isNaN(gap) ? high + low : high + Math.log1p(Math.exp(-gap));
  };

  const heaviside = (x, atZero) => {
    if (Number.isNaN(x)) {
      return x;
    }
    return x > 0 ? 1 : x < 0 ? 0 : atZero;
  };

  const sign = (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x);

  // NaN if one is; of equal ones the first, where Math.max and Math.min tell 0 from -0.
  const maximum = (a, b) => (a >= b || Number.isNaN(a) ? a : b);
  const minimum = (a, b) => (a <= b || Number.isNaN(a) ? a : b);

  return Object.freeze({
    erf, erfc, exp2, heaviside, logaddexp, maximum, minimum, mod, power, sign,
  });
})();
