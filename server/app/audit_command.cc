#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/base/status_macros.h"
#include "server/app/commands.h"
#include "server/audit/verify_log.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/stores/audit_reader_pg.h"

namespace signet::app {
namespace {

// The notes of a file of checkpoints (server/audit/checkpoint_file.h): each ends with an empty
// line, and holds one before its signature.
absl::StatusOr<std::vector<std::string>> ReadNotes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  std::vector<std::string> parts = absl::StrSplit(text.str(), "\n\n");
  std::vector<std::string> notes;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    notes.push_back(absl::StrCat(parts[i], "\n\n", absl::StripSuffix(parts[i + 1], "\n"), "\n"));
  }
  return notes;
}

// Kinds, ids and texts of findings hold nothing that needs escaping.
std::string AsJson(const audit::Verification& result) {
  std::string json = absl::StrCat("{\"events\":", result.events, ",\"retired\":", result.retired,
                                  ",\"checkpoints\":", result.checkpoints,
                                  ",\"waiting\":", result.waiting, ",\"findings\":[");
  for (const audit::Finding& finding : result.findings) {
    absl::StrAppend(&json, "{\"kind\":\"", audit::FindingName(finding.kind),
                    "\",\"leaf\":", finding.index, ",\"event\":\"",
                    finding.event.is_nil() ? "" : finding.event.ToString(), "\",\"text\":\"",
                    finding.text, "\"},");
  }
  return absl::StrCat(absl::StripSuffix(json, ","), "]}\n");
}

std::string AsText(const audit::Verification& result) {
  std::string text;
  for (const audit::Finding& finding : result.findings) {
    absl::StrAppend(&text, audit::FindingName(finding.kind));
    if (finding.index >= 0) absl::StrAppend(&text, " leaf ", finding.index);
    if (!finding.event.is_nil()) absl::StrAppend(&text, " event ", finding.event.ToString());
    absl::StrAppend(&text, ": ", finding.text, "\n");
  }
  absl::StrAppend(&text, result.events, " events (", result.retired, " dropped by retention, ",
                  result.waiting, " more to be sealed), ", result.checkpoints, " checkpoints: ",
                  result.findings.empty() ? "nothing is wrong" : "THE LOG WAS CHANGED", "\n");
  return text;
}

absl::StatusOr<int> Verify(const AuditVerifyArguments& arguments) {
  SIGNET_ASSIGN_OR_RETURN(const auto key, audit::CheckpointVerifier::FromText(arguments.key));
  std::vector<std::string> kept;
  if (!arguments.checkpoints.empty()) {
    SIGNET_ASSIGN_OR_RETURN(kept, ReadNotes(arguments.checkpoints));
  }
  storage::ConnectionPool::Options options;
  options.conninfo = arguments.database;
  options.size = 1;
  options.statement_timeout = absl::Minutes(5);
  options.application_name = "signetd audit verify";
  storage::StorageObserver nobody;
  SIGNET_ASSIGN_OR_RETURN(const auto pool,
                          storage::ConnectionPool::Create(std::move(options), nobody));
  storage::AuditReaderPg reader(*pool);
  SIGNET_ASSIGN_OR_RETURN(
      const audit::Verification result,
      VerifyLog(reader, key, kept, absl::Hours(24 * arguments.retention_days), absl::Now()));
  std::fputs((arguments.json ? AsJson(result) : AsText(result)).c_str(), stdout);
  return result.findings.empty() ? 0 : 1;
}

}  // namespace

int RunAuditVerify(const AuditVerifyArguments& arguments) {
  const auto code = Verify(arguments);
  return code.ok() ? *code : ExitCode(code.status()) + 1;
}

}  // namespace signet::app
