// A prediction on the screen: the question, how many have answered, what they said, and then what comes out, measured in the
// step's own demo. A step with a prediction begins with its question: the demo would give it away.
import $ from "../../vendor/jquery/jquery.js";
import { measureIn } from "../book/measure.js";
import { answerAmong, inUnit, inWords } from "../book/outcome.js";
import { showHistogram } from "../class/histogram.js";
import { SCENES } from "../scenes.js";

/**
 * @param {JQuery} $scene
 * @param {object} page
 * @param {object[]} page.asks what can be asked in the book; see lesson/instructor.py
 * @param {ReturnType<typeof import("../book/demo.js").createDemo>[]} page.demos
 * @param {ReturnType<typeof import("../classroom.js").joinClass>} page.classroom
 * @param {boolean} page.isPreview it measures nothing
 * @param {() => void} page.shown told when a measurement begins or ends
 */
export function createQuestionScene($scene, { asks, demos, classroom, isPreview, shown }) {
  const $stands = $scene.find(".screen-stands");
  const $answers = $scene.find(".screen-answers");
  const seen = new Set(); // what was revealed: the demo gives nothing away any more
  const measured = new Map(); // by question of a class: what came out, in words; null while it is measured
  let current = null;
  let on = null;
  let isHere = false; // the question is the step's own, so that its demo is, too
  let progress = "";

  const nameOf = ({ chapter, prediction }) => `${chapter}/${prediction}`;
  const keyIn = (state, ask) => `${state.class}/${nameOf(ask)}`;

  /** @returns {boolean} whether there is a question to be shown */
  function know(state) {
    on = asks.find((ask) => state.prediction && nameOf(ask) === nameOf(state.prediction)) ? state.prediction : null;
    const isOf = ({ chapter, step }) => chapter === state.place?.chapter && step === state.place.step;
    const before = asks.find((ask) => ask.measure && isOf(ask) && !seen.has(keyIn(state, ask)));
    current = on ? asks.find((ask) => nameOf(ask) === nameOf(on)) : before;
    if (!current) return false;
    isHere = isOf(current);
    if (on?.phase === "revealed") seen.add(keyIn(state, on));
    show(state);
    measure(state);
    return true;
  }

  function show(state) {
    $scene.find("h1").text(current.question);
    const isRevealed = on?.phase === "revealed";
    const texts = Object.values(current.answers);
    $answers.prop("hidden", isRevealed).empty().append(texts.map((text) => $("<li>").text(text)));
    showHistogram($scene.find(".histogram").prop("hidden", !isRevealed), on?.counts ?? [], textOf, on?.measured ?? null);
    write(isRevealed ? outcome(state) : waiting());
  }

  const textOf = (answer) => current.answers[answer] ?? `${answer} ${current.unit}`.trim();

  function waiting() {
    if (!on) return "Guess first.";
    const answers = `${on.votes} ${on.votes === 1 ? "answer" : "answers"}`;
    return on.phase === "open" ? `Answer on your device. ${answers} so far.` : `Closed, with ${answers}.`;
  }

  function outcome(state) {
    const words = measured.get(keyIn(state, on));
    if (words) return `Measured now: ${words}.`;
    if (words === null) return progress;
    if (on.measured !== null && current.measure) return `What came out: ${textOf(on.measured)}.`;
    return on.votes ? "" : "Nobody was asked.";
  }

  function write(text) {
    if ($stands.text() !== text) $stands.text(text);
  }

  function tellProgress(text) {
    progress = text;
    if (current && measured.get(keyIn(classroom.state, current)) === null) write(text);
  }

  /** Measure once what was revealed, while the class is at its step. Whoever steers sets the sale for it, and says what came out. */
  async function measure(state) {
    const ask = current;
    const demo = demos.find(({ root }) => root.id === ask.demo);
    if (isPreview || !demo || !isHere || !ask.measure || on?.phase !== "revealed") return;
    const key = keyIn(state, on);
    if (on.measured !== null || measured.has(key)) return;
    measured.set(key, null);
    tellProgress("Measuring.");
    shown();
    await setSale(ask.measure.start);
    const result = await measureIn(demo, ask.measure, ({ seconds }) => tellProgress(`Measuring: ${Math.max(0, Math.ceil((ask.measure.after ?? 0) - seconds))} s left.`));
    const values = [...(result?.values ?? [])].filter(([, value]) => value !== null);
    if (values.length === 0) {
      measured.delete(key);
      return;
    }
    measured.set(key, inWords(ask.measure, values));
    await tell(ask, values);
    know(classroom.state);
    shown();
  }

  async function setSale({ scene, rate = SCENES[scene]?.rate }) {
    if (rate) await send("sale", { rate });
    await send("sale", { paused: false });
  }

  async function tell({ chapter, prediction, answers, measure: how }, values) {
    const keys = Object.keys(answers);
    const answer = keys.length > 0 ? answerAmong(how, keys, values) : Number(inUnit(how, values).toFixed(1));
    if (answer !== null) await send("prediction", { chapter, prediction, measured: answer });
  }

  /** Who does not steer shows what it measured, and changes nothing. */
  async function send(name, message) {
    if (!classroom.state.steers) return;
    try {
      await classroom.send(name, message);
    } catch (error) {
      if (!error.problem) throw error;
    }
  }

  return {
    know,
    /** @returns {boolean} whether the demo belongs beside the question now */
    runs: () => on?.phase === "revealed" && isHere && Boolean(current.demo),
  };
}
