// The first page offers the way back to where one was. In a class it is where students come in: it goes along with them.
import $ from "../vendor/jquery/jquery.js";
import { recall } from "./book/memory.js";

const where = recall("where");
if (where) {
  const $link = $("<a>").attr("href", `/lesson/${where.slug}#${where.step}`).text(`${where.title}: ${where.name}`);
  $(".left-off").append("You were at ", $link, ".").prop("hidden", false);
}

if (document.body.hasAttribute("data-class")) {
  const { comeIn } = await import("./class/arrive.js");
  comeIn($(".class-bar"));
}
