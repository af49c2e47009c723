#include "server/storage/postgres/pg_error.h"

#include <gmock/gmock.h>
#include <pqxx/pqxx>

#include "client/base/error.h"

namespace signet::storage {
namespace {

template <typename Exception>
PgFailure FailureOf(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return CurrentFailure();
  }
}

TEST(StatusOfTest, ADatabaseThatIsGoneFullOrShuttingDownIsUnavailableWithARetryTime) {
  for (const char* sqlstate : {"08006", "53300", "57P01", "57P03", "58030", "40P01", "25006"}) {
    const absl::Status status = StatusOf(sqlstate);
    EXPECT_EQ(base::ErrorReason(status), "STORAGE_UNAVAILABLE") << sqlstate;
    EXPECT_TRUE(base::RetryAfter(status).has_value()) << sqlstate;
  }
}

TEST(StatusOfTest, ACancelledStatementIsADeadlineAndABadValueIsTheCallersFault) {
  EXPECT_EQ(StatusOf("57014").code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(base::ErrorReason(StatusOf("22021")), "FIELD_INVALID");
  EXPECT_EQ(StatusOf("42703").code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(StatusOf("").ok());
}

// Whatever went wrong on the way, the connection is not used again.
TEST(CurrentFailureTest, AnErrorWithoutACodeIsALostConnection) {
  EXPECT_EQ(FailureOf(pqxx::broken_connection("gone")).sqlstate, "08006");
  EXPECT_EQ(FailureOf(pqxx::sql_error("gone")).sqlstate, "08006");
  EXPECT_EQ(FailureOf(pqxx::in_doubt_error("committed?")).sqlstate, "08006");
  EXPECT_EQ(FailureOf(std::bad_alloc()).sqlstate, "08006");
  EXPECT_FALSE(FailureOf(pqxx::sql_error("gone")).connection_usable);
}

TEST(CurrentFailureTest, AnErrorOfOneStatementLeavesTheConnectionUsable) {
  const PgFailure taken = FailureOf(pqxx::unique_violation("taken"));
  EXPECT_EQ(taken.sqlstate, "23505");
  EXPECT_TRUE(taken.connection_usable);
  EXPECT_EQ(FailureOf(pqxx::insufficient_privilege("no")).sqlstate, "42501");
  EXPECT_TRUE(FailureOf(pqxx::deadlock_detected("each other")).connection_usable);
  EXPECT_TRUE(FailureOf(pqxx::sql_error("late", "", "57014")).connection_usable);
  EXPECT_FALSE(FailureOf(pqxx::sql_error("bye", "", "57P01")).connection_usable);
}

}  // namespace
}  // namespace signet::storage
