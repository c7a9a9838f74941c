// Loading a model while its bytes arrive.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "wedge/session.h"

namespace wedge {

/// Takes a model in pieces: next() says where the next bytes go, advance() that they are there. Then the files of its
/// external data, each from its beginning, and finish(). Used by one thread at a time.
class Loader {
 public:
  explicit Loader(const SessionOptions& options = {});
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;
  ~Loader();

  /// Room for at least one byte and at most `wanted`, until the next call. Errors: out_of_memory, invalid_argument
  /// after the end.
  Result<std::span<std::byte>> next(size_t wanted);
  /// So many bytes of it are written. Errors: those of the model as soon as its bytes tell; nothing is taken after one.
  Result<> advance(size_t bytes);
  /// The locations of external data that the model asks for, once all of it is there. Errors: those of the model.
  Result<std::span<const std::string>> external_files();
  /// What comes next is that file.
  Result<> begin_external(size_t index);
  /// The session; the loader is empty afterwards. Errors: those of Session::load(), not_found for external data that
  /// was not given.
  Result<Session> finish();

 private:
  struct State;
  [[nodiscard]] Result<> check() const;
  std::unique_ptr<State> state_;
};

}  // namespace wedge
