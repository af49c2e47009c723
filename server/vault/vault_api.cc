#include "server/vault/vault_api.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace signet::vault {
namespace {

constexpr size_t kMostAnswerBytes = 256 << 10;
constexpr size_t kMostErrorBytes = 200;

absl::StatusCode CodeOf(int http_status) {
  switch (http_status) {
    case 400:
      return absl::StatusCode::kInvalidArgument;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    default:
      break;
  }
  // 429: too many, or a standby. 3xx: a standby that names another one, whom nobody has approved.
  const bool word = http_status > 400 && http_status < 500 && http_status != 429;
  return word ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kUnavailable;
}

// The first of {"errors":["…"]}, of plain characters: for a log.
std::string ErrorOf(const base::Secret& body) {
  const auto answer = VaultAnswer::Parse(body);
  if (!answer.ok()) return "";
  const auto error = answer->Text("/errors/0");
  if (!error) return "";
  std::string text(error->reveal().substr(0, kMostErrorBytes));
  for (char& c : text) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = ' ';
  }
  return absl::StrCat(": ", absl::StripAsciiWhitespace(text));
}

VaultResult ResultOf(const absl::Status& status) {
  if (status.ok()) return VaultResult::kDone;
  return absl::IsUnavailable(status) ? VaultResult::kUnavailable : VaultResult::kRefused;
}

}  // namespace

VaultApi::VaultApi(Options options, VaultObserver& observer)
    : options_(std::move(options)),
      client_({.timeout = options_.timeout,
               .most_bytes = kMostAnswerBytes,
               .ca_file = options_.ca_file}),
      observer_(observer) {}

absl::StatusOr<VaultAnswer> VaultApi::Call(VaultMethod method, absl::string_view path,
                                           const base::Secret& token,
                                           const base::Secret& body) const {
  auto answer = AskAll(method, path, token, body);
  observer_.OnResult(ResultOf(answer.status()));
  return answer;
}

absl::StatusOr<VaultAnswer> VaultApi::AskAll(VaultMethod method, absl::string_view path,
                                             const base::Secret& token,
                                             const base::Secret& body) const {
  absl::Status failure = absl::UnavailableError("no address of Vault is known");
  const size_t first = preferred_;
  for (size_t i = 0; i < options_.addresses.size(); ++i) {
    const size_t index = (first + i) % options_.addresses.size();
    auto answer = AskOne(options_.addresses[index], method, path, token, body);
    if (!absl::IsUnavailable(answer.status())) {
      preferred_ = index;
      return answer;
    }
    failure = answer.status();
  }
  return failure;
}

absl::StatusOr<VaultAnswer> VaultApi::AskOne(const std::string& address, VaultMethod method,
                                             absl::string_view path, const base::Secret& token,
                                             const base::Secret& body) const {
  fetch::HttpRequest request;
  request.method = method == VaultMethod::kRead ? "GET" : "POST";
  request.url = absl::StrCat(address, "/v1/", path);
  // Without this header an agent in between refuses: a browser cannot send it.
  request.headers.emplace_back("X-Vault-Request: true");
  if (!token.empty()) {
    request.headers.emplace_back(absl::StrCat("X-Vault-Token: ", token.reveal()));
  }
  if (!options_.name_space.empty()) {
    request.headers.emplace_back(absl::StrCat("X-Vault-Namespace: ", options_.name_space));
  }
  request.body = body.Clone();
  const auto answer = client_.Send(request);
  if (!answer.ok()) {
    return absl::UnavailableError(
        absl::StrCat("Vault at ", address, ": ", answer.status().message()));
  }
  if (answer->status < 200 || answer->status > 299) {
    return absl::Status(CodeOf(answer->status),
                        absl::StrCat("Vault at ", address, " answered ", answer->status, " to ",
                                     path, ErrorOf(answer->body)));
  }
  auto parsed = VaultAnswer::Parse(answer->body);
  if (parsed.ok()) return parsed;
  return absl::UnavailableError(
      absl::StrCat("Vault at ", address, ": ", parsed.status().message()));
}

}  // namespace signet::vault
