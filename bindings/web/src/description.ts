import type { Engine } from './engine.js';
import { typeOfCode, type ElementType } from './types.js';

/** An input or output as the model declares it. */
export interface ValueDescription {
  readonly name: string;
  /** undefined where the model does not say. */
  readonly type: ElementType | undefined;
  readonly kind: 'tensor' | 'sequence' | 'optional' | 'optional sequence';
  /** Numbers, names of sizes that are not fixed, and null for those without a name; undefined for an unknown rank. */
  readonly dims: readonly (number | string | null)[] | undefined;
}

export interface Description {
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** The model's own notes. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The version of every operator set it is written in; 'ai.onnx' is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
}

const sequence = 0x20;
const optional = 0x40;
const kinds = ['tensor', 'sequence', 'optional', 'optional sequence'] as const;

function readValue(engine: Engine, info: number): ValueDescription {
  const code = engine.word(info + 4);
  const rank = engine.word(info + 8) | 0;
  const dims = engine.word(info + 12);
  const symbols = engine.word(info + 16);
  return {
    name: engine.text(engine.word(info)),
    type: (code & 0x1f) === 0 ? undefined : typeOfCode(code),
    kind: kinds[(code & (sequence | optional)) / sequence]!,
    dims: rank < 0 ? undefined : Array.from({ length: rank }, (_, i) => {
      const dim = Number(engine.wide[(dims >>> 3) + i]);
      return dim >= 0 ? dim : (symbols === 0 ? '' : engine.text(engine.word(symbols + 4 * i))) || null;
    }),
  };
}

/** What a session says about itself. */
export function describe(engine: Engine, session: number): Description {
  const { exports: e, scratch } = engine;
  const list = <T>(count: (session: number, count: number) => number, item: (index: number) => T): T[] => {
    engine.check(count(session, scratch));
    return Array.from({ length: engine.word(scratch) }, (_, i) => item(i));
  };
  const value = (get: Getter) => (i: number) => {
    engine.check(get(session, i, scratch));
    return readValue(engine, scratch);
  };
  return {
    inputs: list(e.wedge_session_input_count, value(e.wedge_session_get_input)),
    outputs: list(e.wedge_session_output_count, value(e.wedge_session_get_output)),
    metadata: Object.fromEntries(list(e.wedge_session_metadata_count, (i) => {
      engine.check(e.wedge_session_get_metadata(session, i, scratch, scratch + 4));
      return [engine.text(engine.word(scratch)), engine.text(engine.word(scratch + 4))];
    })),
    opsets: Object.fromEntries(list(e.wedge_session_opset_count, (i) => {
      engine.check(e.wedge_session_get_opset(session, i, scratch, scratch + 8));
      return [engine.text(engine.word(scratch)) || 'ai.onnx', Number(engine.wide[(scratch + 8) >>> 3])];
    })),
  };
}

type Getter = (session: number, index: number, info: number) => number;
