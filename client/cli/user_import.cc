#include "client/cli/user_import.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include <google/protobuf/util/time_util.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"

namespace signet::cli {
namespace {

constexpr absl::string_view kStateHeader = "signet import state 1";

bool Refuse(absl::string_view field, absl::string_view description, v1::ImportResult& refusal) {
  refusal.set_outcome(v1::ImportResult::OUTCOME_REFUSED);
  refusal.set_field(std::string(field));
  refusal.set_description(std::string(description));
  return false;
}

bool SetText(const simdjson::dom::element& value, std::string* field) {
  const auto text = token::JsonString(value);
  if (text) *field = std::string(*text);
  return text.has_value();
}

bool SetTime(const simdjson::dom::element& value, google::protobuf::Timestamp* field) {
  const auto text = token::JsonString(value);
  return text && google::protobuf::util::TimeUtil::FromString(std::string(*text), field);
}

// One line without its end; what is longer than the limit is read and dropped, and comes out one
// byte over the limit. False at the end of the input.
bool ReadImportLine(std::istream& in, std::string& line) {
  line.clear();
  int c = in.get();
  if (c == std::char_traits<char>::eof()) return false;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = in.get()) {
    if (line.size() <= UserImporter::kMaxLineBytes) line.push_back(static_cast<char>(c));
  }
  return true;
}

}  // namespace

absl::StatusOr<ImportState> ImportState::Open(const std::string& path) {
  ImportState state;
  state.path_ = path;
  state.request_id_ = base::Base64UrlEncode(base::RandomBytes(16));
  if (path.empty()) return state;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    SIGNET_RETURN_IF_ERROR(state.Advance(0));  // before the first batch, which carries the id
    return state;
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '\n');
  if (parts.size() != 4 || parts[0] != kStateHeader || parts[1].size() != 22 ||
      !absl::SimpleAtoi(parts[2], &state.lines_) || state.lines_ < 0) {
    return UsageError(absl::StrCat(path, " is not the state of an import"));
  }
  state.request_id_ = std::string(parts[1]);
  return state;
}

absl::Status ImportState::Advance(int64_t lines) {
  lines_ = lines;
  if (path_.empty()) return absl::OkStatus();
  const std::string next = path_ + ".new";
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  file << kStateHeader << '\n' << request_id_ << '\n' << lines_ << '\n';
  file.close();
  if (!file || std::rename(next.c_str(), path_.c_str()) != 0) {
    return UsageError(absl::StrCat("cannot write ", path_));
  }
  return absl::OkStatus();
}

bool ReadImportLine(token::JsonReader& reader, absl::string_view text, v1::ImportedUser& user,
                    v1::ImportResult& refusal) {
  const auto object = reader.ReadObject(text);
  if (!object) return Refuse("", "is not a JSON object", refusal);
  for (const auto member : *object) {
    const absl::string_view name = token::ToAbsl(member.key);
    bool read = false;
    if (name == "email") {
      read = SetText(member.value, user.mutable_email());
    } else if (name == "password_hash") {
      read = SetText(member.value, user.mutable_password_hash());
    } else if (name == "display_name") {
      read = SetText(member.value, user.mutable_display_name());
    } else if (name == "create_time") {
      read = SetTime(member.value, user.mutable_create_time());
    } else if (name == "disabled") {
      bool disabled = false;
      read = member.value.get(disabled) == simdjson::SUCCESS;
      user.set_disabled(disabled);
    } else {
      // A misspelt name, or something that no import may set, such as roles.
      return Refuse(name.substr(0, 64), "is not a member that can be imported", refusal);
    }
    if (!read) return Refuse(name, "has a value of another type", refusal);
  }
  return true;
}

absl::StatusOr<ImportCounts> UserImporter::Run(std::istream& in, Send send, Progress progress) {
  counts_.lines = state_.lines();
  request_.set_request_id(state_.request_id());
  std::string line;
  int64_t number = 0;
  while (ReadImportLine(in, line)) {
    if (++number <= state_.lines()) continue;  // an earlier run's
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    Take(line, number);
    if (lines_.size() < batch_) continue;
    SIGNET_RETURN_IF_ERROR(Flush(number, send));
    progress(counts_);
  }
  if (number < state_.lines()) {
    return UsageError("the input is shorter than what was imported of it: another file?");
  }
  SIGNET_RETURN_IF_ERROR(Flush(number, send));
  progress(counts_);
  return counts_;
}

void UserImporter::Take(absl::string_view text, int64_t number) {
  Line line;
  line.number = number;
  v1::ImportedUser user;
  if (text.size() > kMaxLineBytes) {
    Refuse("", "is longer than 16 KiB", line.refusal);
  } else if (ReadImportLine(reader_, text, user, line.refusal)) {
    *request_.add_users() = std::move(user);
  }
  lines_.push_back(std::move(line));
}

absl::Status UserImporter::Flush(int64_t lines_read, Send send) {
  v1::ImportUsersResponse response;
  if (!request_.users().empty()) {
    SIGNET_ASSIGN_OR_RETURN(response, send(request_));
    if (response.results_size() != request_.users_size()) {
      return absl::InternalError("the server answered another number of lines");
    }
  }
  int next = 0;
  for (const Line& line : lines_) {
    const bool refused = line.refusal.outcome() == v1::ImportResult::OUTCOME_REFUSED;
    Write(line.number, refused ? line.refusal : response.results(next++));
  }
  out_.flush();
  lines_.clear();
  request_.clear_users();
  counts_.lines = lines_read;
  return state_.Advance(lines_read);
}

void UserImporter::Write(int64_t number, const v1::ImportResult& result) {
  std::string json = absl::StrCat("{\"line\":", number, ",\"outcome\":");
  switch (result.outcome()) {
    case v1::ImportResult::OUTCOME_CREATED:
      ++counts_.created;
      json += "\"CREATED\"";
      break;
    case v1::ImportResult::OUTCOME_EXISTS:
      ++counts_.existed;
      json += "\"EXISTS\"";
      break;
    default:
      ++counts_.refused;
      json += "\"REFUSED\",\"field\":";
      token::AppendJsonString(result.field(), json);
      json += ",\"description\":";
      token::AppendJsonString(result.description(), json);
      break;
  }
  if (!result.user_id().empty()) absl::StrAppend(&json, ",\"user_id\":\"", result.user_id(), "\"");
  out_ << json << "}\n";
}

}  // namespace signet::cli
