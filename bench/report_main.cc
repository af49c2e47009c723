// bench_report: reads measurements, one per line, and prints them beside their limits.

#include <cstdio>
#include <iostream>
#include <iterator>

#include "CLI/CLI.hpp"
#include "bench/report.h"

namespace signet::bench {
namespace {

int Print(bool json) {
  std::vector<Measurement> measured;
  for (std::string line; std::getline(std::cin, line);) {
    auto one = ParseMeasurement(line);
    if (!one.ok()) {
      std::cerr << one.status().message() << "\n";
      return 1;
    }
    measured.push_back(*std::move(one));
  }
  const auto rows = Judge(measured, Promises());
  std::cout << (json ? AsJson(rows) : AsTable(rows));
  return 0;
}

int Check(const std::vector<std::string>& names) {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const absl::Status checked = CheckShape(text, names);
  if (checked.ok()) return 0;
  std::cerr << checked.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  CLI::App app{"Puts measurements from standard input beside their limits."};
  bool json = false;
  bool check = false;
  std::vector<std::string> names;
  app.add_flag("--json", json, "print JSON instead of a table");
  app.add_flag("--check", check, "instead, check JSON from standard input for its form");
  app.add_option("names", names, "with --check: rows that must be there");
  CLI11_PARSE(app, argc, argv);
  return check ? signet::bench::Check(names) : signet::bench::Print(json);
}
