const product = (a, b, attributes) => ({ floats }) => ({ op: 'FusedMatMul', inputs: [floats(...a), floats(...b)], attributes });
const gemm = (attributes, ...c) => ({ floats }) => ({
  op: 'FusedGemm', inputs: [floats(3, 4), floats(4, 5), ...c.map((dims) => floats(...dims))], attributes,
});
const conv = (attributes, ...rest) => ({ floats }) => ({
  op: 'FusedConv', inputs: [floats(2, 3, 5, 6), floats(4, 3, 3, 3), ...rest.map((dims) => dims && floats(...dims))], attributes,
});
const yes = { int: 1 };

export const cases = {
  fused_matmul_alpha: product([2, 3, 4], [4, 5], { alpha: 0.5 }),
  fused_matmul_first_transposed: product([2, 4, 3], [2, 4, 5], { transA: yes }),
  fused_matmul_second_transposed: product([2, 3, 4], [5, 4], { transB: yes, alpha: -2 }),
  fused_matmul_both_transposed: product([2, 1, 4, 3], [3, 5, 4], { transA: yes, transB: yes }),
  fused_matmul_vector: product([4], [2, 5, 4], { transA: yes, transB: yes }),
  fused_matmul_first_batch: product([3, 2, 4], [2, 4, 5], { transBatchA: yes }),
  fused_matmul_second_batch: product([2, 3, 4], [4, 2, 5], { transBatchB: yes }),
  fused_matmul_batches: product([4, 2, 3, 3], [5, 2, 3, 4], { transBatchA: yes, transA: yes, transBatchB: yes, transB: yes }),
  fused_gemm_relu: gemm({ activation: 'Relu' }, [5]),
  fused_gemm_leaky_relu: gemm({ activation: 'LeakyRelu', activation_alpha: 0.25, alpha: 0.5, beta: 2 }, [3, 5]),
  fused_gemm_sigmoid: gemm({ activation: 'Sigmoid' }),
  fused_gemm_hard_sigmoid: gemm({ activation: 'HardSigmoid', activation_alpha: 0.25, activation_beta: 0.4 }, [3, 1]),
  fused_gemm_tanh: gemm({ activation: 'Tanh' }, [1]),
  fused_conv: conv({}),
  fused_conv_relu: conv({ activation: 'Relu', pads: [1, 1, 1, 1] }, [4]),
  fused_conv_leaky_relu: conv({ activation: 'LeakyRelu', activation_params: { floats: [0.25] } }, [4]),
  fused_conv_clip: conv({ activation: 'Clip', activation_params: { floats: [-1, 2] } }, [4]),
  fused_conv_hard_sigmoid: conv({ activation: 'HardSigmoid', activation_params: { floats: [0.25, 0.4] } }),
  fused_conv_sigmoid: conv({ activation: 'Sigmoid' }),
  fused_conv_tanh: conv({ activation: 'Tanh' }),
  fused_conv_sum: conv({}, null, [2, 4, 3, 4]),
  fused_conv_sum_relu: conv({ activation: 'Relu' }, [4], [2, 4, 3, 4]),
};
