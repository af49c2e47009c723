#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "absl/strings/escaping.h"

// For tests alone: the published vectors of Project Wycheproof and the cases we judge otherwise.
namespace signet::crypto {

// Where we decide otherwise than a vector's `result`, and why. "acceptable" counts as "valid":
// where we refuse such a case, it stands here too.
struct Deviation {
  std::string file;
  int64_t case_id;
  std::string reason;
};

inline std::string WycheproofPath(const std::string& file) {
  return std::string(SIGNET_WYCHEPROOF_DIR) + "/" + file;
}

inline std::string Hex(std::string_view hex) {
  return absl::HexStringToBytes(absl::string_view(hex.data(), hex.size()));
}

// Runs `judge(group, test)` (true: accepted) over all cases for which `applies(group, test)`, and
// compares with `result` and `deviations`: an unlisted deviation fails, and so does a listed one
// that no longer deviates or does not exist. A missing file fails. Returns the number of cases run.
template <typename Applies, typename Judge>
int RunVectors(const std::string& file, const std::vector<Deviation>& deviations, Applies applies,
               Judge judge) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.load(WycheproofPath(file)).get(document)) {
    ADD_FAILURE() << "cannot read " << WycheproofPath(file) << ": " << error
                  << "; tests/run fetches the vectors";
    return 0;
  }
  std::map<int64_t, std::string> expected;
  for (const Deviation& deviation : deviations) {
    if (deviation.file == file) expected[deviation.case_id] = deviation.reason;
  }
  int run = 0;
  for (const simdjson::dom::object group : document["testGroups"].get_array()) {
    for (const simdjson::dom::object test : group["tests"].get_array()) {
      if (!applies(group, test)) continue;
      ++run;
      const int64_t id = test["tcId"];
      const bool valid = std::string_view(test["result"]) != "invalid";
      const bool listed = expected.erase(id) != 0;
      EXPECT_EQ(judge(group, test), valid != listed)
          << file << " case " << id << " (" << std::string_view(test["comment"]) << "), "
          << std::string_view(test["result"]) << (listed ? ", listed as a deviation" : "");
    }
  }
  for (const auto& [id, reason] : expected) {
    ADD_FAILURE() << file << " case " << id << " is listed and did not run: " << reason;
  }
  return run;
}

inline bool Always(const simdjson::dom::object&, const simdjson::dom::object&) { return true; }

}  // namespace signet::crypto
