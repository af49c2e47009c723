#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

namespace signet::contract {

// Secrets that went through calls, to be looked for where they must not be: each as it is,
// in base64 and base64url wherever it begins in what was encoded, in hex and percent-encoded. Used
// by one thread.
class Canaries {
 public:
  // Takes every secret out of a message: the fields of the contract that hold one, by their names.
  // Returns the fields of which nobody has said whether they do, although they sound like it: they
  // belong into one of the two lists of canaries.cc.
  std::vector<std::string> TakeFrom(const google::protobuf::Message& message);

  // A password, a key, a recovery code.
  void AddText(const std::string& kind, const std::string& text);
  // Bytes that a token or a secret in base32 stands for.
  void AddBytes(const std::string& kind, const std::string& bytes);
  // An access token, `sgr_…`, `sge_…`, `sgm_…`: its text without what all of them begin with, and
  // the secret in it.
  void AddToken(const std::string& kind, const std::string& token);

  // "a password in base64", for each that stands in `text`; `but` is a token that may.
  std::set<std::string> FoundIn(const std::string& text, const std::string& but = "") const;

  // How many secrets there are of a kind, e.g. "new_password", "token".
  size_t Count(const std::string& kind) const;

 private:
  void TakeField(const google::protobuf::FieldDescriptor& field, const std::string& value,
                 std::vector<std::string>& unknown);

  std::map<std::string, std::set<std::string>> values_;  // by kind
  std::set<std::string> codes_;                          // of six digits
};

}  // namespace signet::contract
