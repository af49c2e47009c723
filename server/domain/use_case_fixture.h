#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "client/base/quota_error.h"
#include "client/base/snapshot.h"
#include "client/crypto/digest.h"
#include "client/crypto/private_key.h"
#include "client/token/claims_writer.h"
#include "client/token/jws.h"
#include "client/token/verifier.h"
#include "server/domain/abuse/current_password.h"
#include "server/domain/abuse/login_gate.h"
#include "server/domain/abuse/proof_of_work.h"
#include "server/domain/accounts/change_password.h"
#include "server/domain/accounts/login.h"
#include "server/domain/accounts/register_account.h"
#include "server/domain/fakes/fake_account_store.h"
#include "server/domain/fakes/fake_attempt_store.h"
#include "server/domain/fakes/fake_audit_store.h"
#include "server/domain/fakes/fake_email_token_store.h"
#include "server/domain/fakes/fake_mail_outbox.h"
#include "server/domain/fakes/fake_revocation_store.h"
#include "server/domain/fakes/fake_second_factor_store.h"
#include "server/domain/fakes/fake_session_store.h"
#include "server/domain/fakes/fake_session_token_store.h"
#include "server/domain/fakes/fake_used_challenges.h"
#include "server/domain/mail/verify_email.h"
#include "server/domain/mfa/prove_factor.h"
#include "server/domain/sessions/logout.h"
#include "server/domain/sessions/refresh.h"

// For tests alone: the use cases over the stores in memory, with real signatures.
namespace signet::domain {

constexpr char kIssuer[] = "https://id.example.com";
constexpr char kAudience[] = "api";
constexpr char kPassword[] = "correct horse battery";

// Counts the work, so that a test can say that two answers cost the same.
class CountingHasher final : public PasswordHasher {
 public:
  absl::Status CheckRoom(absl::Time) override {
    return no_room ? base::Overloaded("no capacity", absl::Seconds(1)) : absl::OkStatus();
  }
  absl::StatusOr<std::string> Hash(const base::Secret& password, absl::Time) override {
    if (overloaded) return base::Overloaded("no capacity", absl::Seconds(1));
    ++hashes;
    return absl::StrCat("new:", password.reveal());
  }
  absl::StatusOr<Check> Verify(const base::Secret& password, absl::string_view stored,
                               absl::Time) override {
    if (checks_overloaded) return base::Overloaded("no capacity", absl::Seconds(1));
    ++checks;
    Check check;
    check.needs_rehash = stored.substr(0, 4) == "old:";
    check.matches = stored.size() > 4 && stored.substr(4) == password.reveal();
    return check;
  }
  absl::Status VerifyNobody(const base::Secret&, absl::Time) override {
    ++checks;
    return absl::OkStatus();
  }

  int hashes = 0;
  int checks = 0;
  bool no_room = false;            // for CheckRoom
  bool overloaded = false;         // for Hash
  bool checks_overloaded = false;  // for Verify
};

class LenientPolicy final : public PasswordPolicy {
 public:
  absl::StatusOr<base::Secret> Normalise(absl::string_view field,
                                         const base::Secret& typed) const override {
    if (typed.empty()) return base::FieldError(field, "is required");
    return typed.Clone();
  }
  absl::Status CheckStrength(absl::string_view field, const base::Secret& password,
                             absl::string_view) const override {
    return password.size() < 8 ? base::FieldError(field, "too short") : absl::OkStatus();
  }
};

class LocalIssuer final : public TokenIssuer {
 public:
  explicit LocalIssuer(crypto::SigningKey key) : key_(std::move(key)) {}
  absl::StatusOr<Issued> Issue(const token::AccessTokenClaims& claims) override {
    if (!available) {
      return base::WithRetryAfter(
          base::MakeError(absl::StatusCode::kUnavailable, "SIGNING_UNAVAILABLE", "no key"),
          absl::Seconds(1));
    }
    token::AccessTokenClaims with_issuer = claims;
    with_issuer.issuer = kIssuer;
    std::string json;
    token::WriteClaims(with_issuer, json);
    std::string token = absl::StrCat(token::EncodeAccessTokenHeader(key_.algorithm(), "k1"), ".",
                                     base::Base64UrlEncode(json));
    const std::string signature = *key_.Sign(token);
    return Issued{base::Secret(absl::StrCat(token, ".", base::Base64UrlEncode(signature))), "k1"};
  }
  bool available = true;

