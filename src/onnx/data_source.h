// Where the bytes of a model's tensors live: in the model, or in files beside it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/platform.h"
#include "onnx/tensor_proto.h"

namespace wedge::onnx {

/// Bytes and what keeps them alive; without an owner, the caller does.
struct OwnedBytes {
  Bytes bytes;
  std::shared_ptr<const void> owner;
  const platform::FileBytes* file = nullptr;  ///< the owner, when the bytes are those of a file
};

/// Resolves external data. Safe to use from several threads; each file is opened once.
class DataSource {
 public:
  /// For a model in memory: tensors made from it hold `owner`. External data must come from `files`, by location.
  explicit DataSource(std::shared_ptr<const void> owner = nullptr,
                      const std::map<std::string, Bytes, std::less<>>& files = {});
  /// For a model in a file: `folder` is the one it lies in ("." for the current one); nothing outside it is opened.
  DataSource(const std::shared_ptr<const platform::FileBytes>& model, std::string folder);

  /// What keeps the model's own bytes alive.
  [[nodiscard]] const std::shared_ptr<const void>& owner() const { return owner_; }
  /// Bytes of the model itself.
  [[nodiscard]] OwnedBytes own(Bytes bytes) const { return {.bytes = bytes, .owner = owner_, .file = file_}; }

  /// The `size` bytes at the entries `location` and `offset`.
  /// Errors: invalid_model for entries that are malformed, contradict `size` or name a path that is absolute or climbs;
  /// not_found when the file is missing or a link leads out of the folder; out_of_range; io.
  [[nodiscard]] Result<OwnedBytes> external(const TensorProto& tensor, size_t size) const;

 private:
  [[nodiscard]] Result<OwnedBytes> file(std::string_view location) const;

  std::shared_ptr<const void> owner_;
  const platform::FileBytes* file_ = nullptr;
  std::string folder_;
  mutable Mutex mutex_;
  mutable std::map<std::string, OwnedBytes, std::less<>> files_;
};

}  // namespace wedge::onnx
