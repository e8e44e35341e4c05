// The scenes as buttons; where the page does not steer they are words, and only show which scene is on.
import $ from "../vendor/jquery/jquery.js";

/**
 * @param {JQuery} $scenes
 * @param {(name: string) => void} play
 */
export function createScenes($scenes, play) {
  $scenes.on("click", "button", (event) => play(event.currentTarget.dataset.scene));

  return {
    /** @param {string|null} name the scene that is on */
    show(name) {
      for (const scene of $scenes.find(".scene").get()) {
        const isOn = String(scene.dataset.scene === name);
        $(scene).attr(scene.tagName === "BUTTON" ? "aria-pressed" : "aria-current", isOn);
      }
    },
  };
}
