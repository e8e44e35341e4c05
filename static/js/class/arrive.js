// Coming in to a class by a page that is no chapter. The instructor's cookie is not sent to every page, so who one is only the
// server's answer says.
import { joinClass } from "../classroom.js";
import { readStudent } from "../student.js";
import { createViewer } from "../viewer.js";
import { createBar } from "./bar.js";
import { addressOf, goAlone, isFollowing, isStudent } from "./place.js";

/**
 * @param {JQuery} $bar parts/class.html
 * @param {{isApart?: boolean}} [page] whether who opens the page while the class is somewhere leaves it by that
 */
export function comeIn($bar, { isApart = false } = {}) {
  const viewer = createViewer();
  const classroom = joinClass({});
  let leaves = isApart;
  classroom.on("state", (state) => {
    if (!isStudent(state)) return;
    if (leaves && state.place && isFollowing(state)) goAlone(state, true);
    leaves = false;
    classroom.at({ viewer, student: readStudent() });
  });
  createBar($bar, { classroom, viewer, goTo: (place) => location.assign(addressOf(place)) });
}
