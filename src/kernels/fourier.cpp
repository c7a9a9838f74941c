#include "kernels/fourier.h"

#include <algorithm>
#include <bit>
#include <numbers>

namespace wedge::kernels {
namespace {

Fourier::Complex turn(double part) {
  const double angle = -2 * std::numbers::pi * part;
  return {std::cos(angle), std::sin(angle)};
}

}  // namespace

Fourier::Fourier(size_t length) : length_(length), padded_(std::bit_ceil(std::max<size_t>(length, 1))) {
  const bool is_power = padded_ == length;
  if (!is_power) padded_ = std::bit_ceil(2 * std::max<size_t>(length, 1));
  turns_.resize(padded_ / 2);
  for (size_t k = 0; k < turns_.size(); ++k) turns_[k] = turn(static_cast<double>(k) / static_cast<double>(padded_));
  if (is_power) return;
  chirp_.resize(length);
  spectrum_.resize(padded_);
  for (size_t k = 0; k < length; ++k) {
    // Whole turns are taken off in integers, where they cost no precision.
    const size_t square = k * k % (2 * length);
    chirp_[k] = turn(static_cast<double>(square) / static_cast<double>(2 * length));
    spectrum_[k] = std::conj(chirp_[k]);
    if (k != 0) spectrum_[padded_ - k] = spectrum_[k];
  }
  transform_padded(spectrum_.data());
}

void Fourier::transform_padded(Complex* data) const {
  for (size_t i = 1, j = 0; i < padded_; ++i) {
    size_t bit = padded_ / 2;
    for (; (j & bit) != 0; bit /= 2) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(data[i], data[j]);
  }
  for (size_t half = 1; half < padded_; half *= 2) {
    const size_t step = padded_ / (2 * half);
    for (size_t first = 0; first < padded_; first += 2 * half) {
      for (size_t k = 0; k < half; ++k) {
        const Complex odd = data[first + half + k] * turns_[k * step];
        data[first + half + k] = data[first + k] - odd;
        data[first + k] += odd;
      }
    }
  }
}

void Fourier::forward(Complex* data, Complex* work) const {
  if (chirp_.empty()) return transform_padded(data);
  std::fill_n(work, padded_, Complex());
  for (size_t i = 0; i < length_; ++i) work[i] = data[i] * chirp_[i];
  transform_padded(work);
  // Conjugates turn the forward transform into the inverse one.
  for (size_t i = 0; i < padded_; ++i) work[i] = std::conj(work[i] * spectrum_[i]);
  transform_padded(work);
  const double scale = 1.0 / static_cast<double>(padded_);
  for (size_t i = 0; i < length_; ++i) data[i] = std::conj(work[i]) * scale * chirp_[i];
}

void Fourier::transform(Complex* data, Complex* work, bool inverse) const {
  if (!inverse) return forward(data, work);
  for (size_t i = 0; i < length_; ++i) data[i] = std::conj(data[i]);
  forward(data, work);
  const double scale = 1.0 / static_cast<double>(length_);
  for (size_t i = 0; i < length_; ++i) data[i] = std::conj(data[i]) * scale;
}

}  // namespace wedge::kernels
