// Boots /exercises.
import $ from "../../vendor/jquery/jquery.js";
import { joinClass } from "../classroom.js";
import { readStudent } from "../student.js";
import { createViewer } from "../viewer.js";
import { createExercises } from "./live.js";

function count({ exercises }) {
  const all = Object.values(exercises);
  const done = all.filter((one) => one.done).length;
  $(".exercise-count").text(`${done} of ${all.length} done`);
}

createExercises($(".exercise"), joinClass({ viewer: createViewer(), student: readStudent() }), count);
