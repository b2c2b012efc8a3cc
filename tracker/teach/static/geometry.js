// Boxes are [left, top, right, bottom] as shares of the picture, 0..1. Pure functions; no page here.
"use strict";
const SMALLEST = 0.008;

function clampBox([a, b, c, d]) {
  const cut = (v) => Math.min(1, Math.max(0, v));
  const [l, r] = [cut(Math.min(a, c)), cut(Math.max(a, c))], [t, u] = [cut(Math.min(b, d)), cut(Math.max(b, d))];
  const w = Math.max(SMALLEST, r - l), h = Math.max(SMALLEST, u - t);
  const x = Math.min(l, 1 - w), y = Math.min(t, 1 - h);
  return [x, y, x + w, y + h];
}

function movedBox([l, t, r, b], dx, dy) {
  const x = Math.min(1 - (r - l), Math.max(0, l + dx)), y = Math.min(1 - (b - t), Math.max(0, t + dy));
  return [x, y, x + r - l, y + b - t];
}

// Which edges a grip drags: -1 the left or top one, 1 the right or bottom one, 0 none.
//   (-1,-1) (0,-1) (1,-1)
//   (-1, 0)        (1, 0)
//   (-1, 1) (0, 1) (1, 1)
const GRIPS = [[-1, -1], [0, -1], [1, -1], [-1, 0], [1, 0], [-1, 1], [0, 1], [1, 1]];

function gripPlace([l, t, r, b], [gx, gy]) {
  return [gx < 0 ? l : gx > 0 ? r : (l + r) / 2, gy < 0 ? t : gy > 0 ? b : (t + b) / 2];
}

function draggedBox([l, t, r, b], [gx, gy], dx, dy) {
  return clampBox([l + (gx < 0 ? dx : 0), t + (gy < 0 ? dy : 0), r + (gx > 0 ? dx : 0), b + (gy > 0 ? dy : 0)]);
}

// The smallest box under a point: of a pocket on a shirt the pocket is meant.
function boxUnder(boxes, x, y) {
  let best = -1, area = Infinity;
  boxes.forEach(({ xyxy: [l, t, r, b] }, i) => {
    const size = (r - l) * (b - t);
    if (x >= l && x <= r && y >= t && y <= b && size < area) { best = i; area = size; }
  });
  return best;
}
