#pragma once

#include <atomic>
#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/verifier/judge.h"
#include "client/verifier/server_list.h"

namespace signet::verifier {

// Asks a server to Validate, and if that one cannot be reached the next, until the time is over.
// Every answer is for one call and is not kept. Thread-safe.
class ServerQuestion final : public SecondOpinion {
 public:
  ServerQuestion(ServerList& servers, absl::Duration timeout)
      : servers_(servers), timeout_(timeout) {}

  // kNone: nobody answered in time, or who answered has not heard of revocations either.
  Answer Ask(absl::string_view token, absl::string_view audience) override;

 private:
  ServerList& servers_;
  const absl::Duration timeout_;
  std::atomic<size_t> preferred_{0};  // who answered last
};

}  // namespace signet::verifier
