/**
 * Make an element. What is in it is text, never HTML: it comes from the wire.
 * @param {string} tag
 * @param {string} name its class
 * @param {...(Node|string)} children
 */
export function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}
