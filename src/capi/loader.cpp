#include "wedge/loader.h"

#include "capi/objects.h"

using namespace wedge;
using namespace wedge::capi;

wedge_status wedge_loader_create(const wedge_session_options* options, wedge_loader* loader) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(loader, "loader"));
    *loader = nullptr;
    WEDGE_ASSIGN(const SessionOptions made, session_options(options));
    return give(loader, Loader(made));
  });
}

wedge_status wedge_loader_next(wedge_loader loader, size_t wanted, void** memory, size_t* bytes) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(loader));
    WEDGE_TRY(require(memory, "memory"));
    WEDGE_TRY(require(bytes, "bytes"));
    WEDGE_ASSIGN(const auto room, found->next(wanted));
    *memory = room.data();
    *bytes = room.size();
    return {};
  });
}

wedge_status wedge_loader_advance(wedge_loader loader, size_t bytes) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(loader));
    return found->advance(bytes);
  });
}

wedge_status wedge_loader_external_count(wedge_loader loader, size_t* count) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(loader));
    WEDGE_TRY(require(count, "count"));
    WEDGE_ASSIGN(const auto files, found->external_files());
    *count = files.size();
    return {};
  });
}

wedge_status wedge_loader_get_external(wedge_loader loader, size_t index, const char** location) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(loader));
    WEDGE_TRY(require(location, "location"));
    WEDGE_ASSIGN(const auto files, found->external_files());
    if (index >= files.size()) {
      return fail(ErrorCode::out_of_range, "file ", index, " of a model that asks for ", files.size());
    }
    *location = files[index].c_str();
    return {};
  });
}

wedge_status wedge_loader_begin_external(wedge_loader loader, size_t index) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(loader));
    return found->begin_external(index);
  });
}

wedge_status wedge_loader_finish(wedge_loader loader, wedge_session* session) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(session, "session"));
    *session = nullptr;
    WEDGE_ASSIGN(const auto found, find(loader));
    WEDGE_ASSIGN(Session loaded, found->finish());
    return give(session, SessionObject(std::move(loaded)));
  });
}

wedge_status wedge_loader_release(wedge_loader loader) { return capi::release(loader); }
