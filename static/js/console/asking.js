// Predictions: opened, watched while answers come in, closed, revealed. With no devices in the room the show of hands is typed in.
import $ from "../../vendor/jquery/jquery.js";
import { showHistogram } from "../class/histogram.js";

const PHASES = { open: "open", closed: "closed", revealed: "revealed" };

/**
 * @param {JQuery} $root
 * @param {{chapter: string, step: string, of: string, asks: object[]}[]} cues
 * @param {{send: (name: string, message: object) => Promise<boolean>}} how
 */
export function createAsking($root, cues, { send }) {
  const asks = new Map(cues.flatMap((cue) => cue.asks.map((ask) => [keyOf(ask), { ...ask, step: cue.step, of: cue.of }])));
  const $which = $root.find(".asking-which");
  let chosen = null;
  let place = null;
  let hands = {};

  function keyOf({ chapter, prediction }) {
    return `${chapter}/${prediction}`;
  }

  /** Those of the step that the class is at come first. */
  function list() {
    const here = ({ chapter, step }) => place && chapter === place.chapter && step === place.step;
    const [mine, others] = [[...asks].filter(([, ask]) => here(ask)), [...asks].filter(([, ask]) => !here(ask))];
    const option = ([key, { of, question }]) => $("<option>").val(key).text(`${of}: ${question}`);
    const group = (label, of) => (of.length ? $("<optgroup>").attr("label", label).append(of.map(option)) : []);
    $which.empty().append(group("In this step", mine), group("Elsewhere", others));
    return mine[0]?.[0] ?? null;
  }

  function choose(key) {
    if (!asks.has(key) || key === chosen) return $which.val(chosen);
    chosen = key;
    hands = {};
    const ask = asks.get(key);
    $which.val(key);
    $root.find(".asking-question").text(ask.question);
    build(ask);
  }

  /** The two forms: a field for each answer; for a number, the number and how many. */
  function build({ answers, unit }) {
    const number = (name, label) => $("<label>").append($("<span>").text(label), $("<input>").attr({ type: "number", min: 0, name, step: "any" }));
    const keys = Object.keys(answers);
    $root.find(".asking-fields").empty().append(
      keys.length ? keys.map((key) => number(key, answers[key])) : [number("answer", `they say, in ${unit || "numbers"}`), number("count", "how many"), $("<p>").addClass("asking-typed quiet")],
    );
    const $choice = $("<select>").attr({ name: "measured", "aria-label": "What came out" }).append(keys.map((key) => $("<option>").val(key).text(answers[key])));
    $root.find(".asking-outcome").empty().append(keys.length ? $choice : number("measured", unit || "number"));
  }

  function ask(message) {
    const { chapter, prediction } = asks.get(chosen);
    return send("prediction", { chapter, prediction, ...message });
  }

  /** The question that is asked again at the end has one right answer; what is measured has none before. */
  function reveal() {
    const { right, prediction } = asks.get(chosen);
    return ask({ phase: "revealed", ...(right && prediction.endsWith("-after") && { measured: right }) });
  }

  function takeHands(event) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    if ("count" in fields) {
      if (fields.answer !== "") hands = { ...hands, [String(Number(fields.answer))]: Number(fields.count) };
      $root.find(".asking-typed").text(Object.entries(hands).map(([answer, n]) => `${n} said ${answer}`).join(", "));
    } else hands = Object.fromEntries(Object.entries(fields).filter(([, n]) => n !== "").map(([key, n]) => [key, Number(n)]));
    ask({ hands });
  }

  function takeMeasured(event) {
    event.preventDefault();
    const { measured } = Object.fromEntries(new FormData(event.target));
    if (measured !== "") ask({ measured: Object.keys(asks.get(chosen).answers).length ? measured : Number(measured) });
  }

  function show({ prediction, room }) {
    const on = prediction && keyOf(prediction) === chosen ? prediction : null;
    for (const button of $root.find("[data-phase]").get()) $(button).attr("aria-pressed", String(on?.phase === button.dataset.phase));
    $root.find(".asking-stands").text(on ? `${PHASES[on.phase]}, ${on.votes} ${on.votes === 1 ? "answer" : "answers"}` : "not asked");
    const counts = on ? (on.counts ?? room?.counts ?? []) : [];
    const { answers, unit } = asks.get(chosen) ?? { answers: {} };
    const shown = JSON.stringify([chosen, counts, on?.measured]);
    const $counts = $root.find(".asking-counts");
    if ($counts.data("shown") === shown) return;
    $counts.data("shown", shown);
    showHistogram($counts, counts, (answer) => answers[answer] ?? `${answer} ${unit}`.trim(), on?.measured ?? null);
  }

  let state = null;
  $which.on("change", () => {
    choose($which.val());
    show(state);
  });
  $root.on("click", "[data-phase]", ({ currentTarget: { dataset } }) => (dataset.phase === "revealed" ? reveal() : ask({ phase: dataset.phase })));
  $root.find(".asking-hands").on("submit", takeHands);
  $root.find(".asking-measured").on("submit", takeMeasured);
  choose(list() ?? asks.keys().next().value);

  return {
    know(next) {
      const isElsewhere = JSON.stringify(next.place) !== JSON.stringify(place);
      const isAnother = next.prediction && keyOf(next.prediction) !== (state?.prediction && keyOf(state.prediction));
      state = next;
      place = next.place;
      if (isElsewhere) {
        const first = list();
        $which.val(chosen);
        if (first) choose(first);
      }
      if (isAnother) choose(keyOf(next.prediction));
      show(next);
    },
  };
}
