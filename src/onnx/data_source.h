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
#include "tensor/weight_form.h"

namespace wedge::onnx {

/// Bytes and what keeps them alive; without an owner, the caller does.
struct OwnedBytes {
  Bytes bytes;
  std::shared_ptr<const void> owner;
  const platform::FileBytes* file = nullptr;  ///< the owner, when the bytes are those of a file
  const ArrivedWeight* formed = nullptr;      ///< the owner, when there is a form instead of the bytes
};

/// Resolves external data. Safe to use from several threads; each file is opened once.
class DataSource {
 public:
  /// A part of a file of external data.
  struct Piece {
    uint64_t offset = 0;
    OwnedBytes data;
  };
  using Pieces = std::map<std::string, std::vector<Piece>, std::less<>>;

  /// For a model in memory: tensors made from it hold `owner`. Raw data that is not in it is `detached`: by the address
  /// at which it would be. External data must be among the pieces of its location.
  explicit DataSource(std::shared_ptr<const void> owner = nullptr, std::map<const std::byte*, OwnedBytes> detached = {},
                      Pieces pieces = {});
  /// For a model in a file: `folder` is the one it lies in ("." for the current one); nothing outside it is opened.
  DataSource(const std::shared_ptr<const platform::FileBytes>& model, std::string folder);

  /// What keeps the model's own bytes alive.
  [[nodiscard]] const std::shared_ptr<const void>& owner() const { return owner_; }
  /// Bytes of the model itself, or what was detached from it there.
  [[nodiscard]] OwnedBytes own(Bytes bytes) const;

  /// The `size` bytes at the entries `location` and `offset`.
  /// Errors: invalid_model for entries that are malformed, contradict `size` or name a path that is absolute or climbs;
  /// not_found when the file is missing or a link leads out of the folder; out_of_range; io.
  [[nodiscard]] Result<OwnedBytes> external(const TensorProto& tensor, size_t size) const;

 private:
  [[nodiscard]] Result<OwnedBytes> file(std::string_view location) const;
  static Result<OwnedBytes> piece(const std::vector<Piece>& pieces, uint64_t offset, size_t size);

  std::shared_ptr<const void> owner_;
  const platform::FileBytes* file_ = nullptr;
  std::string folder_;
  std::map<const std::byte*, OwnedBytes> detached_;
  Pieces pieces_;
  mutable Mutex mutex_;
  mutable std::map<std::string, OwnedBytes, std::less<>> files_;
};

}  // namespace wedge::onnx
