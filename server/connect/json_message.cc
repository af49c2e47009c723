#include "server/connect/json_message.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver_util.h"
#include "server/connect/contract.h"
#include "server/connect/json_shape.h"

namespace signet::connect {
namespace {

namespace util = google::protobuf::util;
using google::protobuf::Descriptor;

constexpr char kTypes[] = "type.googleapis.com";

util::TypeResolver& Resolver() {
  static util::TypeResolver* const resolver =
      util::NewTypeResolverForDescriptorPool(kTypes, &Contract());
  return *resolver;
}

std::string UrlOf(const Descriptor& message) {
  return absl::StrCat(kTypes, "/", message.full_name());
}

// Of "(a.b[0]): invalid value "x" for type TYPE_INT32" the field and no more: the value may be a
// secret that stands in the wrong place.
absl::Status WithoutValue(absl::string_view message) {
  const size_t end = message.find("): ");
  if (!absl::StartsWith(message, "(") || end == message.npos || end == 1) {
    return base::FieldError("request", "is no message of its type");
  }
  return base::FieldError(message.substr(1, end - 1), "is no value of its type");
}

}  // namespace

absl::StatusOr<std::string> MessageFromJson(const Descriptor& message, absl::string_view json) {
  if (json.empty()) return base::FieldError("request", "is empty: an empty message is {}");
  SIGNET_RETURN_IF_ERROR(CheckJsonShape(message, json));
  std::string bytes;
  const auto read =
      util::JsonToBinaryString(&Resolver(), UrlOf(message), {json.data(), json.size()}, &bytes);
  if (!read.ok()) {
    return WithoutValue({read.message().data(), static_cast<size_t>(read.message().size())});
  }
  return bytes;
}

absl::StatusOr<std::string> JsonFromMessage(const Descriptor& message, const std::string& bytes) {
  util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!util::BinaryToJsonString(&Resolver(), UrlOf(message), bytes, &json, options).ok()) {
    return absl::InternalError("an answer has no JSON form");
  }
  return json;
}

}  // namespace signet::connect
