const ml = (op, inputs, attributes, outputs = ['float32']) => ({
  op, domain: 'ai.onnx.ml', version: 1, inputs, outputs, attributes,
});
const scaler = { offset: { floats: [1, 2, -3] }, scale: { floats: [0.5, 2, 1.5] } };
const norm = (name) => ({ given }) => ml('Normalizer',
  [given('float32', [4, 3], [1, -2, 0.5, -1, -3, -2, 0, 0, 0, 4, 0, 3])], { norm: name });
const numbers = [1, 2, 5];
const mapper = { cats_strings: ['a', 'b'], cats_int64s: [4, 7] };

export const cases = {
  scaler: ({ floats }) => ml('Scaler', [floats(4, 3)], scaler),
  scaler_one_for_all: ({ floats }) => ml('Scaler', [floats(2, 3)], { offset: { floats: [1] }, scale: { floats: [3] } }),
  scaler_vector: ({ floats }) => ml('Scaler', [floats(3)], scaler),
  scaler_int64: ({ integers }) => ml('Scaler', [integers('int64', -5, 5, 4, 3)], scaler),
  scaler_double: ({ integers }) => ml('Scaler', [integers('float64', -5, 5, 4, 3)], scaler),
  normalizer_max: norm('MAX'),
  normalizer_l1: norm('L1'),
  normalizer_l2: norm('L2'),
  normalizer_int32: ({ integers }) => ml('Normalizer', [integers('int32', -5, 5, 4)], { norm: 'L2' }),
  one_hot_encoder: ({ integers }) => ml('OneHotEncoder', [integers('int64', 0, 6, 2, 4)], { cats_int64s: numbers }),
  one_hot_encoder_float: ({ floatsBetween }) => ml('OneHotEncoder', [floatsBetween(-3, 6, 9)],
    { cats_int64s: numbers }),
  one_hot_encoder_strings: ({ given }) => ml('OneHotEncoder', [given('string', [1, 3], ['b', 'a', 'é'])],
    { cats_strings: ['a', 'b', 'c'] }),
  one_hot_encoder_all_known: ({ given }) => ml('OneHotEncoder', [given('int64', [2], [5, 1])],
    { cats_int64s: numbers, zeros: { int: 0 } }),
  imputer: ({ integers }) => ml('Imputer', [integers('float32', 0, 3, 4, 3)],
    { imputed_value_floats: { floats: [7, 8, 9] }, replaced_value_float: 1 }),
  imputer_nan: ({ given }) => ml('Imputer', [given('float32', [2, 2], [0, NaN, NaN, 3])],
    { imputed_value_floats: { floats: [7] }, replaced_value_float: NaN }),
  imputer_int64: ({ integers }) => ml('Imputer', [integers('int64', 0, 3, 4, 3)],
    { imputed_value_int64s: [7, 8, 9], replaced_value_int64: { int: 2 } }, ['int64']),
  feature_vectorizer: ({ floats }) => ml('FeatureVectorizer', [floats(2, 3), floats(2, 1), floats(2, 2)],
    { inputdimensions: [3, 1, 2] }),
  feature_vectorizer_widths: ({ integers }) => ml('FeatureVectorizer',
    [integers('int64', -5, 5, 2, 3), integers('int64', -5, 5, 2, 1)], { inputdimensions: [2, 3] }),
  feature_vectorizer_vectors: ({ integers }) => ml('FeatureVectorizer',
    [integers('float64', -5, 5, 3), integers('float64', -5, 5, 2)], { inputdimensions: [3, 2] }),
  category_mapper: ({ given }) => ml('CategoryMapper', [given('string', [2, 2], ['a', 'b', 'x', ''])],
    { ...mapper, default_int64: { int: 9 } }, ['int64']),
  category_mapper_strings: ({ given }) => ml('CategoryMapper', [given('int64', [3], [7, 4, 5])],
    { ...mapper, default_string: '?' }, ['string']),
};
