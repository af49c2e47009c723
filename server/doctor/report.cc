#include "server/doctor/report.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "server/observe/log_json.h"

namespace signet::doctor {
namespace {

constexpr size_t kMostText = 4096;
constexpr size_t kVerdictWidth = 9;

std::string Pad(absl::string_view text, size_t width) {
  std::string padded(text);
  padded.resize(std::max(width, padded.size()), ' ');
  return padded;
}

absl::string_view ColourOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "\x1b[32m";
    case Verdict::kWarn:
      return "\x1b[33m";
    case Verdict::kFail:
      return "\x1b[1;31m";
    case Verdict::kSkipped:
      break;
  }
  return "\x1b[2m";
}

// Words of PostgreSQL and of other servers stand in it: no line of theirs is to look like one of
// the table, and no byte is to move the cursor.
std::string OneLine(absl::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return line;
}

void AppendMember(absl::string_view name, absl::string_view value, std::string& json) {
  absl::StrAppend(&json, "\"", name, "\":");
  observe::AppendJsonString(value, kMostText, json);
}

}  // namespace

std::string AsTable(const std::vector<Finding>& findings, Look look) {
  size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.check.size() + 2);
  std::array<int, 4> counts{};
  std::string table;
  for (const Finding& finding : findings) {
    ++counts[static_cast<size_t>(finding.verdict)];
    const std::string verdict = Pad(VerdictName(finding.verdict), kVerdictWidth);
    absl::StrAppend(&table, Pad(finding.check, width),
                    look == Look::kColoured ? ColourOf(finding.verdict) : "", verdict,
                    look == Look::kColoured ? "\x1b[0m" : "", OneLine(finding.seen), "\n");
    if (finding.verdict < Verdict::kWarn || finding.todo.empty()) continue;
    absl::StrAppend(&table, std::string(width + kVerdictWidth, ' '), "-> ", OneLine(finding.todo),
                    finding.runbook.empty() ? "" : absl::StrCat(" (", finding.runbook, ")"), "\n");
  }
  absl::StrAppend(&table, counts[1], " ok, ", counts[2], " to be warned of, ", counts[3],
                  " failed, ", counts[0], " skipped\n");
  return table;
}

std::string AsJson(const std::vector<Finding>& findings) {
  Verdict worst = Verdict::kSkipped;
  std::string checks;
  for (const Finding& finding : findings) {
    worst = std::max(worst, finding.verdict);
    absl::StrAppend(&checks, checks.empty() ? "{" : ",{");
    AppendMember("check", finding.check, checks);
    checks += ',';
    AppendMember("verdict", VerdictName(finding.verdict), checks);
    checks += ',';
    AppendMember("seen", finding.seen, checks);
    checks += ',';
    AppendMember("todo", finding.todo, checks);
    checks += ',';
    AppendMember("runbook", finding.runbook, checks);
    checks += '}';
  }
  return absl::StrCat("{\"verdict\":\"", VerdictName(worst), "\",\"checks\":[", checks, "]}\n");
}

}  // namespace signet::doctor
