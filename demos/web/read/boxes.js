// From the map of the detection model to boxes around lines of text.
import { contains, convexHull, distance, expand, minAreaRectangle } from './geometry.js';

// Those PP-OCRv4 is published with.
const pixelThreshold = 0.3;
const boxThreshold = 0.6;
const expansion = 2;
const minSide = 3;

/** The border of the pixels that hang together with a first one, corners included; takes all of them out of `text`. */
function takeComponent(text, width, first) {
  const height = text.length / width;
  const reached = [first];
  text[first] = 0;
  for (let next = 0; next < reached.length; ++next) {
    const x = reached[next] % width;
    const y = (reached[next] - x) / width;
    for (let nearY = Math.max(y - 1, 0); nearY <= Math.min(y + 1, height - 1); ++nearY) {
      for (let nearX = Math.max(x - 1, 0); nearX <= Math.min(x + 1, width - 1); ++nearX) {
        const neighbour = nearY * width + nearX;
        if (text[neighbour] === 0) continue;
        text[neighbour] = 0;
        reached.push(neighbour);
      }
    }
  }
  // The first and last pixel of every row are all that a hull can need.
  const rows = new Map();
  for (const pixel of reached) {
    const x = pixel % width;
    const y = (pixel - x) / width;
    const row = rows.get(y);
    if (row === undefined) rows.set(y, [x, x]);
    else [row[0], row[1]] = [Math.min(row[0], x), Math.max(row[1], x)];
  }
  return [...rows].flatMap(([y, [left, right]]) => (left === right ? [[left + 0.5, y + 0.5]] : [[left + 0.5, y + 0.5], [right + 0.5, y + 0.5]]));
}

function meanInside(map, width, height, box) {
  const index = (value, size) => Math.min(Math.max(Math.trunc(value), 0), size - 1);
  const xs = box.map(([x]) => x);
  const ys = box.map(([, y]) => y);
  let sum = 0;
  let count = 0;
  for (let y = index(Math.floor(Math.min(...ys)), height); y <= index(Math.ceil(Math.max(...ys)), height); ++y) {
    for (let x = index(Math.floor(Math.min(...xs)), width); x <= index(Math.ceil(Math.max(...xs)), width); ++x) {
      if (!contains(box, [x + 0.5, y + 0.5])) continue;
      sum += map[y * width + x];
      ++count;
    }
  }
  return count === 0 ? 0 : sum / count;
}

const middle = (box) => (box[0][1] + box[2][1]) / 2;

/** From top to bottom, and from left to right those that share a line. */
function inReadingOrder(boxes) {
  const rest = boxes.toSorted((a, b) => middle(a) - middle(b));
  const sorted = [];
  while (rest.length > 0) {
    const reach = middle(rest[0]) + distance(rest[0][0], rest[0][3]) / 2;
    const end = rest.findIndex((box) => middle(box) > reach);
    sorted.push(...rest.splice(0, end < 0 ? rest.length : end).sort((a, b) => a[0][0] - b[0][0]));
  }
  return sorted;
}

/** Boxes in the pixels of the map. */
export function findTextBoxes(map, width, height) {
  const text = Uint8Array.from(map, (value) => (value > pixelThreshold ? 1 : 0));
  const boxes = [];
  for (let i = 0; i < text.length; ++i) {
    if (text[i] === 0) continue;
    const box = minAreaRectangle(convexHull(takeComponent(text, width, i)));
    const across = distance(box[0], box[1]);
    const down = distance(box[0], box[3]);
    if (Math.min(across, down) < minSide || meanInside(map, width, height, box) < boxThreshold) continue;
    boxes.push(expand(box, (across * down * expansion) / (2 * (across + down))));
  }
  return inReadingOrder(boxes);
}
