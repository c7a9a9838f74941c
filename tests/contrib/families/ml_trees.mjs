// Full trees over three features, with splits and weights in steps of 1/4 and inputs that meet some of them.
const features = 3;
const quarters = (random, count) => Array.from({ length: count }, () => Math.floor(random() * 17 - 8) / 4);

function nodes(random, trees, depth, modes, missing) {
  const lists = { treeids: [], nodeids: [], featureids: [], modes: [], truenodeids: [], falsenodeids: [], missing: [] };
  const leaves = [];
  const inner = 2 ** depth - 1;
  for (let tree = 0; tree < trees; ++tree) {
    for (let node = 0; node < 2 * inner + 1; ++node) {
      const isLeaf = node >= inner;
      lists.treeids.push(tree);
      lists.nodeids.push(node);
      lists.featureids.push(isLeaf ? 0 : Math.floor(random() * features));
      lists.modes.push(isLeaf ? 'LEAF' : modes[Math.floor(random() * modes.length)]);
      lists.truenodeids.push(isLeaf ? 0 : 2 * node + 1);
      lists.falsenodeids.push(isLeaf ? 0 : 2 * node + 2);
      lists.missing.push(isLeaf ? 0 : Math.floor(random() * 2));
      if (isLeaf) leaves.push({ tree, node });
    }
  }
  const attributes = {
    nodes_treeids: lists.treeids, nodes_nodeids: lists.nodeids, nodes_featureids: lists.featureids,
    nodes_modes: lists.modes, nodes_truenodeids: lists.truenodeids, nodes_falsenodeids: lists.falsenodeids,
    ...(missing && { nodes_missing_value_tracks_true: lists.missing }),
  };
  return { attributes, leaves, splits: quarters(random, lists.nodeids.length) };
}

function numbers(name, list, type) {
  if (type === 'float32') return { [name]: { floats: list } };
  return { [`${name}_as_tensor`]: { tensor: { type, dims: [list.length], data: Float64Array.from(list) } } };
}

// `target` is the number of what leaf i is for.
function ensemble(values, op, { prefix, target, weights = (random, count) => quarters(random, count), trees = 3,
  depth = 3, modes = ['BRANCH_LEQ'], type = 'float32', missing = false, attributes = {}, outputs, base }) {
  const { random, given } = values;
  const made = nodes(random, trees, depth, modes, missing);
  const wide = type === 'float64' ? type : 'float32';
  const data = quarters(random, 8 * features);
  if (missing) for (let i = 0; i < data.length; i += 5) data[i] = NaN;
  const whole = type.startsWith('int');
  return {
    op, domain: 'ai.onnx.ml', version: 3, outputs,
    inputs: [given(type, [8, features], whole ? data.map(Math.round) : data)],
    attributes: {
      ...made.attributes,
      ...numbers('nodes_values', made.splits, wide),
      [`${prefix}_treeids`]: made.leaves.map(({ tree }) => tree),
      [`${prefix}_nodeids`]: made.leaves.map(({ node }) => node),
      [`${prefix}_ids`]: made.leaves.map((_, i) => target(i)),
      ...numbers(`${prefix}_weights`, weights(random, made.leaves.length), wide),
      ...(base && numbers('base_values', base, wide)),
      ...attributes,
    },
  };
}

const regressor = (targets, aggregate, more = {}) => (values) => ensemble(values, 'TreeEnsembleRegressor', {
  prefix: 'target', target: (i) => i % targets, ...more,
  attributes: { n_targets: { int: targets }, aggregate_function: aggregate, ...more.attributes },
});
const classifier = (labels, target, more = {}) => (values) => ensemble(values, 'TreeEnsembleClassifier', {
  prefix: 'class', target, ...more, outputs: [typeof labels[0] === 'string' ? 'string' : 'int64', 'float32'],
  attributes: {
    [typeof labels[0] === 'string' ? 'classlabels_strings' : 'classlabels_int64s']: labels, ...more.attributes,
  },
});
const everyMode = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ'].map((mode) => `BRANCH_${mode}`);
const positive = (random, count) => Array.from({ length: count }, () => random() / 3);
const words = ['cat', 'dog', 'owl'];

