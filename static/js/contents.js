// The first page offers the way back to where one was.
import $ from "../vendor/jquery/jquery.js";
import { recall } from "./book/memory.js";

const where = recall("where");
if (where) {
  const $link = $("<a>").attr("href", `/lesson/${where.slug}#${where.step}`).text(`${where.title}: ${where.name}`);
  $(".left-off").append("You were at ", $link, ".").prop("hidden", false);
}
