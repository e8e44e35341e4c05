// The ticket alert: the page's title, a banner, and, if asked for, a sound and a notification of the system. The last is
// there only where the browser calls the page a secure context, which a plain network address is not.
import $ from "../../vendor/jquery/jquery.js";

const SHOWN = 4000; // ms
const TONE = { frequency: 880, seconds: 0.15, loudness: 0.1 };

/** @param {JQuery} $alert holds a banner, and the choices `sound` and `notification` */
export function createAlert($alert) {
  const title = document.title;
  const $banner = $alert.find(".banner");
  let audio = null;
  let timer = null;

  const isWanted = (name) => $alert.find(`input[name="${name}"]`).prop("checked");

  function rest() {
    document.title = title;
    $banner.text("").prop("hidden", true);
  }

  /** Browsers let a page make a sound only after a click, so the click on the choice prepares it. */
  function prepareSound() {
    audio ??= new AudioContext();
    audio.resume();
  }

  function beep() {
    const tone = new OscillatorNode(audio, { frequency: TONE.frequency });
    const volume = new GainNode(audio, { gain: TONE.loudness });
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + TONE.seconds);
  }

  async function askForNotifications(input) {
    if ((await Notification.requestPermission()) !== "granted") $(input).prop("checked", false);
  }

  const canNotify = isSecureContext && "Notification" in window;
  $alert.find('input[name="notification"]').prop("disabled", !canNotify);
  $alert.find(".not-secure").prop("hidden", canNotify);
  $alert.on("change", 'input[name="sound"]', prepareSound);
  $alert.on("change", 'input[name="notification"]', (event) => askForNotifications(event.target));

  return {
    /** Say it in every way that is wanted. */
    raise(text) {
      clearTimeout(timer);
      timer = setTimeout(rest, SHOWN);
      document.title = `● ${text}`;
      $banner.text(text).prop("hidden", false);
      if (isWanted("sound") && audio) beep();
      if (isWanted("notification")) new Notification(text);
    },
  };
}