export const cases = {
  tree_regressor_sum: regressor(1, 'SUM', { base: [0.5] }),
  tree_regressor_average: regressor(1, 'AVERAGE', { base: [0.5], modes: ['BRANCH_LT'] }),
  tree_regressor_min: regressor(2, 'MIN'),
  tree_regressor_max: regressor(2, 'MAX', { trees: 5, depth: 2 }),
  tree_regressor_modes: regressor(1, 'SUM', { modes: everyMode, depth: 4 }),
  tree_regressor_missing: regressor(1, 'SUM', { modes: everyMode, depth: 4, missing: true }),
  tree_regressor_double: regressor(2, 'SUM', { type: 'float64' }),
  tree_regressor_softmax: regressor(3, 'SUM', { attributes: { post_transform: 'SOFTMAX' } }),
  tree_classifier: classifier(words, (i) => i % 3),
  tree_classifier_base: classifier([5, 7, 9], (i) => i % 3, { base: [0.5, -1, 0.25] }),
  tree_classifier_double: classifier(words, (i) => i % 3, { type: 'float64' }),
  tree_classifier_int32: classifier(words, (i) => i % 3, { type: 'int32' }),
  tree_classifier_softmax: classifier(words, (i) => i % 3, { attributes: { post_transform: 'SOFTMAX' } }),
  tree_classifier_softmax_zero: classifier(words, (i) => i % 3, { attributes: { post_transform: 'SOFTMAX_ZERO' } }),
  tree_classifier_logistic: classifier(words, (i) => i % 3, { attributes: { post_transform: 'LOGISTIC' } }),
  tree_classifier_probit: classifier(words, (i) => i % 3,
    { weights: positive, attributes: { post_transform: 'PROBIT' }, base: [0.01, 0.02, 0.03] }),
  tree_classifier_binary: classifier(['no', 'yes'], () => 0),
  tree_classifier_binary_logistic: classifier([0, 1], () => 0,
    { base: [0.25], attributes: { post_transform: 'LOGISTIC' } }),
  tree_classifier_binary_probability: classifier([0, 1], () => 0, { weights: positive }),
};

const bytes = (list) => ({ tensor: { type: 'uint8', dims: [list.length], data: Uint8Array.from(list) } });
const floats = (type, list) => ({
  tensor: { type, dims: [list.length], data: (type === 'float64' ? Float64Array : Float32Array).from(list) },
});
// Two trees that share leaves, one with sets of values.
const treeEnsemble = (type, attributes = {}) => ({ given }) => ({
  op: 'TreeEnsemble', domain: 'ai.onnx.ml', version: 5, opset: 21, outputs: [type],
  inputs: [given(type, [5, 2], [1, -1, 2.5, 0, 3, 2, NaN, 7, -4, NaN])],
  attributes: {
    n_targets: { int: 2 }, tree_roots: [0, 3],
    nodes_featureids: [0, 0, 1, 1], nodes_modes: bytes([0, 6, 3, 6]), nodes_splits: floats(type, [2.5, 0, -0.5, 0]),
    nodes_truenodeids: [1, 0, 2, 3], nodes_trueleafs: [0, 1, 1, 1],
    nodes_falsenodeids: [2, 1, 0, 2], nodes_falseleafs: [0, 1, 1, 1],
    nodes_missing_value_tracks_true: [1, 0, 0, 1],
    membership_values: floats(type, [1, -4, 8, NaN, 7, -1, 0, 3, NaN]),
    leaf_targetids: [0, 1, 0, 1], leaf_weights: floats(type, [0.5, -1.25, 3, 0.75]), ...attributes,
  },
});
Object.assign(cases, {
  tree_ensemble_sets: treeEnsemble('float32'),
  tree_ensemble_double_max: treeEnsemble('float64', { aggregate_function: { int: 3 } }),
  tree_ensemble_average: treeEnsemble('float32', { aggregate_function: { int: 0 } }),
});