 private:
  crypto::SigningKey key_;
};

class LocalDeriver final : public SuccessorDeriver {
 public:
  base::Secret Derive(absl::string_view session, int32_t generation,
                      const base::Secret& parent) const override {
    const auto digest =
        crypto::Sha256(absl::StrCat("test", session, "/", generation, "/", parent.reveal()));
    return base::Secret(
        absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
  }
};

// Whoever waits gets a turn when `on_wait` is set, and is refused otherwise.
class FakeTurns final : public TurnQueue {
 public:
  absl::Status AwaitTurn(const base::Uuid&, absl::Time) override {
    ++waited;
    if (!on_wait) return base::Overloaded("no turn", absl::Seconds(1));
    on_wait();
    return absl::OkStatus();
  }
  void Ended(const base::Uuid&) override { ++ended; }

  int waited = 0;
  int ended = 0;
  std::function<void()> on_wait;
};

// Lets everything through until told otherwise.
class FakeRates final : public RateLimiter {
 public:
  absl::Status Take(LimitedAction, LimitScope scope, absl::string_view whom, absl::Time) override {
    if (scope == LimitScope::kAccount) taken.emplace_back(whom);
    return refuse ? base::RateLimited("login/account", "logins", absl::Seconds(7))
                  : absl::OkStatus();
  }
  absl::Status Peek(LimitedAction, LimitScope, absl::string_view whom, absl::Time) override {
    peeked.emplace_back(whom);
    return refuse ? base::RateLimited("api_key/account", "calls", absl::Seconds(7))
                  : absl::OkStatus();
  }
  void Charge(LimitedAction, LimitScope, absl::string_view whom, absl::Time) override {
    charged.emplace_back(whom);
  }

  bool refuse = false;
  std::vector<std::string> taken;
  std::vector<std::string> peeked;
  std::vector<std::string> charged;
};

// Keeps what it was told.
class FakeThreats final : public ThreatObserver {
 public:
  void Raised(ThreatKind kind, const Peer&) override { raised.push_back(kind); }
  void Locked(const GuardKey&, absl::Time, const Peer&) override { ++locks; }

  std::vector<ThreatKind> raised;
  int locks = 0;
};

class UseCaseTest : public testing::Test {
 protected:
  UseCaseTest() {
    token::KeySet::Builder builder;
    EXPECT_TRUE(builder.Add("k1", key_.verifying_key()).ok());
    keys_.Replace(std::make_shared<token::KeySet>(builder.Build(1)));
  }

  CallInfo Call() const {
    return CallInfo{clock_.Now(), clock_.Now() + absl::Seconds(5), Peer{"192.0.2.1", "test"},
                    "request-1", ""};
  }

  absl::Status Register(absl::string_view email, absl::string_view password = kPassword) {
    return RegisterAccount(accounts_, hasher_, policy_, mails_, mail_rules_, audit_)
        .Run(RegisterCommand{std::string(email), base::Secret(password)}, Call());
  }

  // As the link of the welcome mail does.
  void VerifyAddress(absl::string_view email) {
    for (const OutgoingMail& mail : Mails()) {
      if (mail.kind != MailKind::kWelcome || mail.address != email) continue;
      EXPECT_TRUE(VerifyEmail(email_tokens_, audit_).Run(mail.token.reveal(), Call()).ok());
    }
  }

  // The mails that were written since the last call.
  std::vector<OutgoingMail> Mails() {
    std::vector<OutgoingMail> mails;
    while (auto claimed = *outbox_.Claim(clock_.Now(), clock_.Now() + absl::Hours(1))) {
      mails.push_back(*mails_.Open(claimed->row));
      EXPECT_TRUE(outbox_.Finish(*claimed).ok());
    }
    return mails;
  }

  absl::StatusOr<LoginDecision> TryLogin(absl::string_view email,
                                         absl::string_view password = kPassword) {
    LoginCommand command;
    command.email = std::string(email);
    command.password = base::Secret(password);
    command.client_id = "web";
    command.audience = kAudience;
    command.scopes = scopes_;
    command.device_name = "laptop";
    command.device_token = device_token_.Clone();
    command.challenge_solution = challenge_solution_;
    command.wanted = wanted_;
    return Login(gate_, accounts_, sessions_, hasher_, policy_, issuer_, audit_, lifetimes_,
                 mfa_challenges_, devices_, mails_, session_policy_)
        .Run(command, Call());
  }

  // A session that must open.
  LoginDecision Enter(absl::string_view email = "ada@example.com") {
    auto decision = TryLogin(email);
    EXPECT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->outcome, LoginOutcome::kSucceeded);
    return *std::move(decision);
  }

  absl::StatusOr<RefreshDecision> TryRefresh(absl::string_view token) {
    return std::move(TryRefreshes({std::string(token)}).front());
  }

