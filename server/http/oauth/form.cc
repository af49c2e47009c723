#include "server/http/oauth/form.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/error.h"

namespace signet::http {
namespace {

constexpr size_t kMostParameters = 16;
constexpr size_t kMostName = 64;
constexpr absl::string_view kFormType = "application/x-www-form-urlencoded";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 6749 appendix A: what has more than ASCII are names and passwords of people.
bool IsText(absl::string_view text, Form::Characters characters) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= ' ' && byte != 0x7f && (byte < 0x7f || characters == Form::Characters::kAny);
  });
}

bool IsForm(absl::string_view content_type) {
  const absl::string_view type = content_type.substr(0, content_type.find(';'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(type)) == kFormType;
}

}  // namespace

bool DecodeFormText(absl::string_view encoded, std::string& out) {
  out.clear();
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      out.push_back(encoded[i] == '+' ? ' ' : encoded[i]);
      continue;
    }
    if (i + 2 >= encoded.size()) return false;
    const int high = HexValue(encoded[i + 1]);
    const int low = HexValue(encoded[i + 2]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return true;
}

absl::StatusOr<Form> Form::Read(const Request& request, Characters characters) {
  if (request.All("content-type").size() != 1 || !IsForm(request.Find("content-type"))) {
    return base::FieldError("content-type", absl::StrCat("is not ", kFormType));
  }
  Form form;
  for (const absl::string_view pair : absl::StrSplit(request.body, '&', absl::SkipEmpty())) {
    const size_t equals = pair.find('=');
    Parameter parameter;
    std::string value;
    const absl::string_view encoded =
        equals == pair.npos ? absl::string_view() : pair.substr(equals + 1);
    const bool decoded = DecodeFormText(pair.substr(0, equals), parameter.name) &&
                         DecodeFormText(encoded, value) && IsText(parameter.name, characters) &&
                         IsText(value, characters);
    parameter.value = base::Secret(std::move(value));
    if (!decoded || parameter.name.empty() || parameter.name.size() > kMostName) {
      return base::FieldError("body", "has a parameter that cannot be read");
    }
    if (form.parameters_.size() == kMostParameters) {
      return base::FieldError("body",
                              absl::StrCat("has more than ", kMostParameters, " parameters"));
    }
    for (const Parameter& other : form.parameters_) {
      if (other.name == parameter.name) {
        return base::FieldError("body", "has a parameter twice");
      }
    }
    form.parameters_.push_back(std::move(parameter));
  }
  return form;
}

absl::string_view Form::Get(absl::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) return parameter.value.reveal();
  }
  return "";
}

absl::StatusOr<absl::string_view> Form::Need(absl::string_view name, size_t most) const {
  const absl::string_view value = Get(name);
  if (value.empty()) return base::FieldError(name, "is required");
  if (value.size() > most)
    return base::FieldError(name, absl::StrCat("is longer than ", most, " bytes"));
  return value;
}

}  // namespace signet::http
