#include "server/config/yaml_file.h"

#include <set>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "absl/strings/str_cat.h"

namespace signet::config {
namespace {

constexpr size_t kMaxFile = size_t{1} << 20;
constexpr int kMaxDepth = 4;  // deeper than any key of ours: what lies below is refused unread

// Collects scalars from yaml-cpp's event stream. Not through YAML::Load: that builds a tree first,
// which a few nested aliases blow up to gigabytes, and keeps one of two equal keys silently.
class Flattener : public YAML::EventHandler {
 public:
  explicit Flattener(FlatFile& out) : out_(out) {}

  // Nothing after a second document is read: on some malformed ends yaml-cpp 0.7 begins empty
  // documents for ever at one place.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw YAML::ParserException(mark, "a second document is not allowed");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (levels_.empty()) return;  // an empty document
    Scalar(mark, "", /*is_null=*/true);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "an alias");
    Advance();
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    Scalar(mark, value, /*is_null=*/false);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Refuse(mark, "a list");
    ++lists_;
  }
  void OnSequenceEnd() override {
    --lists_;
    Advance();
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    if (!levels_.empty() && !levels_.back().awaits_value) Refuse(mark, "a map as a key");
    if (levels_.size() >= kMaxDepth) throw YAML::ParserException(mark, "nested too deep");
    levels_.emplace_back();
  }
  void OnMapEnd() override {
    levels_.pop_back();
    Advance();
  }

 private:
  struct Level {
    std::string key;
    bool awaits_value = false;
    std::set<std::string> seen;
  };

  void Scalar(const YAML::Mark& mark, const std::string& value, bool is_null) {
    if (lists_ > 0) return;
    if (levels_.empty()) return Refuse(mark, "text where sections are expected");
    Level& level = levels_.back();
    if (!level.awaits_value) return TakeKey(mark, value);
    if (!is_null) out_.entries.push_back({PathHere(), value, mark.line + 1});
    Advance();
  }

  void TakeKey(const YAML::Mark& mark, const std::string& key) {
    Level& level = levels_.back();
    level.key = key;
    level.awaits_value = true;
    if (!level.seen.insert(key).second) {
      Refuse(mark, absl::StrCat("\"", PathHere(), "\" a second time"));
    }
  }

  void Advance() {
    if (!levels_.empty() && lists_ == 0) levels_.back().awaits_value = false;
  }

  std::string PathHere() const {
    std::string path;
    for (const Level& level : levels_) absl::StrAppend(&path, path.empty() ? "" : ".", level.key);
    return path;
  }

  void Refuse(const YAML::Mark& mark, absl::string_view what) {
    out_.problems.push_back(absl::StrCat("line ", mark.line + 1, ": ", what, " is not allowed"));
  }

  FlatFile& out_;
  std::vector<Level> levels_;
  int lists_ = 0;
  int documents_ = 0;
};

}  // namespace

FlatFile ReadYaml(absl::string_view text) {
  FlatFile file;
  if (text.size() > kMaxFile) {
    file.problems.push_back("the file is larger than 1 MiB");
    return file;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Flattener flattener(file);
    while (parser.HandleNextDocument(flattener)) {
    }
  } catch (const YAML::Exception& error) {
    file.problems.push_back(absl::StrCat("line ", error.mark.line + 1, ": ", error.msg));
  }
  return file;
}

}  // namespace signet::config
