// Strokes, and how the network wants to see them: 8 × 8 pixels that the digit fills from top to bottom.

const fine = 32;
const side = 8;
/** The pen's width on the fine grid, like that of the scanned digits. */
const pen = 5.6;

/** The strokes, moved and scaled so that they fill the grid as the scanned digits do. */
function normalised(strokes) {
  const points = strokes.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = (fine - pen) / Math.max(bottom - top, right - left, 1e-6);
  const middleX = (left + right) / 2;
  const middleY = (top + bottom) / 2;
  return strokes.map((stroke) => stroke.map(([x, y]) => [(x - middleX) * scale + fine / 2, (y - middleY) * scale + fine / 2]));
}

export function drawStrokes(context, strokes, width) {
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = width;
  for (const stroke of strokes) {
    context.beginPath();
    stroke.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    if (stroke.length === 1) context.lineTo(stroke[0][0] + 0.01, stroke[0][1]);
    context.stroke();
  }
}

/** 64 values, 0 for paper and 1 for full ink: how much of each pixel's 4 × 4 finer ones is covered. */
export function toImage(strokes) {
  const canvas = new OffscreenCanvas(fine, fine);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.strokeStyle = '#000';
  drawStrokes(context, normalised(strokes), pen);
  const { data } = context.getImageData(0, 0, fine, fine);
  const image = new Float32Array(side * side);
  const step = fine / side;
  for (let y = 0; y < fine; ++y) {
    for (let x = 0; x < fine; ++x) {
      image[Math.floor(y / step) * side + Math.floor(x / step)] += data[4 * (y * fine + x) + 3] / 255 / step ** 2;
    }
  }
  return image;
}

const curve = (from, to, count, point) => Array.from({ length: count + 1 }, (_, i) => point(from + ((to - from) * i) / count));
const turn = Math.PI * 2;
const arc = (x, y, rx, ry, from, to) => curve(from * turn, to * turn, 24, (angle) => [x + rx * Math.cos(angle), y + ry * Math.sin(angle)]);

/** One way to write each digit, in a square from 0 to 1. */
export const samples = [
  [arc(0.5, 0.5, 0.26, 0.38, -0.25, 0.75)],
  [[[0.36, 0.26], [0.54, 0.12], [0.54, 0.88]]],
  [[...arc(0.5, 0.33, 0.22, 0.21, -0.5, 0.08), [0.3, 0.86], [0.74, 0.86]]],
  [[...arc(0.47, 0.31, 0.2, 0.19, -0.42, 0.22), ...arc(0.47, 0.68, 0.23, 0.2, -0.24, 0.42)]],
  [[[0.52, 0.12], [0.27, 0.6], [0.76, 0.6]], [[0.62, 0.36], [0.58, 0.88]]],
  [[[0.7, 0.13], [0.36, 0.13], [0.33, 0.46], ...arc(0.47, 0.65, 0.22, 0.22, -0.32, 0.4)]],
  [[[0.62, 0.12], [0.44, 0.28], [0.33, 0.5], ...arc(0.5, 0.68, 0.2, 0.19, 0.5, 1.5)]],
  [[[0.27, 0.14], [0.72, 0.14], [0.46, 0.88]], [[0.36, 0.5], [0.7, 0.5]]],
  [[...arc(0.5, 0.31, 0.17, 0.18, 0.25, -0.75), ...arc(0.5, 0.69, 0.21, 0.2, -0.25, 0.75)]],
  [[...arc(0.5, 0.33, 0.19, 0.2, 0, -1), [0.69, 0.36], [0.62, 0.88]]],
];
