#include "server/http/request.h"

namespace signet::http {

absl::string_view Request::Find(absl::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return field.value;
  }
  return "";
}

std::vector<absl::string_view> Request::All(absl::string_view name) const {
  std::vector<absl::string_view> values;
  for (const Field& field : fields) {
    if (field.name == name) values.push_back(field.value);
  }
  return values;
}

}  // namespace signet::http
