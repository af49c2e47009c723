// Whatever the configuration file holds, reading it ends with settings or with problems, and no
// problem says what a secret was.

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/config/load.h"
#include "server/config/render.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr char kSecret[] = "canary-5b1f0c2e";
  signet::config::Sources sources;
  sources.file_name = "fuzz.yaml";
  sources.file_text.assign(reinterpret_cast<const char*>(data), size);
  sources.environment["SIGNET_DATABASE_PASSWORD"] = kSecret;
  const auto loaded = signet::config::Load(sources, signet::config::Purpose::kPrint);
  FUZZ_CHECK(signet::config::RenderEffective(loaded).find(kSecret) == std::string::npos ||
             sources.file_text.find(kSecret) != std::string::npos);
  return 0;
}
