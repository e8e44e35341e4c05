// A name for a page's traffic, for as long as the page is open: by it the server knows on whose dashboard bytes count.

/** @returns {string} as the contract has it, 8 to 32 of a-z0-9 */
export function createViewer() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}
