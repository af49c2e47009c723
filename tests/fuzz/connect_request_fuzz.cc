// A request to the JSON door: read within its limits, or answered with one of the statuses of the
// protocol. What is handed on has a caller and no field that a call does not read.

#include <cstddef>
#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"
#include "server/connect/request_reader.h"
#include "server/http/wire.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using signet::connect::Asked;
  static const auto& methods = *new signet::connect::Methods(signet::rpc::MethodTable());
  constexpr size_t kMost = 4096;
  auto parsed =
      signet::http::ReadRequest(absl::string_view(reinterpret_cast<const char*>(data), size));
  auto* request = std::get_if<signet::http::Request>(&parsed);
  if (request == nullptr) return 0;
  request->call.peer.address = "192.0.2.1";
  const auto read = signet::connect::ReadAsked(*request, methods, kMost);
  if (const auto* reply = std::get_if<signet::http::Reply>(&read)) {
    const int status = reply->status;
    FUZZ_CHECK(status == 400 || status == 404 || status == 405 || status == 415 || status == 501);
    return 0;
  }
  const auto& asked = std::get<Asked>(read);
  FUZZ_CHECK(asked.method != nullptr && asked.method->is_unary());
  FUZZ_CHECK(asked.request.caller == "192.0.2.1");
  FUZZ_CHECK(asked.codec == signet::connect::Codec::kJson || asked.request.message.size() <= kMost);
  for (const auto& [name, value] : asked.request.fields) {
    FUZZ_CHECK(name == "authorization" || name == "user-agent" || name == "x-request-id" ||
               name == "traceparent");
  }
  return 0;
}
