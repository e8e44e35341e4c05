// The chat, as who steers sees it: all of it, hidden lines too, each with what can be done about it. It listens like anybody, by
// the WebSocket.
import $ from "../../vendor/jquery/jquery.js";
import { createLine } from "../line.js";
import { TRANSPORTS } from "../transports/index.js";

const SHOWN = 50;
export const SCREENS = "are-we-there-yet/screen"; // the channel between the tabs of this browser

/**
 * @param {JQuery} $root
 * @param {{send: (name: string, message: object) => Promise<boolean>}} how
 */
export function createModeration($root, { send }) {
  const $said = $root.find(".chat-said");
  const screens = new BroadcastChannel(SCREENS);
  const line = createLine({});
  const cursor = { epoch: "unknown", after: 0 }; // from the beginning
  const transport = TRANSPORTS["web-socket"]({ channel: "chat", cursor, settings: {}, report, line });
  let known = { paused: false, cleared: 0, hidden: [] };

  function report({ events }) {
    for (const { id, data } of events) $said.prepend(lineOf(id, data));
    $said.children().slice(SHOWN).remove();
    show();
  }

  function lineOf(id, { name, text }) {
    const button = (act, label) => $("<button>").attr({ type: "button", "data-act": act }).addClass("plain").text(label);
    const $text = $("<span>").addClass("chat-text").append($("<b>").text(name), " ", $("<span>").text(text));
    return $("<li>").attr("data-id", id).append($text, button("hide", "Hide"), button("mute", "Mute"));
  }

  function show() {
    for (const one of $said.children().get()) {
      const id = Number(one.dataset.id);
      const isHidden = known.hidden.includes(id);
      $(one).prop("hidden", id <= known.cleared).toggleClass("gone", isHidden);
      $(one).find('[data-act="hide"]').prop("disabled", isHidden).text(isHidden ? "Hidden" : "Hide");
    }
  }

  $said.on("click", "button", ({ currentTarget }) => {
    send("chat", { [currentTarget.dataset.act]: Number($(currentTarget).closest("li").attr("data-id")) });
  });
  $root.find(".chat-pause").on("click", () => send("chat", { paused: !known.paused }));
  $root.find(".chat-clear").on("click", () => send("chat", { clear: true }));
  $root.find(".chat-unmute").on("click", () => send("chat", { mute: null }));
  $root.find(".chat-screen").on("click", ({ currentTarget }) => {
    const isOn = $(currentTarget).attr("aria-pressed") !== "true";
    $(currentTarget).attr("aria-pressed", String(isOn));
    screens.postMessage({ chat: isOn });
  });
  transport.start();

  return {
    know({ chat, room }) {
      known = chat;
      $root.find(".chat-pause").attr("aria-pressed", String(chat.paused)).text(chat.paused ? "Let all speak" : "Pause");
      const muted = room?.muted ?? [];
      $root.find(".chat-muted").text(muted.length ? `Muted: ${muted.join(", ")}` : "");
      $root.find(".chat-unmute").prop("disabled", muted.length === 0);
      show();
    },
  };
}
