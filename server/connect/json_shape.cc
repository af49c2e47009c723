#include "server/connect/json_shape.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"

namespace signet::connect {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr size_t kDeepest = 32;
constexpr uint64_t kExact = uint64_t{1} << 53;  // integers up to here are doubles, too
constexpr size_t kLongestName = 64;

bool LooksLikeAName(absl::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

const FieldDescriptor* FieldOf(const Descriptor& message, absl::string_view name) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    if (field->json_name() == name || field->name() == name) return field;
  }
  return nullptr;
}

// Those have a JSON form of their own, which their reader knows.
bool IsWellKnown(const Descriptor& message) {
  return absl::StartsWith(message.full_name(), "google.protobuf.");
}

// Walks the JSON beside the message. Every event is false once something is wrong.
class Walk final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Walk(const Descriptor& message) : message_(message) {}

  absl::Status status() const { return status_; }

  bool null() override { return Scalar(); }
  bool boolean(bool) override { return Scalar(); }
  bool number_integer(number_integer_t value) override {
    return Number(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
  }
  bool number_unsigned(number_unsigned_t value) override { return Number(value); }
  bool number_float(number_float_t value, const string_t&) override {
    if (std::fabs(value) > static_cast<double>(kExact)) return Number(kExact + 1);
    return Scalar();
  }
  bool string(string_t&) override { return Scalar(); }
  bool binary(binary_t&) override { return Scalar(); }

  bool start_object(size_t) override {
    if (levels_.empty()) return Push({&message_, nullptr, false, {}, {}});
    const FieldDescriptor* field = levels_.back().field;
    if (levels_.back().message == nullptr && field == nullptr) return Push({});
    if (field->is_repeated() && !levels_.back().is_list && !field->is_map()) {
      return Fail(Path(), "is a list");
    }
    if (field->type() != FieldDescriptor::TYPE_MESSAGE) return Fail(Path(), "is no object");
    const Descriptor* inside = field->message_type();
    if (field->is_map() || IsWellKnown(*inside)) return Push({});
    return Push({inside, nullptr, false, {}, {}});
  }

  bool key(string_t& name) override {
    Level& level = levels_.back();
    if (level.message == nullptr) {
      if (level.names.insert(name).second) return true;
      return Fail(Path(), "has a member twice");
    }
    level.field = FieldOf(*level.message, name);
    if (level.field == nullptr) {
      if (!LooksLikeAName(name)) return Fail(Path(), "has a member that is no field");
      return Fail(Join(Path(), name), "there is no such field");
    }
    if (level.names.insert(level.field->name()).second) return true;
    return Fail(Path(), "came twice");
  }

  bool start_array(size_t) override {
    if (levels_.empty()) return Fail("", "must be a JSON object");
    const Level& level = levels_.back();
    if (level.message == nullptr && level.field == nullptr) return Push({});  // not looked into
    if (level.is_list || !level.field->is_repeated() || level.field->is_map()) {
      return Fail(Path(), "is no list");
    }
    return Push({nullptr, level.field, true, {}, {}});
  }

  bool end_object() override { return Pop(); }
  bool end_array() override { return Pop(); }

  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    return Fail("", absl::StrCat("is not JSON at byte ", position));
  }

 private:
  struct Level {
    const Descriptor* message = nullptr;     // of an object that is one; null: whatever it is
    const FieldDescriptor* field = nullptr;  // the present one; of a list, the one that it is
    bool is_list = false;
    std::set<std::string> names = {};  // that came
    std::string path = {};             // of the message
  };

  bool Push(Level level) {
    if (levels_.size() == kDeepest) return Fail(Path(), "is nested too deeply");
    level.path = Path();
    levels_.push_back(std::move(level));
    return true;
  }
  bool Pop() {
    levels_.pop_back();
    return true;
  }
  bool Scalar() { return !levels_.empty() || Fail("", "must be a JSON object"); }
  bool Number(uint64_t magnitude) {
    if (magnitude > kExact) {
      return Fail(Path(), "is a number that readers round: write it as a string");
    }
    return Scalar();
  }

  // Of the present field.
  std::string Path() const {
    if (levels_.empty()) return "";
    const Level& level = levels_.back();
    if (level.is_list || level.field == nullptr) return level.path;
    return Join(level.path, level.field->name());
  }
  static std::string Join(const std::string& path, const std::string& name) {
    return path.empty() ? name : absl::StrCat(path, ".", name);
  }
  bool Fail(const std::string& path, absl::string_view what) {
    if (status_.ok()) status_ = base::FieldError(path.empty() ? "request" : path, what);
    return false;
  }

  const Descriptor& message_;
  std::vector<Level> levels_;
  absl::Status status_;
};

}  // namespace

absl::Status CheckJsonShape(const Descriptor& message, absl::string_view json) {
  // The reader would pass over a byte order mark, which RFC 8259 forbids to send.
  if (absl::StartsWith(json, "\xef\xbb\xbf")) {
    return base::FieldError("request", "is not JSON at byte 1");
  }
  Walk walk(message);
  const bool whole = nlohmann::json::sax_parse(json.begin(), json.end(), &walk);
  if (!walk.status().ok()) return walk.status();
  return whole ? absl::OkStatus() : base::FieldError("request", "is not JSON");
}

}  // namespace signet::connect
