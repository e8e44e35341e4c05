// The one axis on which the columns' bytes an event stand. Its end is a round number, so that it seldom moves.

const STEPS = [1, 2, 5, 10];
const LEAST = 100; // B

/**
 * @param {number[]} values in bytes
 * @returns {number} the axis's end: 1, 2 or 5 times a power of ten that none of them exceeds
 */
export function endOfAxis(values) {
  const most = Math.max(LEAST, ...values);
  const power = 10 ** Math.floor(Math.log10(most));
  return power * STEPS.find((step) => step * power >= most);
}

/** @returns {number|null} bytes an event, up and down together; null without an event */
export function anEvent({ up, down, events }) {
  return events > 0 ? (up + down) / events : null;
}
