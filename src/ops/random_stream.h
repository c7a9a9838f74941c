// What the random operators draw from.
#pragma once

#include "base/philox.h"
#include "ops/operator.h"

namespace wedge {

/// The stream of the attribute `seed`, an integer or a float, the same in every run, or a new one for each run where
/// there is none.
class RandomStream {
 public:
  static Result<RandomStream> of(const NodeView& node);

  /// The generator of a run.
  [[nodiscard]] Philox start() const;

 private:
  bool seeded_ = false;
  uint64_t key_ = 0;
};

/// Draws number `index` of the standard normal distribution (Box and Muller, 1958).
double draw_normal(const Philox& random, uint64_t index);

}  // namespace wedge
