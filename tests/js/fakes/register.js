/** Preloaded by the tests: under Node the browser's third-party files are replaced by those beside this file. */
import { register } from "node:module";

register("./resolve.js", import.meta.url);
