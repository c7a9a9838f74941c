const batch = (version, dims, statistics, attributes) => ({ floats, floatsBetween }) => ({
  op: 'BatchNormalization', domain: '', opset: version, attributes,
  inputs: [floats(...dims), floats(...statistics), floats(...statistics), floats(...statistics),
    floatsBetween(0.5, 2, ...statistics)],
});

export const cases = {
  batch_normalization_per_element: batch(7, [2, 3, 4, 2], [3, 4, 2], { spatial: { int: 0 } }),
  batch_normalization_spatial: batch(8, [2, 3, 4], [3], { spatial: { int: 1 } }),
};
