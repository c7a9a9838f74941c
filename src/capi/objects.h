// What is behind the handles.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capi/errors.h"
#include "capi/handles.h"
#include "wedge/loader.h"
#include "wedge/session.h"

namespace wedge::capi {

/// A ValueInfo as C sees it.
class Description {
 public:
  explicit Description(const ValueInfo& value);
  [[nodiscard]] wedge_value_info info() const;

 private:
  const ValueInfo* value_;
  std::vector<int64_t> dims_;
  std::vector<const char*> symbols_;
};

struct SessionObject {
  explicit SessionObject(Session loaded);

  Session session;
  std::vector<Description> inputs;
  std::vector<Description> outputs;
};

template <typename Handle>
struct HandleTraits;
template <>
struct HandleTraits<wedge_tensor> {
  using Object = Tensor;
  static constexpr HandleKind kind = HandleKind::tensor;
};
template <>
struct HandleTraits<wedge_session> {
  using Object = SessionObject;
  static constexpr HandleKind kind = HandleKind::session;
};
template <>
struct HandleTraits<wedge_loader> {
  using Object = Loader;
  static constexpr HandleKind kind = HandleKind::loader;
};
template <>
struct HandleTraits<wedge_binding> {
  using Object = Binding;
  static constexpr HandleKind kind = HandleKind::binding;
};

/// What the handle names, which stays there while the caller has it. Error: invalid_handle.
template <typename Handle>
Result<std::shared_ptr<typename HandleTraits<Handle>::Object>> find(Handle handle) {
  WEDGE_ASSIGN(auto object, handles().find(HandleTraits<Handle>::kind, reinterpret_cast<uintptr_t>(handle)));
  return std::static_pointer_cast<typename HandleTraits<Handle>::Object>(std::move(object));
}

/// Makes a handle of an object.
template <typename Handle>
Result<> give(Handle* handle, typename HandleTraits<Handle>::Object object) {
  using Object = typename HandleTraits<Handle>::Object;
  WEDGE_ASSIGN(const uintptr_t number,
               handles().add(HandleTraits<Handle>::kind, std::make_shared<Object>(std::move(object))));
  *handle = reinterpret_cast<Handle>(number);
  return {};
}

template <typename Handle>
wedge_status release(Handle handle) {
  return report(handles().release(HandleTraits<Handle>::kind, reinterpret_cast<uintptr_t>(handle)));
}

/// Options as C gives them; null is the defaults. Error: invalid_argument.
Result<SessionOptions> session_options(const wedge_session_options* options);

}  // namespace wedge::capi
