#include <fstream>
#include <memory>
#include <ostream>
#include <string>

#include <signet/v1/user_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/confirmation.h"
#include "client/cli/live_session.h"
#include "client/cli/user_import.h"

namespace signet::cli {
namespace {

using signet::v1::UserService;

struct ImportOptions {
  std::string file;
  std::string state_file;
  int batch = 500;
};

struct PersonOptions {
  std::string user_id;
  bool yes = false;
};

std::string Describe(const ImportCounts& counts) {
  return absl::StrCat(counts.lines, " lines: ", counts.created, " created, ", counts.existed,
                      " were there, ", counts.refused, " refused");
}

absl::StatusOr<ExitCode> Import(Context& context, const ImportOptions& options) {
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file) return UsageError(absl::StrCat("cannot read ", options.file));
  }
  SIGNET_ASSIGN_OR_RETURN(ImportState state, ImportState::Open(options.state_file));
  UserImporter importer(std::move(state), options.batch, context.console.out);
  const auto counts = importer.Run(
      options.file == "-" ? context.console.in : file,
      [&](const v1::ImportUsersRequest& request) {
        return CallAsSession(context, &UserService::Stub::ImportUsers, request);
      },
      [&](const ImportCounts& so_far) { context.output.Warn(Describe(so_far)); });
  if (!counts.ok()) {
    if (!options.state_file.empty()) {
      context.output.Warn(absl::StrCat("the same command with --resume ", options.state_file,
                                       " goes on from here"));
    }
    return counts.status();
  }
  return counts->refused == 0 ? ExitCode::kOk : ExitCode::kNegative;
}

// One JSON object: {"records":[…]}. Page by page, so that memory is that of one page.
absl::StatusOr<ExitCode> Export(Context& context, const PersonOptions& options) {
  signet::v1::ExportUserDataRequest request;
  request.set_user_id(options.user_id);
  request.set_page_size(1000);
  const char* before = "{\"records\":[\n";
  do {
    SIGNET_ASSIGN_OR_RETURN(const auto page,
                            CallAsSession(context, &UserService::Stub::ExportUserData, request));
    for (const std::string& record : page.records()) {
      context.console.out << before << record;
      before = ",\n";
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  context.console.out << "\n]}\n";
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Erase(Context& context, const PersonOptions& options) {
  SIGNET_RETURN_IF_ERROR(Confirm(context, options.yes,
                                 absl::StrCat("Erase everything that is known of ", options.user_id,
                                              "? It cannot be undone.")));
  signet::v1::EraseUserRequest request;
  request.set_user_id(options.user_id);
  SIGNET_RETURN_IF_ERROR(CallAsSession(context, &UserService::Stub::EraseUser, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"erased\":true}"));
  return ExitCode::kOk;
}

}  // namespace

void AddPersonalDataCommands(CommandTable& table, CLI::App& user_group) {
  auto import = std::make_shared<ImportOptions>();
  auto& app = table.Add(
      user_group, "import", "Make accounts from JSON Lines, with their old password hashes",
      "  signet admin user import people.jsonl --resume people.state >results.jsonl\n"
      "One object a line: email, password_hash, display_name, create_time, disabled.\n"
      "Results are JSON Lines on the standard output, progress goes to the error stream.",
      [import](Context& context) { return Import(context, *import); });
  app.add_option("FILE", import->file, "JSON Lines; - is the standard input")->required();
  app.add_option("--resume", import->state_file,
                 "Keeps here how far it came, and goes on there where the file exists")
      ->type_name("STATE");
  app.add_option("--batch", import->batch, "Lines in one call")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();

  auto exported = std::make_shared<PersonOptions>();
  table
      .Add(user_group, "export", "Everything that is kept of one person, as JSON",
           "  signet admin user export >mine.json\n"
           "  signet admin user export 0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e >ada.json",
           [exported](Context& context) { return Export(context, *exported); })
      .add_option("USER_ID", exported->user_id, "Default: you yourself");

  auto erased = std::make_shared<PersonOptions>();
  auto& erase =
      table.Add(user_group, "erase", "Delete an account and everything that is known of the person",
                "  signet admin user erase 0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e --yes",
                [erased](Context& context) { return Erase(context, *erased); });
  erase.add_option("USER_ID", erased->user_id, "As admin user list shows it")->required();
  AddYes(erase, erased->yes);
}

}  // namespace signet::cli
