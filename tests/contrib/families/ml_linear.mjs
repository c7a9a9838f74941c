const list = (tensor) => ({ floats: Array.from(tensor.data) });
const ml = (op, inputs, attributes, outputs = ['float32']) => ({
  op, domain: 'ai.onnx.ml', version: 1, inputs, outputs, attributes,
});
const words = ['cat', 'dog', 'owl'];

const regressor = (targets, attributes = {}) => ({ floats }) => ml('LinearRegressor', [floats(4, 3)], {
  coefficients: list(floats(targets, 3)), intercepts: list(floats(targets)), targets: { int: targets }, ...attributes,
});
const classifier = (attributes, samples) => (values) => ml('LinearClassifier',
  [samples ? samples(values) : values.floats(4, 3)],
  { coefficients: list(values.floats(3, 3)), intercepts: list(values.floats(3)), classlabels_strings: words,
    ...attributes }, ['string', 'float32']);
const binaryClassifier = (attributes = {}) => ({ floats }) => ml('LinearClassifier', [floats(4, 3)],
  { coefficients: list(floats(3)), intercepts: list(floats(1)), classlabels_ints: [5, 7], ...attributes },
  ['int64', 'float32']);

export const cases = {
  linear_regressor: regressor(1),
  linear_regressor_targets: regressor(2),
  linear_regressor_softmax: regressor(3, { post_transform: 'SOFTMAX' }),
  linear_classifier: classifier({}),
  linear_classifier_double: classifier({}, ({ integers }) => integers('float64', -3, 4, 4, 3)),
  linear_classifier_int64: classifier({}, ({ integers }) => integers('int64', -3, 4, 4, 3)),
  linear_classifier_softmax: classifier({ post_transform: 'SOFTMAX' }),
  linear_classifier_softmax_zero: classifier({ post_transform: 'SOFTMAX_ZERO' }),
  linear_classifier_logistic: classifier({ post_transform: 'LOGISTIC' }),
  linear_classifier_binary: binaryClassifier(),
  linear_classifier_binary_logistic: binaryClassifier({ post_transform: 'LOGISTIC' }),
};

const kernels = { LINEAR: [0, 0, 0], POLY: [0.5, 0.25, 3], RBF: [0.5, 0, 0], SIGMOID: [0.5, -0.25, 0] };
const kernel = (type) => ({ kernel_type: type, kernel_params: { floats: kernels[type] } });

const machineRegressor = (type, attributes = {}) => ({ floats }) => ml('SVMRegressor', [floats(4, 3)], {
  ...kernel(type), support_vectors: list(floats(5, 3)), coefficients: list(floats(5)), n_supports: { int: 5 },
  rho: list(floats(1)), ...attributes,
});
// Five support vectors of two classes, or nine of three.
const machine = (classes, type, attributes = {}, samples) => (values) => {
  const { floats } = values;
  const perClass = [2, 3, 4].slice(0, classes);
  const vectors = perClass.reduce((sum, count) => sum + count, 0);
  const labels = attributes.classlabels_strings ? {} : { classlabels_ints: [5, 7, 9].slice(0, classes) };
  return ml('SVMClassifier', [samples ? samples(values) : floats(6, 3)], {
    ...kernel(type), support_vectors: list(floats(vectors, 3)), coefficients: list(floats(classes - 1, vectors)),
    vectors_per_class: perClass, rho: list(floats(classes * (classes - 1) / 2)), ...labels, ...attributes,
  }, [attributes.classlabels_strings ? 'string' : 'int64', 'float32']);
};
const probabilities = { prob_a: { floats: [-1.5, -1, -2] }, prob_b: { floats: [0.25, 0.125, -0.25] } };
const probability = { prob_a: { floats: [-1.5] }, prob_b: { floats: [0.25] } };

Object.assign(cases, {
  svm_regressor_linear: machineRegressor('LINEAR'),
  svm_regressor_poly: machineRegressor('POLY'),
  svm_regressor_rbf: machineRegressor('RBF'),
  svm_regressor_sigmoid: machineRegressor('SIGMOID'),
  svm_regressor_one_class: machineRegressor('RBF', { one_class: { int: 1 } }),
  svm_regressor_without_vectors: ({ floats }) => ml('SVMRegressor', [floats(4, 3)],
    { ...kernel('LINEAR'), coefficients: list(floats(3)), rho: list(floats(1)) }),
  svm_classifier: machine(3, 'RBF'),
  svm_classifier_poly: machine(3, 'POLY', { post_transform: 'LOGISTIC' }),
  svm_classifier_strings: machine(3, 'SIGMOID', { classlabels_strings: words }),
  svm_classifier_softmax: machine(3, 'RBF', { post_transform: 'SOFTMAX' }),
  svm_classifier_probabilities: machine(3, 'RBF', probabilities),
  svm_classifier_binary: machine(2, 'LINEAR'),
  svm_classifier_binary_logistic: machine(2, 'RBF', { post_transform: 'LOGISTIC' }),
  svm_classifier_binary_probabilities: machine(2, 'RBF', probability),
  svm_classifier_int32: machine(3, 'RBF', {}, ({ integers }) => integers('int32', -2, 3, 6, 3)),
  svm_classifier_double: machine(2, 'RBF', {}, ({ integers }) => integers('float64', -2, 3, 6, 3)),
  svm_classifier_without_vectors: ({ floats }) => ml('SVMClassifier', [floats(6, 3)],
    { ...kernel('LINEAR'), coefficients: list(floats(3, 3)), rho: list(floats(1)), classlabels_ints: [5, 7, 9] },
    ['int64', 'float32']),
});
