#include "client/cli/command.h"

#include <utility>

namespace signet::cli {

CLI::App& CommandTable::Group(CLI::App& parent, const std::string& name,
                              const std::string& description) {
  CLI::App& app = *parent.add_subcommand(name, description);
  app.require_subcommand(1);
  app.fallthrough();
  return app;
}

CLI::App& CommandTable::GroupWithDefault(const std::string& name, const std::string& description,
                                         Action action) {
  CLI::App& app = *root_.add_subcommand(name, description);
  app.require_subcommand(0, 1);
  app.fallthrough();
  app.callback([this, &app, action = std::move(action)] {
    if (app.get_subcommands().empty()) chosen_ = action;
  });
  return app;
}

CLI::App& CommandTable::Add(CLI::App& parent, const std::string& name,
                            const std::string& description, const std::string& examples,
                            Action action) {
  CLI::App& app = *parent.add_subcommand(name, description);
  app.fallthrough();  // global options may follow the command
  app.footer("Examples:\n" + examples);
  app.callback([this, action = std::move(action)] { chosen_ = action; });
  return app;
}

}  // namespace signet::cli
