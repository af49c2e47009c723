// what password hashing cannot do in time is refused at once, and validation does not
// notice.

#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

constexpr int kStorm = 48;
constexpr absl::Duration kPatience = absl::Seconds(20);

class HashingTest : public ServiceTest {
 protected:
  // One thread and slow hashes: far less than the storm asks for, on any machine.
  static void StartSlow(tests::ServerProcess::Settings queues) {
    queues["abuse.lock_after"] = "1000";  // one person logs in 48 times at once
    queues["hashing.threads"] = "1";
    queues["hashing.argon2_memory"] = "32MiB";
    queues["hashing.argon2_passes"] = "3";
    StartService(queues);
  }
  void TearDown() override { ServiceTest::TearDownTestSuite(); }

  static void ExpectShedWhileValidationGoesOn();
};

void HashingTest::ExpectShedWhileValidationGoesOn() {
  const std::string email = NewPerson();
  const std::string token = LoginOf(email).tokens().access_token();
  std::atomic<bool> over{false};
  std::atomic<int> validated{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> validators;
  for (int i = 0; i < 2; ++i) {
    validators.emplace_back([&] {
      ServiceClient mine(server().grpc_address());
      while (!over) {
        const auto answer = mine.Validate(token);
        ++(answer.ok() && answer.message.active() ? validated : failed);
      }
    });
  }
  std::vector<std::string> outcomes(kStorm);
  std::vector<std::thread> people;
  for (int i = 0; i < kStorm; ++i) {
    people.emplace_back([&, i] {
      v1::LoginRequest request;
      request.set_email(email);
      request.set_password(kPassword);
      outcomes[static_cast<size_t>(i)] =
          Describe(ServiceClient::Call(client().auth(), &v1::AuthService::Stub::Login, request,
                                       {.patience = kPatience})
                       .status);
    });
  }
  for (std::thread& person : people) person.join();
  const int validated_meanwhile = validated;
  over = true;
  for (std::thread& validator : validators) validator.join();

  std::map<std::string, int> count;
  for (const std::string& outcome : outcomes) ++count[outcome];
  const int served = count["OK"];
  // Nothing else: DEADLINE_EXCEEDED would mean that somebody waited in vain.
  const int refused = count["UNAVAILABLE OVERLOADED +retry"];
  EXPECT_GE(served, 1);
  EXPECT_GE(refused, 1);
  EXPECT_EQ(served + refused, kStorm) << ::testing::PrintToString(count);
  EXPECT_GE(validated_meanwhile, 1);
  EXPECT_EQ(failed, 0);
  LoginOf(email);  // and the next one gets in
}

// more than the hashing executor takes in.
TEST_F(HashingTest, ALoginStormBeyondTheHashersQueueIsShedAndValidationGoesOn) {
  StartSlow({{"hashing.queue", "4"}, {"limits.hashing_workers", "64"}});
  ExpectShedWhileValidationGoesOn();
}

// more than the lane of such calls takes in, with every worker of it waiting.
TEST_F(HashingTest, ALoginStormBeyondTheLaneIsShedAndValidationGoesOn) {
  StartSlow({{"limits.hashing_workers", "2"}, {"limits.hashing_queue", "4"}});
  ExpectShedWhileValidationGoesOn();
}

}  // namespace
}  // namespace signet::contract
