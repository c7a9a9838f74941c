#include "capi/objects.h"

using namespace wedge;
using namespace wedge::capi;

wedge_status wedge_binding_create(wedge_session session, wedge_binding* binding) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(binding, "binding"));
    *binding = nullptr;
    WEDGE_ASSIGN(const auto found, find(session));
    return give(binding, found->session.bind());
  });
}

wedge_status wedge_binding_set_input(wedge_binding binding, size_t index, wedge_tensor tensor) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(binding));
    WEDGE_ASSIGN(const auto fed, find(tensor));
    return found->set_input(index, *fed);
  });
}

wedge_status wedge_binding_set_output(wedge_binding binding, size_t index, wedge_tensor tensor) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(binding));
    WEDGE_ASSIGN(const auto target, find(tensor));
    return found->set_output(index, *target);
  });
}

wedge_status wedge_binding_run(wedge_binding binding) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(binding));
    return found->run();
  });
}

wedge_status wedge_binding_get_output(wedge_binding binding, size_t index, wedge_tensor* tensor) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(tensor, "tensor"));
    *tensor = nullptr;
    WEDGE_ASSIGN(const auto found, find(binding));
    if (index >= found->output_count()) {
      return fail(ErrorCode::out_of_range, "output ", index, " of a model that has ", found->output_count());
    }
    if (found->output(index).empty()) return fail(ErrorCode::invalid_argument, "nothing has run yet");
    WEDGE_ASSIGN(Tensor dense, found->output(index).dense());
    return give(tensor, std::move(dense));
  });
}

wedge_status wedge_binding_release(wedge_binding binding) { return capi::release(binding); }
