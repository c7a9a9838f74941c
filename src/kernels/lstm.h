// The element-wise half of an LSTM step; the products before it are gemm()'s.
#pragma once

#include <cstddef>

namespace wedge::kernels {

/// gates: 4 x hidden_size preactivations in ONNX order (input, output, forget, cell), biases added.
/// cell <- sigmoid(forget) * cell + sigmoid(input) * tanh(cell gate); hidden <- sigmoid(output) * tanh(cell).
/// `cell` is read and written; no other overlap.
void lstm_cell_f32(const float* gates, float* cell, float* hidden, size_t hidden_size);

}  // namespace wedge::kernels
