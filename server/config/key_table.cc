#include <array>

#include "server/config/abuse_keys.h"
#include "server/config/http_keys.h"
#include "server/config/key.h"
#include "server/config/mail_keys.h"
#include "server/config/pkcs11_keys.h"
#include "server/config/session_keys.h"
#include "server/config/signing_key_keys.h"
#include "server/config/vault_keys.h"

namespace signet::config {
namespace {

using S = Settings;
using std::string;
using Dur = absl::Duration;

std::vector<Key> MakeListenKeys() {
  return {
      {"listen.grpc", "127.0.0.1:7420", Address{[](S& s) -> string& { return s.listen.grpc; }},
       "Where the gRPC services listen."},
      {"listen.http", "127.0.0.1:7421", Address{[](S& s) -> string& { return s.listen.http; }},
       "Where the HTTP port listens: the JWKS, discovery, OAuth endpoints, RPCs as JSON, "
       "/authz, /metrics, /livez and /readyz."},
      {"listen.tls_certificate", "", Path{[](S& s) -> string& { return s.listen.tls_certificate; }},
       "Certificate chain (PEM) of both ports. Read again when the file changes.",
       "/etc/signet/tls/server.crt"},
      {"listen.tls_key", "", Path{[](S& s) -> string& { return s.listen.tls_key; }},
       "Private key (PEM) of that certificate.", "/etc/signet/tls/server.key"},
      {"listen.tls_client_ca", "", Path{[](S& s) -> string& { return s.listen.tls_client_ca; }},
       "Authorities (PEM) of client certificates. When set, both ports demand one (mutual TLS).",
       "/etc/signet/tls/clients.crt"},
      {"listen.tls_reload", "10s",
       Duration{[](S& s) -> Dur& { return s.listen.tls_reload; }, absl::Seconds(1), absl::Hours(1)},
       "How often the gRPC port looks whether these files have changed; the HTTP port looks at "
       "each "
       "connection."},
      {"listen.plaintext", "false", Flag{[](S& s) -> bool& { return s.listen.plaintext; }},
       "Allows ports without TLS on addresses other than loopback, for a proxy on the same "
       "private network that ends TLS."},
      {"listen.trusted_proxies", "", Text{[](S& s) -> string& { return s.listen.trusted_proxies; }},
       "Networks of the proxies whose word about a caller's address is taken, separated by commas; "
       "`unix` for one on a Unix socket. Everybody else is who connects.",
       "10.0.0.0/8, fd00::/8"},
      {"listen.forwarded_header", "x-forwarded-for",
       Text{[](S& s) -> string& { return s.listen.forwarded_header; },
            {"x-forwarded-for", "forwarded"}},
       "The header in which those proxies write it (appending, as is usual)."},
  };
}

std::vector<Key> MakeTokenKeys() {
  return {
      {"tokens.issuer", "", Text{[](S& s) -> string& { return s.tokens.issuer; }},
       "The `iss` of every token: an https URL that never changes. Required.",
       "https://id.example.com"},
      {"tokens.audience", "signet", Text{[](S& s) -> string& { return s.tokens.audience; }},
       "The `aud` of tokens whose login asks for none."},
      {"tokens.profile", "standard",
       Text{[](S& s) -> string& { return s.tokens.profile; }, {"standard", "strict"}},
       "`strict` holds refresh tokens to 7 days."},
      {"tokens.access_ttl", "15m",
       Duration{[](S& s) -> Dur& { return s.tokens.access_ttl; }, absl::Minutes(1), absl::Hours(1)},
       "Life of an access token."},
      {"tokens.refresh_ttl", "30d",
       Duration{[](S& s) -> Dur& { return s.tokens.refresh_ttl; }, absl::Minutes(10),
                absl::Hours(24 * 365)},
       "Life of a session's refresh tokens, counted from the login."},
      {"tokens.idle_ttl", "14d",
       Duration{[](S& s) -> Dur& { return s.tokens.idle_ttl; }, absl::ZeroDuration(),
                absl::Hours(24 * 365)},
       "A session that refreshes nothing for so long ends; 0s: never before refresh_ttl."},
      {"tokens.replay_window", "30s",
       Duration{[](S& s) -> Dur& { return s.tokens.replay_window; }, absl::ZeroDuration(),
                absl::Minutes(5)},
       "How long the same refresh may be repeated and is answered with the same successor; later "
       "it is taken for theft."},
      {"tokens.leeway", "30s",
       Duration{[](S& s) -> Dur& { return s.tokens.leeway; }, absl::ZeroDuration(),
                absl::Seconds(30)},
       "Difference of clocks that is forgiven in `exp`, `nbf` and `iat`."},
      {"tokens.cache", "64MiB", Size{[](S& s) -> int64_t& { return s.tokens.cache; }, 0, 64 * kGiB},
       "Memory for verified tokens; 0B verifies every signature anew."},
  };
}

std::vector<Key> MakeDatabaseKeys() {
  return {
      {"database.url", "", Text{[](S& s) -> string& { return s.database.url; }},
       "PostgreSQL connection of the service role, which cannot alter the schema. No password in "
       "it. Required.",
       "postgresql://signet_service@db.internal/signet?sslmode=verify-full"},
      {"database.pooler", "none",
       Text{[](S& s) -> string& { return s.database.pooler; }, {"none", "transaction"}},
       "What stands between this process and PostgreSQL at `url`: `transaction` for a pooler, such "
       "as PgBouncer in transaction mode, that gives each statement whichever connection is free. "
       "Statements are then sent unprepared and without settings of the session."},
      {"database.listen_url", "", Text{[](S& s) -> string& { return s.database.listen_url; }},
       "PostgreSQL itself, for the one connection that listens for changes, where `url` leads to a "
       "pooler; with the same password. Without it revocations are looked for every "
       "`revocation.poll`.",
       "postgresql://signet_service@db.internal/signet?sslmode=verify-full"},
      {"database.password", "",
       SecretText{[](S& s) -> base::Secret& { return s.database.password; }},
       "Password of the service role, where it needs one.", "/etc/signet/database-password"},
      {"database.owner_url", "", Text{[](S& s) -> string& { return s.database.owner_url; }},
       "Connection of the role that owns the schema, for `signetd migrate` alone.",
       "postgresql://signet_owner@db.internal/signet?sslmode=verify-full"},
      {"database.owner_password", "",
       SecretText{[](S& s) -> base::Secret& { return s.database.owner_password; }},
       "Password of the owner role, where it needs one.", "/etc/signet/database-owner-password"},
      {"database.connections", "8",
       Count{[](S& s) -> int64_t& { return s.database.connections; }, 2, 256},
       "Most connections of this process, the one that listens for changes not counted."},
      {"database.connect_timeout", "2s",
       Duration{[](S& s) -> Dur& { return s.database.connect_timeout; }, absl::Seconds(1),
                absl::Minutes(1)},
       "Time to reach the database."},
      {"database.lease_timeout", "1s",
       Duration{[](S& s) -> Dur& { return s.database.lease_timeout; }, absl::Milliseconds(1),
                absl::Seconds(30)},
       "How long a call waits for a free connection before it is refused."},
      {"database.statement_timeout", "5s",
       Duration{[](S& s) -> Dur& { return s.database.statement_timeout; }, absl::Milliseconds(10),
                absl::Minutes(1)},
       "Longest statement; a call's own deadline shortens it."},
  };
}

std::vector<Key> MakePasswordKeys() {
  return {
      {"hashing.threads", "0", Count{[](S& s) -> int64_t& { return s.hashing.threads; }, 0, 256},
       "Threads that hash passwords; 0 takes half of the processors that the process may use."},
      {"hashing.priority", "idle",
       Text{[](S& s) -> string& { return s.hashing.priority; }, {"idle", "low"}},
       "What they take of a processor that others want too: `idle` what is left, so that no "
       "validation waits for a hash; `low` a tenth, for machines that are kept busy by other "
       "programs."},
      {"hashing.memory", "512MiB",
       Size{[](S& s) -> int64_t& { return s.hashing.memory; }, 8 * kMiB, 64 * kGiB},
       "Memory that all hashing together may take."},
      {"hashing.queue", "256", Count{[](S& s) -> int64_t& { return s.hashing.queue; }, 1, 65536},
       "Passwords that may wait to be hashed; further ones are refused at once."},
      {"hashing.argon2_memory", "19MiB",
       Size{[](S& s) -> int64_t& { return s.hashing.argon2_memory; }, 8 * kMiB, 256 * kMiB},
       "Argon2id memory (m) of new hashes. Raising it rehashes people at their next login."},
      {"hashing.argon2_passes", "2",
       Count{[](S& s) -> int64_t& { return s.hashing.argon2_passes; }, 1, 10},
       "Argon2id passes (t) of new hashes."},
      {"hashing.argon2_lanes", "1",
       Count{[](S& s) -> int64_t& { return s.hashing.argon2_lanes; }, 1, 4},
       "Argon2id lanes (p) of new hashes."},
      {"passwords.min_score", "3",
       Count{[](S& s) -> int64_t& { return s.passwords.min_score; }, 0, 4},
       "Least strength (zxcvbn score) of a new password."},
      {"passwords.breached_file", "",
       Path{[](S& s) -> string& { return s.passwords.breached_file; }},
       "List of breached passwords, which are refused.", "/etc/signet/breached-passwords.txt"},
  };
}

std::vector<Key> MakeMfaKeys() {
  return {
      {"mfa.issuer", "Signet", Text{[](S& s) -> string& { return s.mfa.issuer; }},
       "What authenticator apps show above the code."},
      {"mfa.challenge_life", "5m",
       Duration{[](S& s) -> Dur& { return s.mfa.challenge_life; }, absl::Seconds(30),
                absl::Minutes(30)},
       "How long after the password the second factor may come."},
      {"mfa.step_up_age", "15m",
       Duration{[](S& s) -> Dur& { return s.mfa.step_up_age; }, absl::Seconds(10), absl::Hours(24)},
       "How old the last authentication of a session may be for what is hard to undo: changing the "
       "password or a factor, administration. Older ones are asked to step up."},
  };
}

std::vector<Key> MakeRevocationKeys() {
  return {
      {"revocation.when_stale", "accept",
       Text{[](S& s) -> string& { return s.revocation.when_stale; }, {"accept", "refuse"}},
       "What Validate answers when the database has not been heard of for max_staleness: `accept` "
       "goes on with what is known, `refuse` accepts no token. Every answer says how old the "
       "knowledge is."},
      {"revocation.max_staleness", "1m",
       Duration{[](S& s) -> Dur& { return s.revocation.max_staleness; }, absl::Seconds(2),
                absl::Hours(1)},
       "Age at which the knowledge of revoked tokens counts as stale."},
      {"revocation.poll", "500ms",
       Duration{[](S& s) -> Dur& { return s.revocation.poll; }, absl::Milliseconds(50),
                absl::Seconds(10)},
       "How often the log is read even when the database sent no wake-up."},
  };
}

std::vector<Key> MakeAuditKeys() {
  return {
      {"audit.seal_interval", "5s",
       Duration{[](S& s) -> Dur& { return s.audit.seal_interval; }, absl::Milliseconds(100),
                absl::Minutes(10)},
       "How often new events of the audit log are put into its hash tree and a checkpoint is "
       "signed. What happens to an event before that nobody can find out."},
      {"audit.retention", "90d",
       Duration{[](S& s) -> Dur& { return s.audit.retention; }, absl::Hours(24 * 30),
                absl::Hours(24 * 3650)},
       "How long events are kept; then whole days are dropped."},
      {"audit.refreshes", "true", Flag{[](S& s) -> bool& { return s.audit.refreshes; }},
       "Whether each successful refresh is an event of the audit log too. `false` leaves them to "
       "the "
       "history of their session, which GetLineage shows; refused ones are events either way."},
      {"audit.checkpoint_file", "",
       Path{[](S& s) -> string& { return s.audit.checkpoint_file; }, Path::Use::kAppend},
       "A file to which every checkpoint is appended. Keep it, or a copy, where nobody who can "
       "write the database can change it: `signetd audit verify` compares.",
       "/var/lib/signet/audit-checkpoints"},
  };
}

std::vector<Key> MakeLimitKeys() {
  return {
      {"limits.call_timeout", "10s",
       Duration{[](S& s) -> Dur& { return s.limits.call_timeout; }, absl::Milliseconds(100),
                absl::Minutes(5)},
       "Deadline of a call that brings none."},
      {"limits.longest_call", "1m",
       Duration{[](S& s) -> Dur& { return s.limits.longest_call; }, absl::Milliseconds(100),
                absl::Minutes(5)},
       "The longest deadline that a call may bring."},
      {"limits.refusal_time", "300ms",
       Duration{[](S& s) -> Dur& { return s.limits.refusal_time; }, absl::ZeroDuration(),
                absl::Seconds(10)},
       "When a refused password is answered, or that a reset or a verification was asked for, "
       "counted from the call's arrival, so that the time tells nothing about an account: longer "
       "than the slowest stored hash takes to check."},
      {"limits.drain_pause", "2s",
       Duration{[](S& s) -> Dur& { return s.limits.drain_pause; }, absl::ZeroDuration(),
                absl::Minutes(5)},
       "How long after SIGTERM calls are still served while health already says no, so that "
       "balancers notice before the ports close."},
      {"limits.drain_timeout", "20s",
       Duration{[](S& s) -> Dur& { return s.limits.drain_timeout; }, absl::ZeroDuration(),
                absl::Minutes(10)},
       "How long calls under way may still run after that."},
      {"limits.idle_timeout", "10m",
       Duration{[](S& s) -> Dur& { return s.limits.idle_timeout; }, absl::Seconds(1),
                absl::Hours(24)},
       "A gRPC connection without a call is closed after this time."},
      {"limits.connection_age", "1h",
       Duration{[](S& s) -> Dur& { return s.limits.connection_age; }, absl::Minutes(1),
                absl::Hours(24 * 7)},
       "A gRPC connection is asked to go after this time, so that balancers spread load again."},
      {"limits.connections", "10000",
       Count{[](S& s) -> int64_t& { return s.limits.connections; }, 1, 1'000'000},
       "Most gRPC connections at once; further ones are closed as they come. The limit of open "
       "files must allow them."},
      {"limits.streams", "1000",
       Count{[](S& s) -> int64_t& { return s.limits.streams; }, 1, 100000},
       "Most calls at once on one gRPC connection."},
      {"limits.watchers", "4096",
       Count{[](S& s) -> int64_t& { return s.limits.watchers; }, 1, 100000},
       "Most streams at once of each method that is one: WatchRevocations, WatchKeySet, "
       "ValidateStream."},
      {"limits.message", "8MiB",
       Size{[](S& s) -> int64_t& { return s.limits.message; }, 64 * kKiB, 64 * kMiB},
       "Largest request. A ValidateBatch of 1,000 tokens may take 8 MiB."},
      {"limits.metadata", "16KiB",
       Size{[](S& s) -> int64_t& { return s.limits.metadata; }, 8 * kKiB, kMiB},
       "Most metadata of one call."},
      {"limits.memory", "512MiB",
       Size{[](S& s) -> int64_t& { return s.limits.memory; }, 16 * kMiB, 64 * kGiB},
       "Memory of gRPC's buffers, all connections together."},
      {"limits.database_workers", "64",
       Count{[](S& s) -> int64_t& { return s.limits.database_workers; }, 1, 1024},
       "Threads for calls that wait for the database."},
      {"limits.database_queue", "8192",
       Count{[](S& s) -> int64_t& { return s.limits.database_queue; }, 1, 100000},
       "Such calls that may wait for a thread; further ones are refused with a time to retry."},
      {"limits.batch_workers", "2",
       Count{[](S& s) -> int64_t& { return s.limits.batch_workers; }, 1, 64},
       "Threads that refresh tokens, each for all calls that wait at that moment."},
      {"limits.batch_queue", "8192",
       Count{[](S& s) -> int64_t& { return s.limits.batch_queue; }, 1, 100000},
       "Such calls that may wait for a thread; further ones are refused with a time to retry."},
      {"limits.hashing_workers", "128",
       Count{[](S& s) -> int64_t& { return s.limits.hashing_workers; }, 1, 1024},
       "Threads for calls that wait for a password to be hashed."},
      {"limits.hashing_queue", "128",
       Count{[](S& s) -> int64_t& { return s.limits.hashing_queue; }, 1, 100000},
       "Such calls that may wait for a thread; further ones are refused with a time to retry."},
      {"limits.http_threads", "4",
       Count{[](S& s) -> int64_t& { return s.limits.http_threads; }, 1, 64},
       "Threads of the HTTP port that read, write, and answer what needs no database."},
      {"limits.http_workers", "8",
       Count{[](S& s) -> int64_t& { return s.limits.http_workers; }, 1, 256},
       "Threads for requests of the HTTP port that wait for the database."},
      {"limits.http_queue", "256",
       Count{[](S& s) -> int64_t& { return s.limits.http_queue; }, 1, 100000},
       "Such requests that may wait for a thread; further ones are answered 503."},
      {"limits.http_connections", "1000",
       Count{[](S& s) -> int64_t& { return s.limits.http_connections; }, 1, 100000},
       "Most connections of the HTTP port at once; a further one takes the place of one that waits "
       "for its client."},
      {"limits.http_idle_timeout", "75s",
       Duration{[](S& s) -> Dur& { return s.limits.http_idle_timeout; }, absl::Seconds(1),
                absl::Hours(1)},
       "A connection of the HTTP port without a request is closed after this time: later than a "
       "gateway would."},
      {"log.level", "info",
       Text{[](S& s) -> string& { return s.log.level; }, {"debug", "info", "warning", "error"}},
       "Least severity that is logged.", "", Reload::kOnHangup},
      {"log.calls", "all",
       Text{[](S& s) -> string& { return s.log.calls; }, {"all", "errors", "none"}},
       "Which calls get a line of their own."},
  };
}

std::vector<Key> MakeKeys() {
  std::vector<Key> keys;
  for (auto make : {MakeListenKeys,  MakeTokenKeys,      MakeSigningKeyKeys, MakeKeyEncryptionKeys,
                    MakePkcs11Keys,  MakeVaultKeys,      MakeDatabaseKeys,   MakePasswordKeys,
                    MakeMfaKeys,     MakeRevocationKeys, MakeMailKeys,       MakeAuditKeys,
                    MakeAbuseKeys,   MakeChallengeKeys,  MakeRateKeys,       MakeAuthzKeys,
                    MakeConnectKeys, MakeConsoleKeys,    MakeLimitKeys,      MakeSessionKeys,
                    MakeLegacyKeys}) {
    for (Key& key : make()) keys.push_back(std::move(key));
  }
  return keys;
}

constexpr auto kSections = std::to_array<Section>({
    {"listen", "Addresses and transport security of the two ports."},
    {"tokens", "What is issued, and how it is judged."},
    {"keys", "Signing keys, and the key that seals them."},
    {"key_encryption", "Who keeps the key that seals the signing keys."},
    {"pkcs11", "A hardware security module (HSM) that keeps that key, by PKCS #11."},
    {"vault", "HashiCorp Vault or OpenBao, for that key and for credentials of the database."},
    {"database", "PostgreSQL."},
    {"hashing", "How passwords are hashed, and how much of the machine that may take."},
    {"passwords", "Which passwords may be chosen."},
    {"mfa", "Second factors, and how fresh an authentication must be."},
    {"revocation", "How fresh the knowledge of revoked tokens must be."},
    {"accounts", "What an account needs."},
    {"mail", "Mail to people: verification, resets, notices."},
    {"audit", "The audit log."},
    {"abuse", "How many guesses an account stands, and which of them together are a threat."},
    {"challenge", "What is asked of callers after failed logins."},
    {"rates", "How many calls are let through, over all replicas."},
    {"authz", "Answers to gateways."},
    {"connect", "The RPCs over HTTP, by the Connect protocol."},
    {"console", "The status console, for a browser."},
    {"limits", "What one process takes on at once."},
    {"log", "Logging (JSON lines on standard error)."},
    {"sessions",
     "Session tokens of old clients; who still gets them is decided by `signet "
     "session-policy`, while the servers run."},
    {"legacy", "For callers that cannot do better yet."},
});

}  // namespace

absl::Span<const Key> Keys() {
  static const std::vector<Key> keys = MakeKeys();
  return keys;
}

absl::Span<const Section> Sections() { return kSections; }

}  // namespace signet::config
