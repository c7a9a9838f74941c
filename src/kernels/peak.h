// Loops that do nothing but what a machine's speed is told by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wedge::kernels {

// Each returns a number that depends on all it did, so that nothing is left out, and adds to `operations` the additions
// and multiplications done.
float multiply_add_f32(size_t rounds, float factor, double& operations);
/// Products of floats that are split in parts; does nothing where they are not.
int32_t multiply_split_f32(size_t rounds, double& operations);
/// Products of 8-bit integers summed up in 32 bits.
int32_t multiply_add_int8(size_t rounds, int32_t factor, double& operations);
/// Reads every element.
float read_all(std::span<const float> values);

}  // namespace wedge::kernels
