#include "server/vault/vault_answer.h"

#include <algorithm>
#include <string>

namespace signet::vault {
namespace {

constexpr absl::Duration kLongestLease = absl::Hours(24 * 3650);

std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace

absl::StatusOr<VaultAnswer> VaultAnswer::Parse(const base::Secret& body) {
  VaultAnswer answer;
  answer.reader_ = std::make_unique<token::JsonReader>();
  const auto object = answer.reader_->ReadObject(body.reveal());
  if (!object) return absl::UnavailableError("its answer is no JSON object");
  answer.object_ = *object;
  return answer;
}

std::optional<base::Secret> VaultAnswer::Text(absl::string_view pointer) const {
  std::string_view text;
  if (object_.at_pointer(ToStd(pointer)).get(text) != simdjson::SUCCESS) return std::nullopt;
  return base::Secret(token::ToAbsl(text));
}

bool VaultAnswer::Flag(absl::string_view pointer) const {
  bool flag = false;
  return object_.at_pointer(ToStd(pointer)).get(flag) == simdjson::SUCCESS && flag;
}

absl::Duration VaultAnswer::Lease(absl::string_view pointer) const {
  int64_t seconds = 0;
  const auto error = object_.at_pointer(ToStd(pointer)).get(seconds);
  if (error != simdjson::SUCCESS || seconds <= 0) return absl::InfiniteDuration();
  return std::min(absl::Seconds(seconds), kLongestLease);
}

base::Secret TextMembers(
    std::initializer_list<std::pair<absl::string_view, absl::string_view>> members) {
  size_t size = 2;
  for (const auto& [name, value] : members) size += 6 * (name.size() + value.size()) + 6;
  std::string json;
  json.reserve(size);  // growing would leave copies behind
  json.push_back('{');
  for (const auto& [name, value] : members) {
    if (json.size() > 1) json.push_back(',');
    token::AppendJsonString(name, json);
    json.push_back(':');
    token::AppendJsonString(value, json);
  }
  json.push_back('}');
  return base::Secret(std::move(json));
}

}  // namespace signet::vault
