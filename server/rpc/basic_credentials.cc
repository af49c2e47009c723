#include "server/rpc/basic_credentials.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/domain/access/api_key.h"

namespace signet::rpc {
namespace {

constexpr absl::string_view kScheme = "Basic ";
constexpr size_t kMostCredentials = 512;

}  // namespace

bool IsBasic(absl::string_view authorization) {
  return absl::StartsWithIgnoreCase(authorization, kScheme);
}

std::optional<base::Secret> ApiKeyOf(absl::string_view authorization) {
  if (!IsBasic(authorization) || authorization.size() > kMostCredentials) return std::nullopt;
  std::string decoded;
  const bool read = absl::Base64Unescape(authorization.substr(kScheme.size()), &decoded);
  const base::Secret credentials(std::move(decoded));  // wiped on every way out
  const size_t colon = credentials.reveal().find(':');
  if (!read || colon == absl::string_view::npos) return std::nullopt;
  const auto id = domain::ApiKeyId::FromString(credentials.reveal().substr(0, colon));
  if (!id) return std::nullopt;
  const std::string prefix = absl::StrCat(domain::ApiKeyPrefix(*id), "_");
  const absl::string_view password = credentials.reveal().substr(colon + 1);
  if (absl::StartsWith(password, "sgk_")) {
    if (!absl::StartsWith(password, prefix)) return std::nullopt;
    return base::Secret(password);
  }
  return base::Secret(absl::StrCat(prefix, password));
}

}  // namespace signet::rpc
