// Pictures are { width, height, data } with red, green, blue and opacity per pixel, as ImageData has them.
import { distance } from './geometry.js';

function drawn(source, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

export const pixelsOf = (bitmap) => drawn(bitmap, bitmap.width, bitmap.height);
export const resizedBitmap = (bitmap, width, height) => drawn(bitmap, width, height);

/** The upright picture of what a box covers, so high and no wider than that; a box much taller than wide is laid on its side. */
export function crop(image, box, height, maxWidth) {
  const corners = distance(box[0], box[3]) >= 1.5 * distance(box[0], box[1]) ? [...box.slice(1), box[0]] : box;
  const [origin, right, , down] = corners;
  const ratio = Math.max(Math.round(distance(origin, right)), 1) / Math.max(Math.round(distance(origin, down)), 1);
  const width = Math.min(Math.max(Math.ceil(ratio * height), 1), maxWidth);
  const result = { width, height, data: new Uint8ClampedArray(4 * width * height) };
  // Where several source pixels fall into one, as many are averaged along each axis.
  const stepsX = Math.max(Math.round(distance(origin, right) / width), 1);
  const stepsY = Math.max(Math.round(distance(origin, down) / height), 1);
  const sum = [0, 0, 0];
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      sum.fill(0);
      for (let j = 0; j < stepsY; ++j) {
        for (let i = 0; i < stepsX; ++i) {
          const u = (x + (i + 0.5) / stepsX) / width;
          const v = (y + (j + 0.5) / stepsY) / height;
          sample(image, origin[0] + u * (right[0] - origin[0]) + v * (down[0] - origin[0]) - 0.5,
            origin[1] + u * (right[1] - origin[1]) + v * (down[1] - origin[1]) - 0.5, sum);
        }
      }
      for (let c = 0; c < 3; ++c) result.data[4 * (y * width + x) + c] = sum[c] / (stepsX * stepsY);
    }
  }
  return result;
}

/** Adds the colour between four pixels; outside the picture its edge goes on. */
function sample({ width, height, data }, x, y, sum) {
  const within = (value, last) => Math.min(Math.max(value, 0), last);
  const cx = within(x, width - 1);
  const cy = within(y, height - 1);
  const left = Math.floor(cx);
  const top = Math.floor(cy);
  const right = Math.min(left + 1, width - 1);
  const bottom = Math.min(top + 1, height - 1);
  const px = cx - left;
  const py = cy - top;
  for (let c = 0; c < 3; ++c) {
    const at = (column, row) => data[4 * (row * width + column) + c];
    const upper = at(left, top) + (at(right, top) - at(left, top)) * px;
    const lower = at(left, bottom) + (at(right, bottom) - at(left, bottom)) * px;
    sum[c] += upper + (lower - upper) * py;
  }
}

export function rotatedByHalf({ width, height, data }) {
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  return { width, height, data: new Uint8ClampedArray(pixels.toReversed().buffer) };
}

/** A picture as [1, 3, height, width]; columns from the picture's width up to `width` are zero. */
export function toPlanes(image, width, mean = [0.5, 0.5, 0.5], deviation = [0.5, 0.5, 0.5]) {
  const planes = new Float32Array(3 * image.height * width);
  for (let c = 0; c < 3; ++c) {
    const scale = 1 / (255 * deviation[c]);
    const offset = mean[c] / deviation[c];
    for (let y = 0; y < image.height; ++y) {
      const row = (c * image.height + y) * width;
      for (let x = 0; x < image.width; ++x) planes[row + x] = image.data[4 * (y * image.width + x) + c] * scale - offset;
    }
  }
  return planes;
}
