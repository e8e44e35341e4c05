/**
 * The one map from a technique to its transport, and to how one speaks there.
 *
 * @typedef {object} Wiring  what a transport is given; it never touches the page
 * @property {"sales"|"chat"} channel
 * @property {import("../cursor.js").Cursor} cursor  where to begin; from then on the transport keeps its own
 * @property {{interval: number, hold: number}} settings  ms and s, read at every turn
 * @property {(batch: import("../cursor.js").Batch) => void} report  the one door into a dashboard, also for an empty batch
 * @property {ReturnType<typeof import("../line.js").createLine>} line
 *
 * @typedef {{start: () => void, stop: () => void}} Transport  after `stop` nothing is reported; `start` goes on from there
 */
import { longPoll, say as sayLongPoll } from "./long-poll.js";
import { say as sayShortPoll, shortPoll } from "./short-poll.js";
import { say as sayWebSocket, webSocket } from "./web-socket.js";

/** @type {Record<string, (wiring: Wiring) => Transport>} */
export const TRANSPORTS = { "short-poll": shortPoll, "long-poll": longPoll, "web-socket": webSocket };

/** @type {Record<string, (line: Wiring["line"], message: {channel: string, name: string, text: string}) => Promise<object>>} */
export const SAY = { "short-poll": sayShortPoll, "long-poll": sayLongPoll, "web-socket": sayWebSocket };
