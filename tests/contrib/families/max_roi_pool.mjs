const pool = (regions, attributes) => ({ given, floats }) => ({
  op: 'MaxRoiPool', domain: '', inputs: [floats(2, 3, 6, 7), given('float32', [regions.length, 5], regions.flat())],
  attributes: { pooled_shape: [2, 3], ...attributes },
});

export const cases = {
  max_roi_pool: pool([[0, 0, 0, 6, 5], [1, 2, 1, 4, 3], [1, 3, 3, 3, 3], [0, 5, 4, 9, 9], [0, -4, -4, 2, 1]]),
  max_roi_pool_scale: pool([[1, 1, 3, 11.4, 7], [0, 12.6, 9, 2, 3]], { spatial_scale: 0.5, pooled_shape: [3, 2] }),
};
