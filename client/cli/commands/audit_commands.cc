#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <signet/v1/audit_service.grpc.pb.h>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/audit/checkpoint.h"
#include "client/audit/log_verifier.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/live_session.h"

namespace signet::cli {
namespace {

using signet::v1::AuditService;

struct EventListOptions {
  std::string action, actor, subject, session, since, page_token;
  bool refused = false;
  int limit = 50;
};

absl::Status ReadTime(const std::string& text, google::protobuf::Timestamp& out) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return UsageError("--since is a time such as 2026-11-25T16:00:00Z");
  }
  out.set_seconds(absl::ToUnixSeconds(time));
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> ListEvents(Context& context, const EventListOptions& options) {
  signet::v1::QueryEventsRequest request;
  request.set_action(options.action);
  request.set_actor_id(options.actor);
  request.set_subject_id(options.subject);
  request.set_session_id(options.session);
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  if (options.refused) request.set_outcome(signet::v1::AUDIT_OUTCOME_REFUSED);
  if (!options.since.empty()) {
    SIGNET_RETURN_IF_ERROR(ReadTime(options.since, *request.mutable_start_time()));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto events,
                          CallAsSession(context, &AuditService::Stub::QueryEvents, request));
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(events), "events",
      {"time", "action", "outcome", "reason", "actor_id", "subject_id", "target", "address"}));
  return ExitCode::kOk;
}

// One JSON object per line, whatever --json says: that is the format.
absl::StatusOr<ExitCode> Export(Context& context, int64_t from) {
  signet::v1::ExportEventsRequest request;
  request.set_from_leaf(from);
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const auto page,
                            CallAsSession(context, &AuditService::Stub::ExportEvents, request));
    for (const auto& entry : page.entries()) context.console.out << JsonOf(entry) << '\n';
    context.output.Warn(absl::StrCat(page.next_leaf(), " of ", page.size(), " events"));
    if (page.next_leaf() >= page.size()) return ExitCode::kOk;
    request.set_from_leaf(page.next_leaf());
  }
}

struct LogVerifyOptions {
  std::string key;
  std::string checkpoint;
  int retention_days = 90;
};

audit::SealedEvent ToSealed(const signet::v1::ExportEventsResponse::Entry& entry) {
  audit::SealedEvent sealed;
  sealed.index = entry.event().leaf_index();
  sealed.leaf_hash = entry.leaf_hash();
  const auto content = audit::DecodeEvent(entry.content());
  if (content) sealed.event_id = content->id;
  if (entry.content().empty()) return sealed;
  audit::SealedEvent::Row row;
  row.content = entry.content();
  if (content) {
    row = {entry.content(),  content->id,    content->at,      content->action,
           content->outcome, content->actor, content->subject, content->session};
  }
  sealed.row = std::move(row);
  return sealed;
}

absl::Status CheckAll(Context& context, audit::LogVerifier& verifier, int64_t first) {
  signet::v1::GetCheckpointRequest checkpoints;
  signet::v1::ExportEventsRequest events;
  checkpoints.set_after_size(first);
  events.set_from_leaf(first);
  signet::v1::ExportEventsResponse page;
  int at = 0;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(
        const auto notes, CallAsSession(context, &AuditService::Stub::GetCheckpoint, checkpoints));
    if (notes.notes().empty()) return absl::OkStatus();
    for (const std::string& note : notes.notes()) {
      // Believed for how far to read alone.
      const std::vector<std::string> lines = absl::StrSplit(note, '\n');
      int64_t size = 0;
      if (lines.size() < 2 || !absl::SimpleAtoi(lines[1], &size)) size = verifier.size();
      while (verifier.size() < size) {
        if (at == page.entries_size()) {
          SIGNET_ASSIGN_OR_RETURN(
              page, CallAsSession(context, &AuditService::Stub::ExportEvents, events));
          events.set_from_leaf(page.next_leaf());
          at = 0;
          if (page.entries().empty()) break;
        }
        verifier.Leaf(ToSealed(page.entries(at++)));
      }
      verifier.CheckpointNote(note);
      checkpoints.set_after_size(std::max(size, checkpoints.after_size() + 1));
    }
  }
}

