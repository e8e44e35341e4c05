// Who a browser is in the class: drawn once and kept, over all its pages. It says nothing of the person.
import { keep, recall } from "./book/memory.js";
import { createViewer } from "./viewer.js";

/** @returns {string} 8 to 32 of a-z0-9 */
export function readStudent() {
  const kept = recall("student");
  if (/^[a-z0-9]{8,32}$/.test(kept ?? "")) return kept;
  const drawn = createViewer();
  keep("student", drawn);
  return drawn;
}
