// Boots the class's line on a page of the lesson to which no class goes: who opens it goes on alone, and returns with one click.
// Its connection to the class is its own, so that a race adds no byte to what the page measures.
import $ from "../../vendor/jquery/jquery.js";
import { comeIn } from "./arrive.js";

comeIn($(".class-bar"), { isApart: true });
