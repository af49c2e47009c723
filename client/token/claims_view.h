#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/token/claims.h"

namespace signet::token {

// A list of texts that lie one behind the other in somebody else's memory, each after its size. A
// view: valid as long as that memory. Read from front to end.
class TextList {
 public:
  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = absl::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const absl::string_view*;
    using reference = absl::string_view;

    const_iterator() = default;
    explicit const_iterator(const char* at) : at_(at) {}
    absl::string_view operator*() const { return {at_ + kSizeBytes, Size()}; }
    const_iterator& operator++() {
      at_ += kSizeBytes + Size();
      return *this;
    }
    const_iterator operator++(int) {
      const const_iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const const_iterator&) const = default;

   private:
    uint32_t Size() const {
      uint32_t size;
      std::memcpy(&size, at_, kSizeBytes);
      return size;
    }
    const char* at_ = nullptr;
  };
  using iterator = const_iterator;
  using value_type = absl::string_view;

  TextList() = default;
  // `packed` is what Pack() wrote.
  explicit TextList(absl::string_view packed) : packed_(packed) {}

  // Appends `texts` in this form.
  static void Pack(const std::vector<std::string>& texts, std::string& out);

  const_iterator begin() const { return const_iterator(packed_.data()); }
  const_iterator end() const { return const_iterator(packed_.data() + packed_.size()); }
  bool empty() const { return packed_.empty(); }
  size_t size() const { return static_cast<size_t>(std::distance(begin(), end())); }  // counts them
  std::vector<std::string> ToVector() const;

  friend bool operator==(const TextList& list, const std::vector<std::string>& texts) {
    return list.ToVector() == texts;
  }

 private:
  static constexpr size_t kSizeBytes = sizeof(uint32_t);
  absl::string_view packed_;
};

// AccessTokenClaims as they lie in a verified token: the same members, of which the texts are
// views. Valid as long as the VerifiedAccessToken that gave it.
struct ClaimsView {
  TextList audiences;
  absl::Time expires_at;
  absl::Time issued_at;
  std::optional<absl::Time> not_before;

  absl::string_view issuer;
  absl::string_view subject;
  absl::string_view client_id;
  absl::string_view token_id;

  std::optional<absl::string_view> session_id;
  TextList scopes;
  TextList roles;
  TextList permissions;
  std::optional<absl::string_view> email;
  std::optional<absl::Time> auth_time;
  std::optional<absl::string_view> acr;
  TextList amr;

  // A copy that owns its texts; made unasked where claims of one's own are initialised from these.
  AccessTokenClaims ToClaims() const;
  operator AccessTokenClaims() const { return ToClaims(); }
};

}  // namespace signet::token
