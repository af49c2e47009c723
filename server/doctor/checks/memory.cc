#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr int64_t kLarge = int64_t{8192} * kMebibyte;

}  // namespace

Finding CheckMemory(const Deployment& deployment) {
  const auto server = deployment.survey->ReadServer();
  if (!server.ok()) return CannotTell(server.status().message());
  const std::string seen = absl::StrCat("shared_buffers ", server->shared_buffers / kMebibyte,
                                        " MiB, huge_pages ", server->huge_pages);
  Notes notes;
  // "try" falls back to small pages without a word.
  if (server->shared_buffers >= kLarge && server->huge_pages != "on") {
    notes.Warn(
        seen,
        "reserve huge pages (vm.nr_hugepages; postgres -C shared_memory_size_in_huge_pages) and "
        "set huge_pages = on",
        "docs/database.md");
  } else {
    notes.Ok(seen);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
