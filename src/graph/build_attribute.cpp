#include "graph/build_attribute.h"

#include "base/result.h"
#include "onnx/tensor_data.h"

namespace wedge {

Result<std::optional<Attribute>> build_attribute(const onnx::AttributeProto& proto, const onnx::DataSource& source) {
  using Type = onnx::AttributeType;
  Attribute attribute{.name = std::string(proto.name), .value = {}};
  switch (proto.type) {
    case Type::float32: attribute.value = proto.f; break;
    case Type::int64: attribute.value = proto.i; break;
    case Type::string: attribute.value = std::string(proto.s); break;
    case Type::floats: attribute.value = proto.floats; break;
    case Type::ints: attribute.value = proto.ints; break;
    case Type::strings: attribute.value = std::vector<std::string>(proto.strings.begin(), proto.strings.end()); break;
    case Type::tensor: {
      WEDGE_ASSIGN(attribute.value, onnx::to_tensor(proto.tensors.front(), source));
      break;
    }
    case Type::sparse_tensor: {
      WEDGE_ASSIGN(attribute.value, onnx::to_tensor(proto.sparse_tensors.front(), source));
      break;
    }
    case Type::tensors: {
      std::vector<Tensor> tensors;
      for (const auto& tensor : proto.tensors) {
        WEDGE_ASSIGN(tensors.emplace_back(), onnx::to_tensor(tensor, source));
      }
      attribute.value = std::move(tensors);
      break;
    }
    case Type::type_proto: attribute.value = onnx::to_dtype(proto.type_protos.front()); break;
    default: return std::nullopt;
  }
  return attribute;
}

}  // namespace wedge
