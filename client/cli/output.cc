#include "client/cli/output.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <utility>

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <simdjson.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "client/base/error.h"
#include "client/cli/advice.h"
#include "client/token/json.h"

namespace signet::cli {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using Row = std::vector<std::string>;

// Nothing where there is nothing to tell: the proto JSON of an unset field.
bool IsUnset(const element& value) {
  if (value.is_null()) return true;
  const auto text = token::JsonString(value);
  if (text) return text->empty() || absl::EndsWith(*text, "_UNSPECIFIED");
  if (value.is_array()) return value.get_array().size() == 0;
  return false;
}

std::string Scalar(const element& value) {
  if (const auto text = token::JsonString(value)) return Printable(*text);
  if (value.is_null()) return "";
  return Printable(simdjson::to_string(value));
}

std::string OneLine(const element& value) {
  if (!value.is_array()) return Scalar(value);
  Row parts;
  for (const element item : value.get_array()) parts.push_back(Scalar(item));
  return absl::StrJoin(parts, " ");
}

// Lists of words go on one line, lists of sentences or objects on one line each.
bool HasSentences(const simdjson::dom::array& list) {
  return std::any_of(list.begin(), list.end(), [](const element& item) {
    const auto text = token::JsonString(item);
    return item.is_object() || (text && absl::StrContains(*text, " "));
  });
}

void Flatten(const std::string& name, const element& value, std::vector<Row>& lines) {
  if (IsUnset(value)) return;
  if (value.is_object()) {
    for (const auto member : value.get_object()) {
      const std::string key(member.key);
      Flatten(name.empty() ? key : absl::StrCat(name, ".", key), member.value, lines);
    }
    return;
  }
  if (!value.is_array() || !HasSentences(value.get_array())) {
    lines.push_back({Printable(name), OneLine(value)});
    return;
  }
  for (const element item : value.get_array()) lines.push_back({Printable(name), Scalar(item)});
}

// Columns as wide as their longest cell; the last one is not padded.
std::string Align(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - row[i].size() + 2, ' ');
    }
    out.push_back('\n');
  }
  return out;
}

Row TableRow(const element& object, const std::vector<std::string>& columns) {
  Row row;
  for (const std::string& column : columns) {
    element value;
    const bool found = object.at_key(column).get(value) == simdjson::SUCCESS;
    row.push_back(!found || IsUnset(value) ? "-" : OneLine(value));
  }
  return row;
}

element ParseOwn(simdjson::dom::parser& parser, absl::string_view json) {
  return parser.parse(json.data(), json.size()).value();
}

}  // namespace

absl::Status Output::Show(absl::string_view json) const {
  if (!format_.field.empty()) return ShowField(json);
  if (format_.json) {
    console_.out << json << '\n';
    return absl::OkStatus();
  }
  simdjson::dom::parser parser;
  std::vector<Row> lines;
  Flatten("", ParseOwn(parser, json), lines);
  console_.out << Align(lines);
  return absl::OkStatus();
}

absl::Status Output::ShowTable(absl::string_view json, absl::string_view member,
                               const std::vector<std::string>& columns) const {
  if (format_.json || !format_.field.empty()) return Show(json);
  simdjson::dom::parser parser;
  std::vector<Row> rows = {columns};
  for (const element item : ParseOwn(parser, json)[member.data()].get_array()) {
    rows.push_back(TableRow(item, columns));
  }
  console_.out << Align(rows);
  return absl::OkStatus();
}

absl::Status Output::ShowField(absl::string_view json) const {
  simdjson::dom::parser parser;
  element value = ParseOwn(parser, json);
  for (const absl::string_view name : absl::StrSplit(format_.field, '.')) {
    if (!value.is_object() || value.at_key({name.data(), name.size()}).get(value) != 0) {
      return base::MakeError(absl::StatusCode::kInvalidArgument, "USAGE",
                             absl::StrCat("the result has no field ", format_.field));
    }
  }
  console_.out << (value.is_array() ? OneLine(value) : Scalar(value)) << '\n';
  return absl::OkStatus();
}

void Output::Warn(absl::string_view text) const {
  console_.err << "signet: " << Printable(text) << '\n';
}

void Output::Fail(const absl::Status& status) const {
  const std::string reason = base::ErrorReason(status);
  const std::optional<absl::Duration> retry = base::RetryAfter(status);
  const std::string advice = Advice(reason);
  if (!format_.json) {
    Warn(absl::StrCat(status.message(), reason.empty() ? "" : absl::StrCat(" (", reason, ")")));
    if (!advice.empty()) Warn(advice);
    if (retry) Warn(absl::StrCat("try again in ", absl::FormatDuration(*retry)));
    return;
  }
  std::string out = "{\"error\":{\"code\":";
  token::AppendJsonString(absl::StatusCodeToString(status.code()), out);
  out += ",\"reason\":";
  token::AppendJsonString(reason, out);
  out += ",\"message\":";
  token::AppendJsonString(status.message(), out);
  out += ",\"advice\":";
  token::AppendJsonString(advice, out);
  if (retry) absl::StrAppend(&out, ",\"retry_after_ms\":", absl::ToInt64Milliseconds(*retry));
  console_.err << out << "}}\n";
}

std::string JsonOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string out;
  const auto status = google::protobuf::util::MessageToJsonString(message, &out, options);
  return status.ok() ? out : "{}";
}

std::string Printable(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xA0;  // U+0080 to U+009F
    if (c1) ++i;
    out.push_back(c1 || byte < 0x20 || byte == 0x7F ? '?' : static_cast<char>(byte));
  }
  return out;
}

}  // namespace signet::cli
