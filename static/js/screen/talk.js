// The chat on the screen, only when it is asked for: by the console in this browser, or by the key C.
import $ from "../../vendor/jquery/jquery.js";
import { SCREENS } from "../console/moderation.js";
import { createLine } from "../line.js";
import { TRANSPORTS } from "../transports/index.js";

const SHOWN = 12; // lines

/**
 * @param {JQuery} $said
 * @param {{classroom: ReturnType<typeof import("../classroom.js").joinClass>, changed: () => void}} page
 */
export function createChatScene($said, { classroom, changed }) {
  const console = new BroadcastChannel(SCREENS);
  let transport = null;
  let isOn = false;
  let said = [];

  function begin() {
    const cursor = { epoch: "unknown", after: 0 };
    transport = TRANSPORTS["web-socket"]({ channel: "chat", cursor, settings: {}, report, line: createLine({}) });
    transport.start();
  }

  function report({ events }) {
    said = [...said, ...events].slice(-10 * SHOWN);
    show();
  }

  function show() {
    const { cleared, hidden } = classroom.state?.chat ?? { cleared: 0, hidden: [] };
    const shown = said.filter(({ id }) => id > cleared && !hidden.includes(id)).slice(-SHOWN);
    $said.empty().append(shown.map(({ data: { name, text } }) => $("<li>").append($("<b>").text(name), " ", $("<span>").text(text))));
  }

  function put(next) {
    isOn = next;
    if (isOn && !transport) begin();
    show();
    changed();
  }

  console.onmessage = ({ data }) => put(data.chat);
  classroom.on("state", show);

  return { isOn: () => isOn, toggle: () => put(!isOn) };
}
