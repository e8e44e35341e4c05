// How the browser's code, and the tests that run under Node, are checked.
import js from "@eslint/js";
import globals from "globals";

const HTML = "Text goes into the page as text only: .text(), never as HTML.";

export default [
  { ignores: ["static/vendor/", "build/", ".venv/", "instance/", "my-work/", "lesson/exercises/*/starter/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-var": "error",
      "no-throw-literal": "error",
      "no-unused-expressions": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "CallExpression[callee.property.name='html'][arguments.length>0]", message: HTML },
        { selector: "MemberExpression[property.name=/^(inner|outer|insertAdjacent)HTML$/]", message: HTML },
      ],
    },
  },
  { files: ["static/js/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["lesson/exercises/**/*.js"], languageOptions: { globals: { ...globals.browser, $: "readonly" } } },
  { files: ["tests/**/*.{js,mjs}"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
  { files: ["lesson/machinery/peers/node/*.mjs"], languageOptions: { globals: globals.node } },
  { files: ["eslint.config.js"], languageOptions: { globals: globals.node } },
];
