// Three scenes: how fast the sale goes and how often the short poll asks. From "late" to "for nothing" only one knob
// is turned the right way, and that is the lesson: as lateness falls, waste rises.

/** By the name in the address: tickets a second, the short poll's interval in ms, and what to look at. */
export const SCENES = {
  late: {
    rate: 1,
    interval: 5000,
    look: "Late: the first column hears of a ticket up to 5 s after it was sold. Compare the three large figures.",
  },
  "for-nothing": {
    rate: 0.2,
    interval: 1000,
    look: "For nothing: quicker, but four of five questions are in vain. Watch “for nothing” in the first column.",
  },
  rush: {
    rate: 20,
    interval: 1000,
    look: "Rush: twenty tickets a second. Watch “asked”: long polling asks most of all, the WebSocket once.",
  },
};

/** @returns {string|null} the scene that these settings are */
export function sceneOf({ rate, interval }) {
  const match = Object.entries(SCENES).find(([, scene]) => scene.rate === rate && scene.interval === interval);
  return match ? match[0] : null;
}
