#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::base {

// Bytes that must not be printed, copied by accident or left in memory: passwords, keys, token
// secrets. There is no stream operator and no implicit conversion; `reveal()` names each place
// that looks inside. The bytes are wiped when the value dies or is moved from.
// Not thread-safe for writing; reading concurrently is fine.
class Secret {
 public:
  Secret() = default;
  // Copies; the caller's buffer stays the caller's to wipe.
  explicit Secret(absl::string_view bytes);
  // A literal: without this, one would be ambiguous between the other two.
  explicit Secret(const char* text) : Secret(absl::string_view(text)) {}
  // Takes `bytes` and leaves it wiped and empty.
  explicit Secret(std::string&& bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // A deliberate second copy.
  Secret Clone() const { return Secret(reveal()); }

  absl::string_view reveal() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

// True when both have the same length and bytes; time depends on the lengths alone.
bool ConstantTimeEquals(absl::string_view a, absl::string_view b);

// Overwrites `bytes` so that the compiler may not leave it out, then empties it.
void Wipe(std::string& bytes);

}  // namespace signet::base
