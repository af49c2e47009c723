// A path from a stranger, as gateways have it judged: no reading but begins with a slash, none
// twice, and what has readings is its own first one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/domain/gateways/path_readings.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;  // a head is not much larger
  const absl::string_view path(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> readings = signet::domain::ReadingsOf(path);
  if (readings.empty()) return 0;
  FUZZ_CHECK(readings.front() == path);
  for (const std::string& reading : readings) {
    FUZZ_CHECK(!reading.empty() && reading.front() == '/');
    FUZZ_CHECK(reading.find('\0') == std::string::npos);
  }
  std::sort(readings.begin(), readings.end());
  FUZZ_CHECK(std::adjacent_find(readings.begin(), readings.end()) == readings.end());
  return 0;
}
