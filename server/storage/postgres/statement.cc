#include "server/storage/postgres/statement.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace signet::storage {

std::string TimestampText(absl::Time time) {
  if (time == absl::InfinitePast()) return "-infinity";
  if (time == absl::InfiniteFuture()) return "infinity";
  const absl::Time micros = absl::FromUnixMicros(absl::ToUnixMicros(time));
  return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", micros, absl::UTCTimeZone());
}

std::string ByteaText(absl::string_view bytes) {
  return absl::StrCat("\\x", absl::BytesToHexString(bytes));
}

Params& Params::Push(std::string value) {
  values_.emplace_back(std::move(value));
  return *this;
}

Params& Params::Add(absl::string_view text) {
  if (text.find('\0') != absl::string_view::npos) valid_ = false;
  return Push(std::string(text));
}

Params& Params::Add(Bytea bytes) { return Push(ByteaText(bytes.bytes)); }
Params& Params::Add(int64_t number) { return Push(absl::StrCat(number)); }
Params& Params::Add(absl::Time time) { return Push(TimestampText(time)); }

Params& Params::AddArray(const std::vector<std::string>& texts) {
  ArrayText array;
  for (const std::string& text : texts) array.Append(text);
  return Add(array.Take());
}

Params& Params::AddNull() {
  values_.emplace_back(std::nullopt);
  return *this;
}

void ArrayText::Append(absl::string_view element) {
  text_.push_back('"');
  for (const char c : element) {
    if (c == '"' || c == '\\') text_.push_back('\\');
    text_.push_back(c);
  }
  text_.append("\",");
}

void ArrayText::Append(Bytea element) {
  absl::StrAppend(&text_, "\"\\\\x", absl::BytesToHexString(element.bytes), "\",");
}

void ArrayText::Append(absl::Time element) {
  absl::StrAppend(&text_, "\"", TimestampText(element), "\",");
}

void ArrayText::Append(int64_t element) { absl::StrAppend(&text_, element, ","); }

std::string ArrayText::Take() {
  if (text_.back() == ',') text_.pop_back();
  text_.push_back('}');
  std::string taken = std::move(text_);
  text_.assign(1, '{');
  return taken;
}

}  // namespace signet::storage
