// Points are [x, y]; a quad has its corners clockwise: of text top left, top right, bottom right, bottom left.

const subtract = ([ax, ay], [bx, by]) => [ax - bx, ay - by];
const dot = ([ax, ay], [bx, by]) => ax * bx + ay * by;
const cross = ([ax, ay], [bx, by]) => ax * by - ay * bx;
export const distance = ([ax, ay], [bx, by]) => Math.hypot(bx - ax, by - ay);
export const along = ([x, y], [dx, dy], length) => [x + dx * length, y + dy * length];

function direction(from, to) {
  const length = distance(from, to);
  return length > 0 ? [(to[0] - from[0]) / length, (to[1] - from[1]) / length] : [1, 0];
}

function chain(points) {
  const hull = [];
  for (const point of points) {
    while (hull.length >= 2 && cross(subtract(hull.at(-1), hull.at(-2)), subtract(point, hull.at(-1))) <= 0) hull.pop();
    hull.push(point);
  }
  hull.pop();
  return hull;
}

export function convexHull(points) {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (sorted.length < 3) return sorted;
  return [...chain(sorted), ...chain(sorted.toReversed())];
}

/** A rectangle with one side along `axis` around all points, and its area. */
function rectangleAlong(axis, points) {
  const normal = [-axis[1], axis[0]];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const point of points) {
    const x = dot(point, axis);
    const y = dot(point, normal);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const corner = (x, y) => along(along([0, 0], axis, x), normal, y);
  return { corners: [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)], area: (right - left) * (bottom - top) };
}

/** Which way the side that starts at a corner goes; of a side too short to tell, its neighbour knows. */
function sideDirection(corners, first) {
  const next = corners[(first + 1) % 4];
  const after = corners[(first + 2) % 4];
  if (distance(corners[first], next) >= distance(next, after)) return direction(corners[first], next);
  const [x, y] = direction(next, after);
  return [y, -x];
}

function startAtTopLeft(corners) {
  let first = 0;
  let best = -Infinity;
  corners.forEach((_, i) => {
    const [rightward] = sideDirection(corners, i);
    if (rightward > best + 1e-4) [best, first] = [rightward, i];
  });
  return [...corners.slice(first), ...corners.slice(0, first)];
}

/** The rectangle of least area around a hull: one side lies along an edge. */
export function minAreaRectangle(hull) {
  let best = rectangleAlong([1, 0], hull);
  hull.forEach((point, i) => {
    const other = rectangleAlong(direction(point, hull[(i + 1) % hull.length]), hull);
    if (other.area < best.area) best = other;
  });
  return startAtTopLeft(best.corners);
}

/** The rectangle with every side moved outwards. */
export function expand(quad, margin) {
  const right = sideDirection(quad, 0);
  const down = [-right[1], right[0]];
  const move = (point, x, y) => along(along(point, right, x * margin), down, y * margin);
  return [move(quad[0], -1, -1), move(quad[1], 1, -1), move(quad[2], 1, 1), move(quad[3], -1, 1)];
}

export function contains(quad, point) {
  const within = (from, to) => {
    const side = subtract(to, from);
    const part = dot(subtract(point, from), side);
    return part >= 0 && part <= dot(side, side);
  };
  return within(quad[0], quad[1]) && within(quad[0], quad[3]);
}
