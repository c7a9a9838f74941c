// Pictures to tensors and back, as onnxruntime-common does it, without a document: canvases are off screen.
import { WedgeError } from '../errors.js';
import type { TypedTensor } from './tensor.js';

type Format = 'RGB' | 'RGBA' | 'BGR' | 'RBG';
type PerChannel = number | [number, number, number] | [number, number, number, number];

export interface ImageOptions {
  readonly format?: Format;
  readonly tensorFormat?: Format;
  readonly tensorLayout?: 'NHWC' | 'NCHW';
  readonly dataType?: 'float32' | 'uint8';
  readonly width?: number;
  readonly height?: number;
  readonly resizedWidth?: number;
  readonly resizedHeight?: number;
  /** A channel's value is (byte + bias) / mean, and back. */
  readonly norm?: { readonly bias?: PerChannel; readonly mean?: PerChannel };
}

export interface FromImage {
  (image: ImageData | ImageBitmap | HTMLImageElement | string, options?: ImageOptions): Promise<TypedTensor<'float32'> | TypedTensor<'uint8'>>;
}

interface Picture {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

const channelOf = { R: 0, G: 1, B: 2, A: 3 };
const channelsOf = (format: Format) => [...format].map((letter) => channelOf[letter as 'R']);
const value = (numbers: PerChannel | undefined, channel: number, otherwise: number) =>
  numbers === undefined ? otherwise : typeof numbers === 'number' ? numbers : (numbers[channel] ?? otherwise);

function canvas(width: number, height: number): OffscreenCanvas {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  throw new WedgeError('UNSUPPORTED', 'pictures can be scaled and drawn only where there is an OffscreenCanvas; give ImageData of the wanted size');
}

async function pixelsOf(image: ImageData | ImageBitmap | HTMLImageElement | string, options: ImageOptions): Promise<ImageData> {
  const isPixels = typeof ImageData !== 'undefined' && image instanceof ImageData;
  if (isPixels && options.resizedWidth === undefined && options.resizedHeight === undefined) return image;
  const drawn = typeof image === 'string' ? await createImageBitmap(await (await fetch(image)).blob())
    : isPixels ? await createImageBitmap(image) : (image as ImageBitmap | HTMLImageElement);
  const width = options.resizedWidth ?? options.width ?? drawn.width;
  const height = options.resizedHeight ?? options.height ?? drawn.height;
  const context = canvas(width, height).getContext('2d')!;
  context.drawImage(drawn, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

export async function fromImage(image: ImageData | ImageBitmap | HTMLImageElement | string, options: ImageOptions = {}) {
  const { width, height, data: pixels } = await pixelsOf(image, options);
  const type = options.dataType ?? 'float32';
  const channels = channelsOf(options.tensorFormat ?? 'RGB');
  const data = type === 'float32' ? new Float32Array(channels.length * width * height) : new Uint8Array(channels.length * width * height);
  const last = options.tensorLayout === 'NHWC';
  channels.forEach((channel, c) => {
    const bias = value(options.norm?.bias, c, 0);
    const mean = value(options.norm?.mean, c, type === 'float32' ? 255 : 1);
    for (let i = 0; i < width * height; ++i) {
      data[last ? i * channels.length + c : c * width * height + i] = (pixels[4 * i + channel]! + bias) / mean;
    }
  });
  const dims = last ? [1, height, width, channels.length] : [1, channels.length, height, width];
  return { type, data, dims } as const;
}

export function toImageData(tensor: Picture, options: ImageOptions = {}): ImageData {
  const { dims } = tensor;
  const last = options.tensorLayout === 'NHWC';
  const [count, height, width] = (last ? [dims[3], dims[1], dims[2]] : [dims[1], dims[2], dims[3]]) as [number, number, number];
  if (dims.length !== 4 || dims[0] !== 1 || ![1, 3, 4].includes(count) || !['float32', 'uint8'].includes(tensor.type)) {
    throw new WedgeError('INVALID_ARGUMENT', `a ${tensor.type} tensor of dims [${dims}] is no picture`);
  }
  const data = tensor.data as Float32Array;
  const pixels = new ImageData(width, height);
  const channels = count === 1 ? [0] : channelsOf(options.format ?? (count === 4 ? 'RGBA' : 'RGB'));
  const area = width * height;
  for (let i = 0; i < area; ++i) {
    pixels.data[4 * i + 3] = 255;
    channels.forEach((channel, c) => {
      const mean = value(options.norm?.mean, c, tensor.type === 'float32' ? 255 : 1);
      pixels.data[4 * i + channel] = data[last ? i * count + c : c * area + i]! * mean - value(options.norm?.bias, c, 0);
    });
    if (count === 1) pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = pixels.data[4 * i]!;
  }
  return pixels;
}

export function toDataURL(tensor: Picture, options?: ImageOptions): string {
  if (typeof document === 'undefined') throw new WedgeError('UNSUPPORTED', 'toDataURL() needs a page; use toImageData()');
  const pixels = toImageData(tensor, options);
  const element = document.createElement('canvas');
  element.width = pixels.width;
  element.height = pixels.height;
  element.getContext('2d')!.putImageData(pixels, 0, 0);
  return element.toDataURL();
}
