// Coming in to a class by a page that is no chapter. The instructor's cookie is not sent to every page, so who one is only the
// server's answer says.
import { joinClass } from "../classroom.js";
import { readStudent } from "../student.js";
import { createViewer } from "../viewer.js";
import { createBar } from "./bar.js";
import { addressOf, isStudent } from "./place.js";

/** @param {JQuery} $bar parts/class.html */
export function comeIn($bar) {
  const viewer = createViewer();
  const classroom = joinClass({});
  classroom.on("state", (state) => {
    if (isStudent(state)) classroom.at({ viewer, student: readStudent() });
  });
  createBar($bar, { classroom, viewer, goTo: (place) => location.assign(addressOf(place)) });
}
