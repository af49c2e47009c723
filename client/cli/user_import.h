#pragma once

#include <cstdint>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include <signet/v1/user_service.pb.h>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/token/json.h"

namespace signet::cli {

// How far an import has come, in a file, so that another run goes on where one broke off: at most
// one batch is sent twice, and answered as the first time, because the request id stays.
class ImportState {
 public:
  // Reads `path`, or begins anew where there is no such file; an empty path keeps nothing. Reason
  // USAGE: the file is none of ours, or cannot be written.
  static absl::StatusOr<ImportState> Open(const std::string& path);

  const std::string& request_id() const { return request_id_; }
  int64_t lines() const { return lines_; }
  // `lines` of the input are done. The file is replaced as a whole.
  absl::Status Advance(int64_t lines);

 private:
  std::string path_;
  std::string request_id_;
  int64_t lines_ = 0;
};

struct ImportCounts {
  int64_t lines = 0;  // with those of an earlier run
  int64_t created = 0;
  int64_t existed = 0;
  int64_t refused = 0;
};

// Sends JSON Lines in batches, and writes one JSON line for each to `out`, in their order:
//   {"line":7,"outcome":"CREATED","user_id":"…"}
//   {"line":8,"outcome":"REFUSED","field":"email","description":"…"}
// Memory is that of one batch, whatever the length of the input. Blank lines are passed over. A
// line that is no object of known members with values of their types is refused here, without a
// call.
class UserImporter {
 public:
  static constexpr size_t kMaxLineBytes = 16 * 1024;

  using Send =
      absl::FunctionRef<absl::StatusOr<v1::ImportUsersResponse>(const v1::ImportUsersRequest&)>;
  // After each batch.
  using Progress = absl::FunctionRef<void(const ImportCounts&)>;

  UserImporter(ImportState state, int batch, std::ostream& out)
      : state_(std::move(state)), batch_(batch), out_(out) {}

  // The first error of `send` ends it; what was done before is in the state.
  absl::StatusOr<ImportCounts> Run(std::istream& in, Send send, Progress progress);

 private:
  // A line that was read and what is known of it already.
  struct Line {
    int64_t number = 0;
    v1::ImportResult refusal;  // OUTCOME_REFUSED, or unspecified: it is in the request
  };

  void Take(absl::string_view text, int64_t number);
  absl::Status Flush(int64_t lines_read, Send send);
  void Write(int64_t number, const v1::ImportResult& result);

  ImportState state_;
  const size_t batch_;
  std::ostream& out_;
  token::JsonReader reader_;
  ImportCounts counts_;
  std::vector<Line> lines_;
  v1::ImportUsersRequest request_;
};

// Reads one line into `user`. False, with `refusal` filled, where it cannot be.
bool ReadImportLine(token::JsonReader& reader, absl::string_view text, v1::ImportedUser& user,
                    v1::ImportResult& refusal);

}  // namespace signet::cli
