#include "tests/contract/canaries.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/base/base64url.h"

namespace signet::contract {
namespace {

using google::protobuf::FieldDescriptor;

// Fields of text that hold a secret, in every message of the contract.
constexpr const char* kSecret[] = {
    "access_token",  "challenge",          "code",          "current_password", "new_password",
    "device_token",  "challenge_solution", "api_key",       "password",         "password_hash",
    "recovery_code", "recovery_codes",     "refresh_token", "secret",           "token",
    "tokens",        "provisioning_uri",   "session_token"};
// Fields that sound like it and hold none.
constexpr const char* kPublic[] = {"api_key_id", "site_key",  "hashes",
                                   "key",        "leaf_hash", "next_page_token",
                                   "page_token", "token_id",  "token_type"};
constexpr const char* kSuspicious[] = {"challenge", "code",   "hash",  "key",
                                       "password",  "secret", "token", "uri"};

constexpr size_t kShortest = 10;  // shorter ones stand in any text by chance

template <size_t kSize>
bool Lists(const char* const (&names)[kSize], const std::string& name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool IsSixDigits(const std::string& text) {
  return text.size() == 6 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

std::string PercentEncoded(const std::string& bytes, bool upper) {
  std::string text;
  for (const char c : bytes) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~", c)) {
      text.push_back(c);
      continue;
    }
    const std::string hex = absl::BytesToHexString(std::string(1, c));
    absl::StrAppend(&text, "%", upper ? absl::AsciiStrToUpper(hex) : hex);
  }
  return text;
}

// What base64 of anything that holds `bytes` at a place of rest `offset` holds for certain.
std::string Base64Inside(const std::string& bytes, size_t offset) {
  std::string text = absl::Base64Escape(std::string(offset, 'x') + bytes);
  const size_t whole = (offset + bytes.size()) * 8 / 6;
  const size_t from = (offset * 8 + 5) / 6;
  return text.substr(from, whole - from);
}

std::vector<std::pair<const char*, std::string>> Forms(const std::string& value) {
  const std::string hex = absl::BytesToHexString(value);
  std::vector<std::pair<const char*, std::string>> forms = {
      {"", value},
      {" in hex", hex},
      {" in hex", absl::AsciiStrToUpper(hex)},
      {" percent-encoded", PercentEncoded(value, false)},
      {" percent-encoded", PercentEncoded(value, true)},
      {" percent-encoded", absl::StrReplaceAll(value, {{" ", "+"}})}};
  for (size_t offset = 0; offset < 3; ++offset) {
    const std::string inside = Base64Inside(value, offset);
    forms.emplace_back(" in base64", inside);
    forms.emplace_back(" in base64url", absl::StrReplaceAll(inside, {{"+", "-"}, {"/", "_"}}));
  }
  return forms;
}

bool IsWordAt(const std::string& text, size_t at) {
  return at < text.size() && absl::ascii_isalnum(static_cast<unsigned char>(text[at]));
}

// Six digits stand in many numbers by chance: a code counts as a text of its own, in quotes or
// blanks, and not as the number of a JSON field, a column or a sample, or the fraction of a second.
bool HoldsCode(const std::string& text, const std::string& code) {
  for (size_t at = text.find(code); at != text.npos; at = text.find(code, at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const bool number = absl::StrContains(".:", before) ||
                        (before == ' ' && at > 1 && absl::StrContains(",}", text[at - 2]));
    if (!number && !IsWordAt(text, at - 1) && !IsWordAt(text, at + code.size())) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> Canaries::TakeFrom(const google::protobuf::Message& message) {
  std::vector<std::string> unknown;
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const auto inside =
            TakeFrom(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                          : reflection->GetMessage(message, field));
        unknown.insert(unknown.end(), inside.begin(), inside.end());
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        TakeField(*field,
                  field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                       : reflection->GetString(message, field),
                  unknown);
      }
    }
  }
  return unknown;
}

void Canaries::TakeField(const FieldDescriptor& field, const std::string& value,
                         std::vector<std::string>& unknown) {
  const std::string& name = field.name();
  if (Lists(kPublic, name)) return;
  if (!Lists(kSecret, name)) {
    const bool suspicious =
        std::any_of(std::begin(kSuspicious), std::end(kSuspicious),
                    [&name](const char* word) { return absl::StrContains(name, word); });
    if (suspicious) unknown.push_back(field.full_name());
    return;
  }
  if (absl::StrContains(name, "token") || name == "challenge" || absl::StartsWith(value, "sgk_")) {
    AddToken(name, value);
  } else {
    AddText(name, value);
  }
}

void Canaries::AddText(const std::string& kind, const std::string& text) {
  if (IsSixDigits(text)) {
    codes_.insert(text);
    return;
  }
  AddBytes(kind, text);
  if (kind != "recovery_code" && kind != "recovery_codes") return;
  for (const std::string& spelling : {absl::AsciiStrToLower(text), absl::AsciiStrToUpper(text)}) {
    AddBytes(kind, spelling);
    AddBytes(kind, absl::StrReplaceAll(spelling, {{"-", ""}, {" ", ""}}));
  }
}

void Canaries::AddBytes(const std::string& kind, const std::string& bytes) {
  if (bytes.size() >= kShortest) values_[kind].insert(bytes);
}

void Canaries::AddToken(const std::string& kind, const std::string& token) {
  if (absl::StartsWith(token, "sgk_")) {  // the key's id, which is no secret, before the other
    const std::string body = token.substr(token.find('_', 4) + 1);
    AddBytes(kind, body);
    AddBytes(kind, base::Base64UrlDecode(body).value_or("").substr(0, 32));
    return;
  }
  if (absl::StartsWith(token, "sg") && token.size() > 4 && token[3] == '_') {
    const std::string body = token.substr(4);
    AddBytes(kind, body);
    // The secret of 32 bytes before a checksum of 4; a challenge is sealed as a whole.
    const std::string bytes = base::Base64UrlDecode(body).value_or("");
    AddBytes(kind, bytes.size() > 36 ? bytes.substr(bytes.size() - 36, 32) : bytes);
    return;
  }
  // The signature alone makes claims a token; the claims alone tell about a person. The header is
  // the same in every token.
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  for (size_t i = parts.size() == 3 ? 1 : 0; i < parts.size(); ++i) {
    AddBytes(kind, parts[i]);
    AddBytes(kind, base::Base64UrlDecode(parts[i]).value_or(""));
  }
}

std::set<std::string> Canaries::FoundIn(const std::string& text, const std::string& but) const {
  std::set<std::string> found;
  Canaries allowed;
  allowed.AddToken("", but);
  for (const auto& [kind, values] : values_) {
    for (const std::string& value : values) {
      if (allowed.values_.count("") != 0 && allowed.values_.at("").count(value) != 0) continue;
      for (const auto& [form, spelling] : Forms(value)) {
        if (absl::StrContains(text, spelling)) found.insert(absl::StrCat("a ", kind, form));
      }
    }
  }
  for (const std::string& code : codes_) {
    if (HoldsCode(text, code)) found.insert("a code of six digits");
    for (const auto& [form, spelling] : Forms(code)) {
      if (spelling.size() > 6 && absl::StrContains(text, spelling)) {
        found.insert(absl::StrCat("a code of six digits", form));
      }
    }
  }
  return found;
}

size_t Canaries::Count(const std::string& kind) const {
  if (kind == "code") return codes_.size();
  const auto values = values_.find(kind);
  return values == values_.end() ? 0 : values->second.size();
}

}  // namespace signet::contract
