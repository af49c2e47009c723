#include "server/mail/mail_templates.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/status_macros.h"
#include "server/mail/built_in_templates.h"

namespace signet::mail {
namespace {

constexpr char kLayout[] = "layout.html";
constexpr size_t kMaxSubject = 200;
constexpr size_t kMaxFile = size_t{256} << 10;

using Files = std::map<std::string, std::string, std::less<>>;  // by name

absl::Status Wrong(absl::string_view file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("mail template ", file, ": ", what));
}

absl::Status Replace(const std::string& folder, Files& files) {
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  if (error) {
    return absl::NotFoundError(absl::StrCat("mail.templates: cannot read the folder ", folder));
  }
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (absl::StartsWith(name, ".")) continue;  // an editor's
    const auto known = files.find(name);
    if (known == files.end()) return Wrong(name, "there is no template of this name to replace");
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file || text.empty() || text.size() > kMaxFile) {
      return Wrong(name, "cannot be read, is empty, or has more than 256 KiB");
    }
    known->second = absl::StrReplaceAll(text, {{"\r\n", "\n"}});
  }
  return absl::OkStatus();
}

std::vector<std::string> NamesOf(const domain::MailKindRow& row) {
  std::vector<std::string> names = {"email", "time", "service"};
  if (!row.link_path.empty()) {
    names.emplace_back("link");
    names.emplace_back("until");
  }
  for (const absl::string_view detail : absl::StrSplit(row.details, ' ', absl::SkipEmpty())) {
    names.emplace_back(detail);
  }
  return names;
}

absl::StatusOr<Template> ParseFile(absl::string_view file, absl::string_view text,
                                   const std::vector<std::string>& names, Template::Escape escape) {
  auto parsed = Template::Parse(text, names, escape);
  if (!parsed.ok()) return Wrong(file, parsed.status().message());
  return parsed;
}

// "Subject: …" and what follows the empty line after it.
absl::StatusOr<std::pair<std::string, std::string>> SplitSubject(absl::string_view file,
                                                                 absl::string_view text) {
  const size_t end = text.find('\n');
  absl::string_view subject = text.substr(0, end);
  if (!absl::ConsumePrefix(&subject, "Subject: ") || end == text.npos ||
      !absl::StartsWith(text.substr(end), "\n\n")) {
    return Wrong(file, "has to begin with a line \"Subject: …\" and an empty one");
  }
  if (subject.empty() || subject.size() > kMaxSubject) {
    return Wrong(file, "the subject has to have 1 to 200 bytes");
  }
  return std::pair(std::string(subject), std::string(text.substr(end + 2)));
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

}  // namespace

MailTemplates::MailTemplates(Options options, std::map<domain::MailKind, Texts> texts,
                             Template layout_before, Template layout_after)
    : options_(std::move(options)),
      texts_(std::move(texts)),
      layout_before_(std::move(layout_before)),
      layout_after_(std::move(layout_after)) {}

absl::StatusOr<MailTemplates> MailTemplates::Load(Options options) {
  Files files = BuiltInTemplates();
  if (!options.folder.empty()) SIGNET_RETURN_IF_ERROR(Replace(options.folder, files));

  std::map<domain::MailKind, Texts> texts;
  for (const domain::MailKindRow& row : domain::MailKinds()) {
    const std::vector<std::string> names = NamesOf(row);
    const std::string text_file = absl::StrCat(row.name, ".txt");
    const std::string html_file = absl::StrCat(row.name, ".html");
    SIGNET_ASSIGN_OR_RETURN(const auto parts, SplitSubject(text_file, files[text_file]));
    SIGNET_ASSIGN_OR_RETURN(
        Template subject, ParseFile(text_file, parts.first, {"service"}, Template::Escape::kNone));
    SIGNET_ASSIGN_OR_RETURN(Template text,
                            ParseFile(text_file, parts.second, names, Template::Escape::kNone));
    SIGNET_ASSIGN_OR_RETURN(Template html,
                            ParseFile(html_file, files[html_file], names, Template::Escape::kHtml));
    if (!row.link_path.empty() && !(text.Uses("link") && html.Uses("link"))) {
      return Wrong(text.Uses("link") ? html_file : text_file, "does not show its {{link}}");
    }
    texts.emplace(row.kind, Texts{std::move(subject), std::move(text), std::move(html)});
  }

  // The content is HTML already, so it is put between two halves and not through the escaping.
  const std::vector<std::string> halves = absl::StrSplit(files[kLayout], "{{content}}");
  if (halves.size() != 2) return Wrong(kLayout, "has to have {{content}} once");
  const std::vector<std::string> names = {"subject", "service"};
  SIGNET_ASSIGN_OR_RETURN(Template before,
                          ParseFile(kLayout, halves[0], names, Template::Escape::kHtml));
  SIGNET_ASSIGN_OR_RETURN(Template after,
                          ParseFile(kLayout, halves[1], names, Template::Escape::kHtml));
  return MailTemplates(std::move(options), std::move(texts), std::move(before), std::move(after));
}

RenderedMail MailTemplates::Render(const domain::OutgoingMail& mail) const {
  const Texts& texts = texts_.at(mail.kind);
  const domain::MailKindRow& row = *domain::FindMailKind(mail.kind);
  Values values = {{"email", mail.address},
                   {"time", TimeText(mail.at)},
                   {"service", options_.service_name},
                   {"network_address", mail.network_address},
                   {"device", mail.device},
                   {"new_email", mail.new_email},
                   {"change", mail.change},
                   {"until", TimeText(mail.until)}};
  if (!row.link_path.empty()) {
    values["link"] = absl::StrCat(options_.link_base, row.link_path, "#", mail.token.reveal());
  }
  RenderedMail rendered;
  rendered.subject = texts.subject.Render(values);
  rendered.text = texts.text.Render(values);
  const Values around = {{"subject", rendered.subject}, {"service", options_.service_name}};
  rendered.html = absl::StrCat(layout_before_.Render(around), texts.html.Render(values),
                               layout_after_.Render(around));
  return rendered;
}

}  // namespace signet::mail
