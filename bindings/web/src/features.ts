// What this machine's WebAssembly can do, asked with modules of a few bytes.

const header = [0, 97, 115, 109, 1, 0, 0, 0];
const oneFunction = [1, 4, 1, 96, 0, 0, 3, 2, 1, 0];

function valid(...sections: number[][]): boolean {
  return WebAssembly.validate(Uint8Array.from([...header, ...sections.flat()]));
}

/** A code section with one function of that body. */
function code(...body: number[]): number[] {
  return [10, body.length + 4, 1, body.length + 2, 0, ...body, 11];
}

const v128 = (lane: number) => [253, 12, ...new Array<number>(16).fill(lane)];
const drop = 26;

export interface Features {
  readonly simd: boolean;
  readonly relaxed: boolean;
  /** Shared memory and atomic operations; whether threads may be used is for the page's isolation to say. */
  readonly threads: boolean;
}

let known: Features | undefined;

export function features(): Features {
  known ??= {
    // i8x16.popcnt came with the final form of SIMD.
    simd: valid(oneFunction, code(...v128(0), 253, 98, drop)),
    // f32x4.relaxed_madd
    relaxed: valid(oneFunction, code(...v128(0), ...v128(0), ...v128(0), 253, 133, 2, drop)),
    // memory.atomic.notify on a shared memory
    threads: typeof SharedArrayBuffer !== 'undefined' &&
      valid(oneFunction, [5, 4, 1, 3, 1, 1], code(65, 0, 65, 0, 254, 0, 2, 0, drop)),
  };
  return known;
}
