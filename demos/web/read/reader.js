// Reads the text in a picture with the PP-OCRv4 models: detection, direction, recognition. It is written for the
// interface of onnxruntime-web, so that it runs on either engine.
import { findTextBoxes } from './boxes.js';
import { crop, pixelsOf, resizedBitmap, rotatedByHalf, toPlanes } from './image.js';

const maxSide = 960;
const lineHeight = 48;
const directionWidth = 192;
const recognitionMinWidth = 320;
const multiple = 32;
const upsideDownScore = 0.9;
const minScore = 0.5;

export const files = {
  detection: 'ch_PP-OCRv4_det_infer.onnx',
  direction: 'ch_ppocr_mobile_v2.0_cls_infer.onnx',
  recognition: 'ch_PP-OCRv4_rec_infer.onnx',
  alphabet: 'ppocr_keys_v1.txt',
};

/** The most probable class of every step; repeated classes count once and blanks separate. */
function decodeGreedily(probabilities, alphabet) {
  let text = '';
  let score = 0;
  let count = 0;
  let previous = 0;
  for (let start = 0; start < probabilities.length; start += alphabet.length) {
    let best = 0;
    for (let i = 1; i < alphabet.length; ++i) if (probabilities[start + i] > probabilities[start + best]) best = i;
    if (best !== 0 && best !== previous) {
      text += alphabet[best];
      score += probabilities[start + best];
      ++count;
    }
    previous = best;
  }
  return { text, score: count > 0 ? score / count : 0 };
}

export class Reader {
  #ort;
  #sessions;
  #alphabet;

  /** `ort`: onnxruntime-web or wedge-onnx/ort; `models`: the contents of `files`. */
  static async load(ort, models) {
    const [detection, direction, recognition] = [models.detection, models.direction, models.recognition];
    const sessions = {};
    for (const [name, bytes] of Object.entries({ detection, direction, recognition })) {
      sessions[name] = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
    }
    const lines = new TextDecoder().decode(models.alphabet).replace(/\n$/, '').split(/\r?\n/);
    return new Reader(ort, sessions, ['', ...lines, ' ']);
  }

  constructor(ort, sessions, alphabet) {
    this.#ort = ort;
    this.#sessions = sessions;
    this.#alphabet = alphabet;
  }

  async #run(name, planes, height, width) {
    const session = this.#sessions[name];
    const start = performance.now();
    const results = await session.run({ [session.inputNames[0]]: new this.#ort.Tensor('float32', planes, [1, 3, height, width]) });
    return { data: results[session.outputNames[0]].data, time: performance.now() - start };
  }

  /** The lines of text in reading order, one after the other as they are read, and what they took. */
  async read(bitmap, onLine = () => {}) {
    const times = { detection: 0, direction: 0, recognition: 0 };
    const { width, height } = bitmap;
    const scale = Math.min(1, maxSide / Math.max(width, height));
    const side = (length) => Math.max(Math.round((length * scale) / multiple), 1) * multiple;
    const scaled = resizedBitmap(bitmap, side(width), side(height));
    const planes = toPlanes(scaled, scaled.width, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
    const map = await this.#run('detection', planes, scaled.height, scaled.width);
    times.detection = map.time;
    const boxes = findTextBoxes(map.data, scaled.width, scaled.height)
      .map((box) => box.map(([x, y]) => [(x * width) / scaled.width, (y * height) / scaled.height]));

    const image = pixelsOf(bitmap);
    const lines = [];
    for (const box of boxes) {
      let line = crop(image, box, lineHeight, lineHeight * 100);
      const narrow = line.width <= directionWidth ? line : crop(image, box, lineHeight, directionWidth);
      const turned = await this.#run('direction', toPlanes(narrow, directionWidth), lineHeight, directionWidth);
      times.direction += turned.time;
      if (turned.data[1] > upsideDownScore) line = rotatedByHalf(line);
      const padded = Math.max(recognitionMinWidth, Math.ceil(line.width / multiple) * multiple);
      const steps = await this.#run('recognition', toPlanes(line, padded), lineHeight, padded);
      times.recognition += steps.time;
      const reading = decodeGreedily(steps.data, this.#alphabet);
      if (reading.text === '' || reading.score < minScore) continue;
      lines.push({ ...reading, box });
      onLine(lines.at(-1));
    }
    return { lines, boxes: boxes.length, times };
  }
}
