#include "client/cli/confirmation.h"

#include <istream>
#include <ostream>

#include "client/cli/advice.h"

namespace signet::cli {

absl::Status Confirm(Context& context, bool yes, const std::string& question) {
  if (yes) return absl::OkStatus();
  context.console.err << Printable(question) << " Type yes: " << std::flush;
  std::string answer;
  std::getline(context.console.in, answer);
  if (answer == "yes") return absl::OkStatus();
  return UsageError("nothing was done: answer yes, or give --yes");
}

void AddYes(CLI::App& app, bool& yes) { app.add_flag("--yes", yes, "Do not ask"); }

}  // namespace signet::cli