// Every hash and signature is computed here: the service is asked for bytes, not for an opinion.
absl::StatusOr<ExitCode> VerifyLog(Context& context, const LogVerifyOptions& options) {
  const auto key = audit::CheckpointVerifier::FromText(options.key);
  if (!key.ok()) return UsageError("--key is what GET /audit/key answered when you trusted it");
  std::vector<std::string> kept;
  if (!options.checkpoint.empty()) {
    std::string note;
    if (!absl::Base64Unescape(options.checkpoint, &note)) {
      return UsageError("--checkpoint is the base64 of a note that you kept");
    }
    kept.push_back(note);
  }
  audit::LogVerifier verifier(*key, kept);
  SIGNET_ASSIGN_OR_RETURN(const auto newest,
                          CallAsSession(context, &AuditService::Stub::GetCheckpoint, {}));
  int64_t first = 0;
  if (!newest.retired_note().empty()) {
    const auto retired = key->Read(newest.retired_note());
    if (retired.ok()) first = retired->size;
    verifier.Retired(first, newest.retired_edge(), newest.retired_note(), context.clock.Now(),
                     absl::Hours(24 * options.retention_days));
  }
  SIGNET_RETURN_IF_ERROR(CheckAll(context, verifier, first));
  verifier.Finish();
  std::string json = "{\"findings\":[";
  for (const audit::Finding& finding : verifier.findings()) {
    absl::StrAppend(&json, json.back() == '[' ? "" : ",", "{\"kind\":\"",
                    audit::FindingName(finding.kind), "\",\"leaf\":", finding.index, ",\"text\":\"",
                    finding.text, "\"}");
  }
  absl::StrAppend(&json, "],\"events\":", verifier.size(),
                  ",\"checkpoints\":", verifier.checkpoints(), "}");
  SIGNET_RETURN_IF_ERROR(context.output.Show(json));
  return verifier.findings().empty() ? ExitCode::kOk : ExitCode::kNegative;
}

absl::StatusOr<ExitCode> ShowCheckpoint(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const auto checkpoint,
                          CallAsSession(context, &AuditService::Stub::GetCheckpoint, {}));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(checkpoint)));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Prove(Context& context, const std::string& event) {
  signet::v1::GetInclusionProofRequest request;
  request.set_event_id(event);
  SIGNET_ASSIGN_OR_RETURN(const auto proof,
                          CallAsSession(context, &AuditService::Stub::GetInclusionProof, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(proof)));
  return ExitCode::kOk;
}

void AddEventList(CommandTable& table, CLI::App& group) {
  auto options = std::make_shared<EventListOptions>();
  CLI::App& app = table.Add(
      group, "list", "Events, newest first",
      "  signet audit list --refused --action LOGIN\n  signet --json audit list --limit 1000",
      [options](Context& context) { return ListEvents(context, *options); });
  app.add_option("--action", options->action, "LOGIN, KEY_ACTIVATE, …");
  app.add_option("--actor", options->actor, "Id of who acted");
  app.add_option("--subject", options->subject, "Id of whom it is about");
  app.add_option("--session", options->session, "Id of the session");
  app.add_option("--since", options->since, "A time such as 2026-11-25T16:00:00Z");
  app.add_flag("--refused", options->refused, "Refusals alone");
  app.add_option("--limit", options->limit, "At most so many, up to 1000");
  app.add_option("--page-token", options->page_token, "next_page_token of the page before");
}

}  // namespace

void AddAuditCommands(CommandTable& table) {
  auto& group = table.Group("audit", "The audit log (auditors)");
  AddEventList(table, group);

  auto from = std::make_shared<int64_t>(0);
  table
      .Add(group, "export", "Every sealed event as JSON Lines, with the bytes that were hashed",
           "  signet audit export > events.jsonl\n  signet audit export --from 120000 >> "
           "events.jsonl",
           [from](Context& context) { return Export(context, *from); })
      .add_option("--from", *from, "The first leaf wanted");

  auto verify = std::make_shared<LogVerifyOptions>();
  CLI::App& app = table.Add(
      group, "verify", "Compute the whole log anew and compare; exit code 1 when it was changed",
      "  signet audit verify --key id.example.com/audit+1a2b3c4d+AQ…\n"
      "With access to the database: signetd audit verify",
      [verify](Context& context) { return VerifyLog(context, *verify); });
  app.add_option("--key", verify->key, "The log's verifier key (GET /audit/key), kept by you")
      ->required();
  app.add_option("--checkpoint", verify->checkpoint, "Base64 of a checkpoint that you kept");
  app.add_option("--retention-days", verify->retention_days,
                 "No younger event may have been dropped");

  table.Add(group, "checkpoint", "The newest signed checkpoint: keep it elsewhere",
            "  signet audit checkpoint\n  signet --field notes audit checkpoint", ShowCheckpoint);

  auto event = std::make_shared<std::string>();
  table
      .Add(group, "prove", "The proof that an event is in the log",
           "  signet audit prove 01a1fe73-8258-72fc-b762-19a3d08efca5",
           [event](Context& context) { return Prove(context, *event); })
      .add_option("EVENT", *event, "Its id")
      ->required();
}

}  // namespace signet::cli
