// Claiming a returned ticket: by a request of one's own where one polls, on the open connection where there is one.
const CLAIM = "/demos/claim";

const BY_REQUEST = (line, wish) => line.post(CLAIM, wish);
const ON_THE_SOCKET = (line, wish) => line.emit("claim", wish);
const WAYS = { "short-poll": BY_REQUEST, "long-poll": BY_REQUEST, "web-socket": ON_THE_SOCKET };

/**
 * Claim a ticket.
 * @param {ReturnType<typeof import("./line.js").createLine>} line
 * @param {{ticket: number, technique: string, viewer: string}} wish `ticket`: the id of the event `return`
 * @returns {Promise<boolean>} whether it was won; rejects with a LineError if that could not be found out
 */
export async function claim(line, wish) {
  try {
    return (await WAYS[wish.technique](line, wish)).won;
  } catch (error) {
    if (error.problem?.winner) return false;
    throw error;
  }
}
