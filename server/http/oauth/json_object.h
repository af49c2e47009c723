#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/observe/log_json.h"

namespace signet::http {

// Writes one flat JSON object, member by member.
class JsonObject {
 public:
  JsonObject& Add(absl::string_view name, absl::string_view value) {
    Name(name);
    Text(value);
    return *this;
  }
  JsonObject& Add(absl::string_view name, int64_t value) {
    Name(name);
    absl::StrAppend(&text_, value);
    return *this;
  }
  JsonObject& Add(absl::string_view name, const std::vector<std::string>& values) {
    Name(name);
    text_ += '[';
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ',';
      Text(values[i]);
    }
    text_ += ']';
    return *this;
  }
  // The object; this one is spent.
  std::string Take() { return std::move(text_) + "}"; }

 private:
  void Name(absl::string_view name) {
    if (text_.size() > 1) text_ += ',';
    Text(name);
    text_ += ':';
  }
  void Text(absl::string_view text) { observe::AppendJsonString(text, text.size(), text_); }

  std::string text_ = "{";
};

}  // namespace signet::http
