// A form from a stranger: read within its bounds or refused as FIELD_INVALID.

#include <cstddef>
#include <cstdint>
#include <string>

#include "client/base/error.h"
#include "server/http/oauth/form.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  signet::http::Request request;
  request.fields = {{"content-type", "application/x-www-form-urlencoded"}};
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const auto form = signet::http::Form::Read(request);
  if (!form.ok()) {
    FUZZ_CHECK(signet::base::ErrorReason(form.status()) == "FIELD_INVALID");
    return 0;
  }
  FUZZ_CHECK(form->Get("token").size() <= size);
  FUZZ_CHECK(form->Get("token").find('\0') == absl::string_view::npos);
  return 0;
}
