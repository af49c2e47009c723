#include "server/storage/postgres/statement.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace signet::storage {
namespace {

// The last `width` digits of `value`.
void AppendDigits(int64_t value, int width, std::string& out) {
  const size_t begin = out.size();
  out.resize(begin + static_cast<size_t>(width));
  for (size_t i = out.size(); i > begin; value /= 10) {
    out[--i] = static_cast<char>('0' + value % 10);
  }
}

// What absl::FormatTime writes, at a twentieth of its time: a batch of refreshes has hundreds.
void AppendTimestamp(absl::Time time, std::string& out) {
  if (time == absl::InfinitePast()) {
    out += "-infinity";
    return;
  }
  if (time == absl::InfiniteFuture()) {
    out += "infinity";
    return;
  }
  const int64_t micros = absl::ToUnixMicros(time);  // rounds down
  const absl::Time whole = absl::FromUnixMicros(micros);
  const absl::CivilSecond civil = absl::ToCivilSecond(whole, absl::UTCTimeZone());
  if (civil.year() < 1000 || civil.year() > 9999) {
    out += absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", whole, absl::UTCTimeZone());
    return;
  }
  AppendDigits(civil.year(), 4, out);
  const struct {
    char before;
    int value;
  } fields[] = {{'-', civil.month()},
                {'-', civil.day()},
                {' ', civil.hour()},
                {':', civil.minute()},
                {':', civil.second()}};
  for (const auto& field : fields) {
    out.push_back(field.before);
    AppendDigits(field.value, 2, out);
  }
  out.push_back('.');
  AppendDigits(((micros % 1'000'000) + 1'000'000) % 1'000'000, 6, out);
  out += "+00";
}

void AppendHex(absl::string_view bytes, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
}

}  // namespace

std::string TimestampText(absl::Time time) {
  std::string text;
  AppendTimestamp(time, text);
  return text;
}

std::string ByteaText(absl::string_view bytes) {
  std::string text = "\\x";
  AppendHex(bytes, text);
  return text;
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
  text_ += "\"\\\\x";
  AppendHex(element.bytes, text_);
  text_ += "\",";
}

void ArrayText::Append(absl::Time element) {
  text_.push_back('"');
  AppendTimestamp(element, text_);
  text_ += "\",";
}

void ArrayText::Append(int64_t element) { absl::StrAppend(&text_, element, ","); }
void ArrayText::Append(const base::Uuid& element) {
  absl::StrAppend(&text_, element.ToString(), ",");
}

void ArrayText::AppendNull() { text_ += "NULL,"; }

std::string ArrayText::Take() {
  if (text_.back() == ',') text_.pop_back();
  text_.push_back('}');
  std::string taken = std::move(text_);
  text_.assign(1, '{');
  return taken;
}

}  // namespace signet::storage
