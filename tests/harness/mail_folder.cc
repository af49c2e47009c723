#include "tests/harness/mail_folder.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/harness/eventually.h"

namespace signet::tests {
namespace {

constexpr char kTokenAlphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// A file appears under its name when it is whole.
std::vector<std::string> Files(const std::string& folder, const std::string& kind) {
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    const std::string path = entry.path().string();
    if (absl::EndsWith(path, ".eml") && absl::StrContains(path, kind)) files.push_back(path);
  }
  return files;
}

std::string Unfolded(const std::string& file) {
  return absl::StrReplaceAll(ReadFile(file), {{"=\r\n", ""}});
}

}  // namespace

std::map<std::string, std::string> MailFolder::Settings() const {
  return {{"mail.folder", path()},
          {"mail.from", "no-reply@example.com"},
          {"mail.link_base", "https://id.example.com"},
          {"mail.poll", "10ms"},
          {"mail.interval", "0s"}};
}

std::string MailFolder::Take(const std::string& kind, const std::string& to,
                             absl::Duration patience) const {
  std::string taken;
  Eventually(patience, [&] {
    for (const std::string& file : Files(path(), "-" + kind + "-")) {
      std::string text = Unfolded(file);
      if (!absl::StrContains(text, "\r\nTo: " + to + "\r\n")) continue;
      std::filesystem::remove(file);
      taken = std::move(text);
      return true;
    }
    return false;
  });
  return taken;
}

std::string MailFolder::TakeToken(const std::string& kind, const std::string& to) const {
  return TokenIn(Take(kind, to));
}

std::string MailFolder::TokenIn(const std::string& mail) {
  const size_t at = mail.find("#sge_");
  if (at == mail.npos) return "";
  const size_t end = mail.find_first_not_of(kTokenAlphabet, at + 1);
  return mail.substr(at + 1, end - at - 1);
}

int MailFolder::Count(const std::string& kind) const {
  return static_cast<int>(Files(path(), "-" + kind + "-").size());
}

std::string MailFolder::All() const {
  std::string all;
  for (const std::string& file : Files(path(), "")) absl::StrAppend(&all, Unfolded(file));
  return all;
}

}  // namespace signet::tests
