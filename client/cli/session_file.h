#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "client/cli/console.h"
#include "client/cli/private_file.h"

namespace signet::cli {

// What `signet login` leaves for the commands after it.
struct SavedSession {
  base::Secret access_token;
  base::Secret refresh_token;
  absl::Time access_expires;   // whole seconds
  absl::Time refresh_expires;  // whole seconds
  std::string email;
  std::string user_id;
  std::string session_id;
};

// The one session that this user has with one server. It lies under the XDG state directory
// (mode 0600 in a 0700 directory), sealed with AES-256-GCM and replaced atomically; the key lies in
// the runtime directory, which does not survive a reboot and is on no disk, so that a stolen disk
// or backup holds nothing usable. The server's address is part of the file's name and of what is
// authenticated: a session is never shown to another server, nor can its file be moved to one.
//
// Every function answers FILE_UNSAFE and FILE_FAILED as private_file.h says. Not thread-safe;
// safe between processes.
class SessionFile {
 public:
  SessionFile(const Environment& environment, std::string address);

  // The session; nothing where there is none, where its key is gone (after a reboot), or where the
  // file was changed: in each of these cases a login is what helps.
  absl::StatusOr<std::optional<SavedSession>> Load() const;

  // Replaces the session.
  absl::Status Save(const SavedSession& session) const;

  // Forgets the session; succeeds where there is none.
  absl::Status Remove() const;

  // Serialises the refreshes of processes that run at the same time: whoever comes second finds the
  // pair that the first one got, instead of presenting a used refresh token.
  absl::StatusOr<FileLock> Lock() const;

  const std::string& path() const { return path_; }

 private:
  absl::StatusOr<std::optional<base::Secret>> ReadKey() const;
  absl::StatusOr<base::Secret> ReadOrMakeKey() const;

  std::string address_;
  std::string state_directory_;
  std::string runtime_directory_;
  std::string path_;
  std::string key_path_;
};

}  // namespace signet::cli
