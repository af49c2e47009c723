#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "client/base/secret.h"

namespace signet::config {

// The validated configuration, one struct per section of the file. What each member means, its
// default and its limits stand once, in key_table.cc; room_options.h turns sections into the
// options of the rooms. Sizes are bytes.

struct ListenSettings {
  std::string grpc;
  std::string http;
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  absl::Duration tls_reload;
  bool plaintext = false;
  std::string trusted_proxies;
  std::string forwarded_header;
};

struct TokenSettings {
  std::string issuer;
  std::string audience;
  std::string profile;
  absl::Duration access_ttl;
  absl::Duration refresh_ttl;
  absl::Duration idle_ttl;  // zero: none
  absl::Duration replay_window;
  absl::Duration leeway;
  int64_t cache = 0;
};

// Of session tokens.
struct SessionSettings {
  absl::Duration idle;
  absl::Duration absolute;
  std::string cookie;  // empty: none is looked at
  int64_t cache = 0;   // sessions
};

struct KeySettings {
  std::string algorithm;
  base::Secret kek;      // or
  std::string kek_file;  // the file that holds it
  absl::Duration publish_lead;
  absl::Duration verifier_lease;
  absl::Duration retire_after;
  absl::Duration jwks_max_age;
  absl::Duration rotate_after;  // zero: not by the server itself
  absl::Duration rotation_check;
  absl::Duration verifier_patience;  // zero: without end
  absl::Duration erase_after;        // zero: never
};

struct KeyEncryptionSettings {
  std::string source;
  std::string vault_mount;
  std::string vault_name;
  std::string vault_field;

  bool in_vault() const { return source == "vault_kv" || source == "vault_transit"; }
  bool in_hardware() const { return source == "pkcs11"; }
};

struct Pkcs11Settings {
  std::string module;  // path
  std::string uri;
  base::Secret pin;      // or
  std::string pin_file;  // the file that holds it
  absl::Duration start_timeout;
};

struct VaultSettings {
  std::string addresses;
  std::string ca;
  std::string name_space;
  std::string login;
  std::string mount;
  std::string role;
  base::Secret secret;      // or
  std::string secret_file;  // the file that holds it
  absl::Duration timeout;
  absl::Duration start_timeout;
  std::string database_role;
  std::string database_mount;
};

struct DatabaseSettings {
  std::string url;
  std::string pooler;
  std::string listen_url;
  base::Secret password;
  std::string owner_url;
  base::Secret owner_password;
  int64_t connections = 0;
  absl::Duration connect_timeout;
  absl::Duration lease_timeout;
  absl::Duration statement_timeout;
};

struct HashingSettings {
  int64_t threads = 0;
  std::string priority;
  int64_t memory = 0;
  int64_t queue = 0;
  int64_t argon2_memory = 0;
  int64_t argon2_passes = 0;
  int64_t argon2_lanes = 0;
};

struct PasswordSettings {
  int64_t min_score = 0;
  std::string breached_file;
};

struct MfaSettings {
  std::string issuer;
  absl::Duration challenge_life;
  absl::Duration step_up_age;
};

struct RevocationSettings {
  std::string when_stale;
  absl::Duration max_staleness;
  absl::Duration poll;
};

struct AccountSettings {
  bool require_verified_email = false;
};

struct MailSettings {
  std::string smtp_url;  // empty, and no folder: no mail is written or sent
  std::string tls;
  std::string tls_ca;
  std::string username;
  base::Secret password;
  std::string from;
  std::string service_name;
  std::string link_base;
  std::string templates;
  std::string folder;
  absl::Duration timeout;
  absl::Duration retry;
  absl::Duration give_up_after;
  absl::Duration poll;
  int64_t workers = 0;
  absl::Duration token_ttl;
  absl::Duration interval;

  bool configured() const { return !smtp_url.empty() || !folder.empty(); }
};

struct AuditSettings {
  bool refreshes = true;
  absl::Duration seal_interval;
  absl::Duration retention;
  std::string checkpoint_file;
};

struct LimitSettings {
  absl::Duration call_timeout;
  absl::Duration longest_call;
  absl::Duration refusal_time;
  absl::Duration drain_pause;
  absl::Duration drain_timeout;
  absl::Duration idle_timeout;
  absl::Duration connection_age;
  int64_t connections = 0;
  int64_t streams = 0;
  int64_t watchers = 0;
  int64_t message = 0;
  int64_t metadata = 0;
  int64_t memory = 0;
  int64_t database_workers = 0;
  int64_t database_queue = 0;
  int64_t batch_workers = 0;
  int64_t batch_queue = 0;
  int64_t hashing_workers = 0;
  int64_t hashing_queue = 0;
  int64_t http_threads = 0;
  int64_t http_workers = 0;
  int64_t http_queue = 0;
  int64_t http_connections = 0;
  absl::Duration http_idle_timeout;
};

struct AbuseSettings {
  int64_t lock_after = 0;
  absl::Duration lock_time;
  absl::Duration longest_lock;
  absl::Duration delay;
  int64_t challenge_after = 0;
  absl::Duration device_ttl;
  absl::Duration threat_window;
  int64_t stuffing_accounts = 0;
  int64_t spraying_accounts = 0;
  int64_t storm_locks = 0;
};

struct ChallengeSettings {
  std::string kind;
  int64_t max_number = 0;
  absl::Duration ttl;
  bool registration = false;
  std::string captcha_url;
  std::string captcha_site_key;
  base::Secret captcha_secret;
  absl::Duration captcha_timeout;
  std::string when_unavailable;
};

// Lists as ReadRateList() reads them.
struct RateSettings {
  std::string login;
  std::string registration;
  std::string reset;
  std::string refresh;
  std::string mfa;
  std::string api_key;
};

struct AuthzSettings {
  std::string rules;  // file
};

// The RPCs over HTTP.
struct ConnectSettings {
  bool enabled = false;
  int64_t message = 0;
  std::string origins;
};

// The status console on the HTTP port.
struct ConsoleSettings {
  bool enabled = false;
};

struct LogSettings {
  std::string level;
  std::string calls;
};

// For callers that cannot do better yet.
struct LegacySettings {
  std::string basic_auth;
};

struct Settings {
  ListenSettings listen;
  TokenSettings tokens;
  KeySettings keys;
  DatabaseSettings database;
  HashingSettings hashing;
  PasswordSettings passwords;
  MfaSettings mfa;
  RevocationSettings revocation;
  AccountSettings accounts;
  MailSettings mail;
  AuditSettings audit;
  AuthzSettings authz;
  ConnectSettings connect;
  ConsoleSettings console;
  LimitSettings limits;
  AbuseSettings abuse;
  ChallengeSettings challenge;
  RateSettings rates;
  LogSettings log;
  LegacySettings legacy;
  SessionSettings sessions;
  KeyEncryptionSettings key_encryption;
  Pkcs11Settings pkcs11;
  VaultSettings vault;
};

}  // namespace signet::config
