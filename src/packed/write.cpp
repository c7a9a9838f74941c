
#include "base/id_map.h"
#include "kernels/machine.h"
#include "packed/format.h"
#include "packed/module_fields.h"
#include "packed/packed_model.h"

namespace wedge::packed {
namespace {

// Smaller elements are kept in the header.
constexpr uint64_t smallest_data = 1024;

/// Where the next bytes of the data section go.
class Layout {
 public:
  Stretch place(uint64_t size) {
    const Stretch stretch{.offset = end_, .size = size};
    end_ = round_up(end_ + size, alignment);
    return stretch;
  }

 private:
  uint64_t end_ = 0;
};

Result<> pad(const Sink& sink, uint64_t written) {
  static constexpr std::byte zeros[alignment] = {};
  return sink(std::span(zeros).first(round_up(written, alignment) - written));
}

Storage storage_of(const Constant& constant, bool is_packed_only) {
  if (constant.empty()) return Storage::none;
  if (is_packed_only && !constant.is_read()) return Storage::packed;
  const bool is_plain = constant.dtype() != DType::string && !is_container(constant.dtype());
  const auto size = checked_byte_size(constant.dtype(), constant.shape());
  return is_plain && size && *size >= smallest_data ? Storage::data : Storage::inside;
}

class ModelWriter {
 public:
  ModelWriter(const Module& module, const PackedStore* store, bool is_planned, const Sink& sink)
      : module_(module), sink_(sink), is_for_any_(store == nullptr) {
    if (store == nullptr) return;
    store->for_each([&](ValueId weight, const std::string& form, std::span<const std::byte> bytes) {
      entries_.push_back({.weight = weight, .form = form, .place = {}});
      packed_.push_back(bytes);
      if (is_planned) packed_only_.insert(weight);
    });
  }

  Result<> write() {
    Writer header;
    WEDGE_TRY(module_fields(header, module_));
    WEDGE_TRY(write_constants(header));
    for (size_t i = 0; i < packed_.size(); ++i) entries_[i].place = layout_.place(packed_[i].size());
    WEDGE_TRY(list(header, entries_, [&](const WeightEntry& entry) { return entry_fields(header, entry); }));
    Writer start;
    WEDGE_TRY(start(format));
    WEDGE_TRY(start(std::string(WEDGE_VERSION)));
    WEDGE_TRY(start(is_for_any_ ? std::string() : kernels::machine_name()));
    WEDGE_TRY(start(static_cast<uint64_t>(header.bytes().size())));
    for (const std::string_view part : {magic, std::string_view(start.bytes()), std::string_view(header.bytes())}) {
      WEDGE_TRY(sink_(std::as_bytes(std::span(part))));
    }
    WEDGE_TRY(pad(sink_, magic.size() + start.bytes().size() + header.bytes().size()));
    for (const ValueId id : in_data_) WEDGE_TRY(write_elements(module_.values[id].constant));
    for (const auto bytes : packed_) WEDGE_TRY(write_data(bytes));
    return {};
  }

 private:
  Result<> write_constants(Writer& header) {
    for (ValueId id = 0; id < module_.values.size(); ++id) {
      const Constant& constant = module_.values[id].constant;
      const Storage storage = storage_of(constant, packed_only_.contains(id));
      WEDGE_TRY(header(static_cast<uint8_t>(storage)));
      if (storage == Storage::none) continue;
      if (storage == Storage::inside) {
        const Tensor elements = constant.elements();
        if (elements.empty()) return fail(ErrorCode::out_of_memory, "no memory for the elements of a constant");
        WEDGE_TRY(header(elements));
        continue;
      }
      WEDGE_TRY(header(constant.dtype()));
      const auto dims = constant.shape().dims();
      WEDGE_TRY(list(header, dims));
      if (storage == Storage::packed) continue;
      WEDGE_ASSIGN(const size_t size, checked_byte_size(constant.dtype(), constant.shape()));
      const Stretch place = layout_.place(size);
      WEDGE_TRY(stretch_fields(header, place));
      in_data_.push_back(id);
    }
    return {};
  }

  Result<> write_elements(const Constant& constant) {
    {
      const Tensor elements = constant.elements();
      if (elements.empty()) return fail(ErrorCode::out_of_memory, "no memory for the elements of a constant");
      WEDGE_TRY(write_data(elements.bytes()));
    }
    constant.drop();
    return {};
  }

  Result<> write_data(std::span<const std::byte> bytes) {
    WEDGE_TRY(sink_(bytes));
    return pad(sink_, bytes.size());
  }

  const Module& module_;
  const Sink& sink_;
  bool is_for_any_;
  Layout layout_;
  std::vector<ValueId> in_data_;
  IdSet packed_only_;
  std::vector<WeightEntry> entries_;
  std::vector<std::span<const std::byte>> packed_;
};

}  // namespace

Result<> write(const Module& module, const PackedStore* store, bool is_planned, const Sink& sink) {
  return ModelWriter(module, store, is_planned, sink).write();
}

}  // namespace wedge::packed
