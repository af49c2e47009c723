// SIGKILL at any moment, between commit and answer too: what was acknowledged is there afterwards,
// and a client that repeats its refresh is never logged out.

#include <atomic>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/storage/postgres/connection.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

// The connection's own failure, or a server that is not up yet: says nothing about the request.
bool MayRepeat(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE;
}

// A client as it should be: repeats one refresh until it is answered, then goes on with the
// successor. Run() on its own thread; the rest after it was joined, except steps().
class Chain {
 public:
  Chain(Deployment& deployment, const v1::LoginResponse& login)
      : client_(deployment.server(0).grpc_address()),
        session_(login.session_id()),
        token_(login.tokens().refresh_token()) {}

  void Run(const std::atomic<bool>& stop) {
    while (!stop && refusal_.empty()) Step();
  }

  void Step() {
    const auto reply = client_.Refresh(token_);
    if (reply.ok()) {
      token_ = reply.message.tokens().refresh_token();
      replayed_ += reply.message.replayed() ? 1 : 0;
      ++steps_;
    } else if (MayRepeat(reply.status)) {
      ++repeats_;
    } else {
      refusal_ = absl::StrCat(reply.status.error_code(), " ", ReasonOf(reply.status), " ",
                              reply.status.error_message());
    }
  }

  int steps() const { return steps_; }
  int repeats() const { return repeats_; }
  int replayed() const { return replayed_; }
  const std::string& refusal() const { return refusal_; }
  const std::string& session() const { return session_; }
  int32_t generation() const { return GenerationOf(token_); }

 private:
  Client client_;
  const std::string session_;
  std::string token_;
  std::string refusal_;
  std::atomic<int> steps_{0};
  int repeats_ = 0;
  int replayed_ = 0;
};

// Registers people and logs each in, repeating what was not answered. Remembers the sessions that
// were acknowledged. Run() on its own thread; the rest after it was joined, except logins().
class SignUps {
 public:
  SignUps(Deployment& deployment, int number)
      : client_(deployment.server(0).grpc_address()), number_(number) {}

  void Run(const std::atomic<bool>& stop) {
    for (int n = 0; !stop && refusal_.empty(); ++n) {
      const std::string email = absl::StrCat("person", number_, "_", n, "@example.com");
      if (!Until(stop, [&] { return client_.Register(email, kPassword).status; })) return;
      Until(stop, [&] {
        const auto reply = client_.Login(email, kPassword);
        if (reply.ok()) {
          sessions_.push_back(reply.message.session_id());
          ++logins_;
        }
        return reply.status;
      });
    }
  }

  int logins() const { return logins_; }
  const std::vector<std::string>& sessions() const { return sessions_; }
  const std::string& refusal() const { return refusal_; }

 private:
  // False: stopped, or refused.
  template <typename Call>
  bool Until(const std::atomic<bool>& stop, Call call) {
    while (!stop) {
      const grpc::Status status = call();
      if (status.ok()) return true;
      if (MayRepeat(status)) continue;
      refusal_ = absl::StrCat(ReasonOf(status), " ", status.error_message());
      return false;
    }
    return false;
  }

  Client client_;
  const int number_;
  std::vector<std::string> sessions_;
  std::string refusal_;
  std::atomic<int> logins_{0};
};

class KillServerTest : public testing::Test {
 protected:
  Deployment one_{1};
};