  // Presented together; the n-th decision is the n-th token's, whenever it was told.
  std::vector<absl::StatusOr<RefreshDecision>> TryRefreshes(
      const std::vector<std::string>& tokens) {
    const CallInfo call = Call();
    std::vector<RefreshAttempt> attempts;
    for (const std::string& token : tokens) attempts.push_back({token, call});
    std::vector<std::optional<absl::StatusOr<RefreshDecision>>> told(tokens.size());
    told_.clear();
    Refresh(sessions_, deriver_, issuer_, audit_, RefreshEvents::kAll, lifetimes_)
        .Run(attempts, [&](size_t attempt, absl::StatusOr<RefreshDecision> decision) {
          EXPECT_FALSE(told[attempt].has_value()) << attempt << " was told twice";
          told[attempt] = std::move(decision);
          told_.push_back(attempt);
        });
    std::vector<absl::StatusOr<RefreshDecision>> decisions;
    for (auto& decision : told) {
      EXPECT_TRUE(decision.has_value());
      decisions.push_back(decision ? *std::move(decision) : absl::InternalError("never told"));
    }
    return decisions;
  }

  // The newest event of the audit log; one without an action where there is none.
  AuditEvent LastAudit() {
    const auto log = database_.audit();
    return log.empty() ? AuditEvent() : log.back().event;
  }

  // Applies what the log holds, as a follower would.
  void CatchUp() {
    const auto page = log_.ReadAfter(revocations_.Read().sequence(), clock_.Now(), 1000);
    revocations_.Replace(revocations_.Read().With(page->records, clock_.Now(), clock_.Now()));
  }

  token::Verdict Judge(const base::Secret& access_token) {
    CatchUp();
    return verifier_.Verify(access_token.reveal(), kAudience, clock_.Now());
  }

  Caller CallerOf(const LoginDecision& login) {
    return *Caller::From(Judge(login.tokens->access_token).token());
  }

  base::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  TokenLifetimes lifetimes_;
  std::vector<std::string> scopes_;
  WantedCredential wanted_ = WantedCredential::kTokens;  // of the next logins
  base::Snapshot<SessionPolicy> session_policy_{std::make_shared<SessionPolicy>()};
  std::vector<size_t> told_;  // by the last TryRefreshes: which was decided when
  FakeDatabase database_;
  FakeAccountStore accounts_{database_};
  FakeSessionStore sessions_{database_};
  FakeSessionTokenStore session_tokens_{database_};
  FakeRevocationStore log_{database_};
  FakeAuditStore audit_store_{database_};
  const FakeAuditRecorder audit_recorder_;
  AuditTrail audit_{audit_recorder_, audit_store_};
  FakeEmailTokenStore email_tokens_{database_};
  FakeMailOutbox outbox_{database_};
  FakeMailSealer mails_;
  const EmailTokenRules mail_rules_;
  FakeSecondFactorStore factors_{database_};
  const FakeTotpSealer totp_sealer_;
  const RecoveryCodeHasher recovery_{base::Secret(std::string(32, 'r'))};
  const MfaChallenges mfa_challenges_{base::Secret(std::string(32, 'c')), absl::Minutes(5)};
  ProveFactor prove_{factors_, totp_sealer_, recovery_};
  FakeAttemptStore attempts_{database_};
  FakeTurns turns_;
  FakeRates rates_;
  FakeThreats threats_;
  FakeUsedChallenges used_challenges_;
  ProofOfWork challenges_{
      {.max_number = 100}, base::Secret(std::string(32, 'p')), used_challenges_};
  GuardPolicy guard_policy_;
  const DeviceTokens devices_{base::Secret(std::string(32, 'd')), absl::Hours(24 * 180)};
  LoginGate gate_{{attempts_, turns_, rates_, challenges_, threats_, devices_, mails_, audit_},
                  guard_policy_,
                  ThreatPolicy(),
                  base::Secret(std::string(32, 'n'))};
  std::string challenge_solution_;  // of the next logins
  base::Secret device_token_;       // of the next logins
  CountingHasher hasher_;
  CurrentPassword current_{gate_, hasher_, audit_};
  LenientPolicy policy_;
  const crypto::SigningKey key_ = *crypto::SigningKey::Generate(crypto::Algorithm::kEs256);
  LocalIssuer issuer_{key_};
  LocalDeriver deriver_;
  base::Snapshot<token::KeySet> keys_{std::make_shared<token::KeySet>()};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<token::RevocationSet>()};
  token::AccessTokenVerifier verifier_{token::AccessTokenVerifier::Options{.issuer = kIssuer},
                                       keys_, revocations_};
};

}  // namespace signet::domain
