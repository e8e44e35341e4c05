// The marks of the picture. Each adds itself to a path, so that a thousand of them are filled and stroked at once.

const FULL = Math.PI * 2;

/** @param {Path2D} path */
export function addDisc(path, x, y, r) {
  path.moveTo(x + r, y);
  path.arc(x, y, r, 0, FULL);
}

/** The left half of a disc. */
export function addHalf(path, x, y, r) {
  path.moveTo(x, y + r);
  path.arc(x, y, r, FULL / 4, FULL * 3 / 4);
  path.closePath();
}

export function addDiamond(path, x, y, r) {
  path.moveTo(x, y - 1.3 * r);
  path.lineTo(x + 1.3 * r, y);
  path.lineTo(x, y + 1.3 * r);
  path.lineTo(x - 1.3 * r, y);
  path.closePath();
}

/** An arrow's head that points up. */
export function addArrow(path, x, y, r) {
  path.moveTo(x - r, y + r);
  path.lineTo(x, y - r);
  path.lineTo(x + r, y + r);
  path.closePath();
}

export function addCross(path, x, y, r) {
  path.moveTo(x - r, y - r);
  path.lineTo(x + r, y + r);
  path.moveTo(x - r, y + r);
  path.lineTo(x + r, y - r);
}

export function addLine(path, x0, y0, x1, y1) {
  path.moveTo(x0, y0);
  path.lineTo(x1, y1);
}

/** Each technique's own mark: an outline that is filled with paper, and what is filled with the technique's colour. */
export const MARKS = {
  "short-poll": { outline: addDisc, filled: null },
  "long-poll": { outline: addDisc, filled: addHalf },
  "web-socket": { outline: addDisc, filled: addDisc },
  "yours": { outline: addDiamond, filled: addDiamond },
};
