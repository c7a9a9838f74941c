// Heads of 16 columns: ONNX Runtime wants a multiple of 8, and of 16 where it turns them.
const size = 16;
const all = ['float32', 'float32', 'float32'];
const lengths = ({ given }, ...entries) => given('int32', [entries.length], entries.map((entry) => entry - 1));

// `apart`: queries, keys and values; otherwise packed. `past` rows in the cache, `rows` new ones.
const attend = ({ apart = true, batch = 1, rows = 3, past = null, total = rows, each, attributes = {}, outputs = all },
  tail = () => []) => (values) => {
  const { floats, given } = values;
  const packed = [floats(batch, rows, 4 * 2 * size), null, null];
  const operands = [floats(batch, rows, 4 * size), floats(batch, rows, 2 * size), floats(batch, rows, 2 * size)];
  const cache = () => (past === null ? null : floats(batch, 2, past, size));
  return {
    op: 'GroupQueryAttention', outputs,
    attributes: { num_heads: { int: 4 }, kv_num_heads: { int: 2 }, ...attributes },
    inputs: [...(apart ? operands : packed), cache(), cache(),
      lengths(values, ...(each ?? Array(batch).fill(total))), given('int32', [], [total]), ...tail(values)],
  };
};
const tables = (columns) => ({ floatsBetween }) => [floatsBetween(-1, 1, 12, columns), floatsBetween(-1, 1, 12, columns)];
const rotary = { do_rotary: { int: 1 } };
const window = { local_window_size: { int: 2 } };

export const cases = {
  group_query_attention: attend({ batch: 2 }),
  group_query_attention_packed: attend({ apart: false, batch: 2 }),
  group_query_attention_scale: attend({ attributes: { scale: 0.1 } }),
  group_query_attention_past: attend({ batch: 2, rows: 1, past: 4, total: 5 }),
  group_query_attention_ragged: attend({ batch: 2, rows: 1, past: 6, total: 5, each: [5, 3] }),
  group_query_attention_buffer: attend({ rows: 2, past: 8, total: 6 }),
  group_query_attention_empty_buffer: attend({ rows: 3, past: 8 }),
  group_query_attention_rotary: attend({ batch: 2, attributes: rotary }, tables(8)),
  group_query_attention_rotary_packed: attend({ apart: false, batch: 2, attributes: rotary }, tables(8)),
  group_query_attention_rotary_past: attend({ batch: 2, rows: 1, past: 6, total: 5, each: [5, 3], attributes: rotary },
    tables(8)),
  group_query_attention_rotary_interleaved: attend(
    { attributes: { ...rotary, rotary_interleaved: { int: 1 } } }, tables(8)),
  group_query_attention_rotary_positions: attend({ rows: 2, past: 4, total: 6, attributes: rotary }, (values) =>
    [...tables(8)(values), values.given('int64', [1, 2], [7, 3])]),
  group_query_attention_window: attend({ rows: 5, attributes: window }),
  group_query_attention_window_past: attend({ rows: 1, past: 4, total: 5, attributes: window }),
  group_query_attention_softcap: attend({ attributes: { softcap: 1.5 } }),
  group_query_attention_smooth: attend({ attributes: { smooth_softmax: { int: 1 } } }),
  group_query_attention_sink: attend({}, ({ floats }) => [null, null, null, null, floats(4)]),
  group_query_attention_bias: attend({ batch: 2, attributes: { softcap: 2 } }, ({ floats }) =>
    [null, null, null, floats(2, 1, 3, 3)]),
  group_query_attention_bias_past: attend({ rows: 2, past: 8, total: 6 }, ({ floats }) =>
    [null, null, null, floats(1, 4, 2, 6)]),
  group_query_attention_scores: attend({ rows: 1, past: 3, total: 4, attributes: { qk_output: { int: 1 }, softcap: 2 },
    outputs: [...all, 'float32'] }, ({ floats }) => [null, null, null, floats(1, 4, 1, 4)]),
  group_query_attention_causal_scores: attend({ attributes: { qk_output: { int: 1 } }, outputs: [...all, 'float32'] }),
  group_query_attention_probabilities: attend({ attributes: { qk_output: { int: 2 }, ...window, smooth_softmax: { int: 1 } },
    outputs: [...all, 'float32'] }),
  group_query_attention_both_ways: attend({ rows: 2, past: 4, total: 6, attributes: { causal: { int: 0 } } }),
};
