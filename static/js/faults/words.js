// What is on, in words. Pure.

/** @typedef {{delay: number, jitter: number, loss: number, outage: number}} Standing ms each way, at most so many more, one in so many, s to go */

/** Nothing is on; sent, it ends what is. @type {Standing} */
export const NORMAL = Object.freeze({ delay: 0, jitter: 0, loss: 0, outage: 0 });

/** @returns {boolean} whether anything is on */
export function isOn({ delay, jitter, loss, outage }) {
  return delay > 0 || jitter > 0 || loss > 0 || outage > 0;
}

/** @returns {string} `300 ms`, or `300 to 350 ms`; a jitter only ever adds */
export function lateness({ delay, jitter }, to = " to ") {
  return jitter > 0 ? `${whole(delay)}${to}${whole(delay + jitter)} ms` : `${whole(delay)} ms`;
}

/**
 * As short as the sale's line needs it.
 * @param {Standing} standing
 */
export function inShort(standing) {
  const { loss, outage } = standing;
  const parts = [isLate(standing) && lateness(standing, "–"), loss > 0 && `one in ${loss} lost`, outage > 0 && `no server for ${toGo(outage)}`];
  return parts.filter(Boolean).join(", ") || "none";
}

/**
 * A sentence for each thing that is on.
 * @param {Standing} standing
 * @returns {string[]}
 */
export function sentences(standing) {
  const { loss, outage } = standing;
  return [
    isLate(standing) && `${lateness(standing)} later, each way.`,
    loss > 0 && `One connection in ${loss} is lost.`,
    outage > 0 && `No server for ${toGo(outage)} more.`,
  ].filter(Boolean);
}

/** @returns {string} seconds that are left, counted down to 1 */
export function toGo(seconds) {
  return `${Math.ceil(seconds)} s`;
}

function isLate({ delay, jitter }) {
  return delay > 0 || jitter > 0;
}

function whole(ms) {
  return Math.round(ms).toLocaleString("en-GB");
}