TEST_F(KillServerTest, NothingAcknowledgedIsLostAndNobodyIsLoggedOut) {
  constexpr int kKills = 30;
  constexpr int kChains = 8;
  // An attempt at a password that died with its server counts as pending for minutes, and five at
  // one account make the next one wait.
  constexpr int kKillsPerLogin = 4;
  one_.SignUp("ada@example.com");
  std::vector<std::unique_ptr<Chain>> chains;
  for (int i = 0; i < kChains; ++i) {
    chains.push_back(std::make_unique<Chain>(one_, one_.Login("ada@example.com")));
  }
  std::vector<std::unique_ptr<SignUps>> sign_ups;
  for (int i = 0; i < 2; ++i) sign_ups.push_back(std::make_unique<SignUps>(one_, i));

  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (const auto& chain : chains) threads.emplace_back([&] { chain->Run(stop); });
  for (const auto& people : sign_ups) threads.emplace_back([&] { people->Run(stop); });
  const auto steps = [&] {
    int sum = 0;
    for (const auto& chain : chains) sum += chain->steps();
    return sum;
  };
  std::minstd_rand random(1);
  std::vector<int> logins(sign_ups.size());
  for (int kill = 0; kill < kKills; ++kill) {
    const int enough = steps() + std::uniform_int_distribution<int>(1, 80)(random);
    EXPECT_TRUE(Eventually(absl::Seconds(30), [&] { return steps() >= enough; })) << kill;
    if (kill % kKillsPerLogin == 0) {
      for (size_t i = 0; i < sign_ups.size(); ++i) {
        EXPECT_TRUE(Eventually(absl::Seconds(30), [&] {
          return sign_ups[i]->logins() > logins[i];
        })) << kill;
        logins[i] = sign_ups[i]->logins();
      }
    }
    one_.server(0).Kill();
    one_.server(0).Start();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();

  int repeats = 0;
  int replayed = 0;
  for (const auto& chain : chains) {
    EXPECT_EQ(chain->refusal(), "");
    repeats += chain->repeats();
    replayed += chain->replayed();
    const int64_t stored =
        one_.Number(absl::StrCat("SELECT generation FROM signet.lineages WHERE end_reason IS NULL"
                                 " AND session_id = '",
                                 chain->session(), "'"));
    // At most the one step whose answer was lost is ahead of what was acknowledged.
    EXPECT_GE(stored, chain->generation());
    EXPECT_LE(stored, chain->generation() + 1);
    chain->Step();
    EXPECT_EQ(chain->refusal(), "") << "after all";
  }
  RecordProperty("refreshes", steps());
  RecordProperty("repeats", repeats);
  RecordProperty("replayed", replayed);
  EXPECT_GE(repeats, kKills) << "the kills met nothing";
  for (const auto& people : sign_ups) {
    EXPECT_EQ(people->refusal(), "");
    EXPECT_GT(people->sessions().size(), 0u);
    for (const std::string& session : people->sessions()) {
      EXPECT_EQ(one_.Number(absl::StrCat("SELECT count(*) FROM signet.lineages WHERE end_reason IS "
                                         "NULL AND session_id = '",
                                         session, "'")),
                1);
    }
  }
  EXPECT_EQ(one_.Number("SELECT last FROM signet.revocation_head"), 0);
  EXPECT_EQ(one_.Violations(), "");
}

// The same, not by chance: the rotation waits for a lock, the server dies, the rotation commits.
TEST_F(KillServerTest, ARotationThatCommitsAfterTheServersDeathIsAnsweredToTheRepeat) {
  const auto login = one_.SignUp("ada@example.com");
  const std::string lineage =
      absl::StrCat("signet.lineages WHERE session_id = '", login.session_id(), "'");
  auto holder = storage::Connection::Open(one_.database().owner_conninfo());
  ASSERT_TRUE(holder.ok()) << holder.status();
  std::string sqlstate;
  const auto run = [&](const storage::Statement& statement) {
    EXPECT_TRUE((*holder)->Execute(statement, storage::Params(), sqlstate).ok()) << sqlstate;
  };
  const std::string lock = absl::StrCat("SELECT 1 FROM ", lineage, " FOR UPDATE");
  const storage::Statement kBegin{"begin", "BEGIN"};
  const storage::Statement kLock{"lock", lock.c_str()};
  const storage::Statement kCommit{"commit", "COMMIT"};
  run(kBegin);
  run(kLock);

  Burst<v1::RefreshResponse> burst;
  v1::RefreshRequest request;
  request.set_refresh_token(login.tokens().refresh_token());
  burst.Add(one_.client(0).tokens(), &v1::TokenService::Stub::PrepareAsyncRefresh, request);
  burst.Send();
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] {
    return one_.Number(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
               " AND datname = current_database()") == 1;
  }));
  one_.server(0).Kill();
  EXPECT_EQ(burst.Collect()[0].status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(one_.Number("SELECT generation FROM " + lineage), 0);
  run(kCommit);
  EXPECT_TRUE(Eventually(absl::Seconds(20),
                         [&] { return one_.Number("SELECT generation FROM " + lineage) == 1; }));

  one_.server(0).Start();
  const auto repeat = one_.client(0).Refresh(login.tokens().refresh_token());
  ASSERT_TRUE(repeat.ok()) << ReasonOf(repeat.status);
  EXPECT_TRUE(repeat.message.replayed());
  const auto next = one_.client(0).Refresh(repeat.message.tokens().refresh_token());
  ASSERT_TRUE(next.ok()) << ReasonOf(next.status);
  EXPECT_FALSE(next.message.replayed());
  EXPECT_EQ(one_.Number("SELECT generation FROM " + lineage), 2);
  EXPECT_EQ(one_.Violations(), "");
}

}  // namespace
}  // namespace signet::tests
