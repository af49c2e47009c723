#include "server/config/render.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/config/key.h"

namespace signet::config {
namespace {

constexpr size_t kColumns = 96;

// `text` as comment lines that fit, each starting with `prefix`.
std::string Wrapped(absl::string_view text, absl::string_view prefix) {
  std::string out;
  std::string line(prefix);
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    if (line.size() + 1 + word.size() > kColumns && line.size() > prefix.size()) {
      absl::StrAppend(&out, line, "\n");
      line = std::string(prefix);
    }
    absl::StrAppend(&line, " ", word);
  }
  return absl::StrCat(out, line, "\n");
}

absl::string_view SectionOf(absl::string_view path) { return path.substr(0, path.find('.')); }
absl::string_view NameOf(absl::string_view path) { return path.substr(path.find('.') + 1); }

// The spelling in the file: a secret is named by its file.
std::string WrittenName(const Key& key) {
  return key.is_secret() ? absl::StrCat(NameOf(key.path), "_file") : std::string(NameOf(key.path));
}

std::string ExampleEntry(const Key& key) {
  std::string out = Wrapped(key.doc, "  #");
  std::string names = EnvironmentName(key.path);
  if (key.is_secret()) absl::StrAppend(&names, " (the secret itself)");
  absl::StrAppend(
      &out, Wrapped(absl::StrCat(DescribeKind(key), "; ", names,
                                 key.reload == Reload::kOnHangup ? "; read again on SIGHUP" : ""),
                    "  #"));
  const absl::string_view value = key.initial.empty() ? key.example : key.initial;
  const bool required = absl::StrContains(key.doc, "Required.");
  const absl::string_view comment = key.initial.empty() && !required ? "# " : "";
  return absl::StrCat(out, "  ", comment, WrittenName(key), ": ", value, "\n");
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string ReferenceRow(const Key& key) {
  const std::string initial = key.initial.empty() ? "–" : absl::StrCat("`", key.initial, "`");
  const std::string kind = absl::StrReplaceAll(DescribeKind(key), {{"|", "\\|"}});
  return absl::StrCat("| `", WrittenName(key), "` | ", kind, " | ", initial, " | `",
                      EnvironmentName(key.path), "` | ", key.doc,
                      key.reload == Reload::kOnHangup ? " Read again on SIGHUP." : "", " |\n");
}

template <typename Header, typename Row>
std::string BySection(Header header, Row row) {
  std::string out;
  for (const Section& section : Sections()) {
    absl::StrAppend(&out, "\n", header(section));
    for (const Key& key : Keys()) {
      if (SectionOf(key.path) == section.name) absl::StrAppend(&out, row(key));
    }
  }
  return out;
}

}  // namespace

std::string RenderEffective(const Loaded& loaded) {
  std::string out;
  absl::string_view section;
  for (const Effective& value : loaded.effective) {
    if (SectionOf(value.path) != section) {
      section = SectionOf(value.path);
      absl::StrAppend(&out, section, ":\n");
    }
    absl::StrAppend(&out, "  ", NameOf(value.path), ": ", Quoted(value.text), "  # ", value.source,
                    "\n");
  }
  return out;
}

std::string RenderExample() {
  return absl::StrCat(
      "# Configuration of signetd, with every key and its default. `signetd config example` "
      "prints\n"
      "# this file, `signetd config check --config FILE` names everything wrong with yours, and\n"
      "# `signetd config print --config FILE` shows what is in force and where it came from.\n"
      "#\n"
      "# Flags (--tokens.access_ttl=10m) go over environment variables, and these over the file.\n"
      "# Secrets stand in files of their own or in the environment, never here.\n",
      BySection(
          [](const Section& section) {
            return absl::StrCat("# ", section.doc, "\n", section.name, ":\n");
          },
          ExampleEntry));
}

std::string RenderReference() {
  return absl::StrCat(
      "# Configuration\n\n"
      "One YAML file, `SIGNET_…` environment variables over it, and flags over both: every key is\n"
      "also a flag (`--tokens.access_ttl=10m`). Unknown keys are refused. Durations are written "
      "as\n"
      "`500ms`, `30s`, `15m`, `8h`, `30d`; sizes as `512KiB`, `64MiB`, `2GiB`. A secret stands in "
      "a\n"
      "file of its own, named by its `…_file` key, or in its environment variable.\n\n"
      "`signetd config check` names everything that is wrong, `signetd config print` shows what "
      "is\n"
      "in force and where it came from (secrets redacted), `signetd config example` prints an\n"
      "annotated file (`deploy/signet.example.yaml`). This page is made from the same table.\n",
      BySection(
          [](const Section& section) {
            return absl::StrCat("## ", section.name, "\n\n", section.doc,
                                "\n\n| key | value | default | environment | meaning |\n"
                                "|---|---|---|---|---|\n");
          },
          ReferenceRow));
}

}  // namespace signet::config
