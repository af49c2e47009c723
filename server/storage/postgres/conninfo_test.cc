#include "server/storage/postgres/conninfo.h"

#include <gmock/gmock.h>

#include "client/base/error.h"

namespace signet::storage {
namespace {

TEST(ConninfoTest, BothFormsAreRead) {
  EXPECT_EQ(Conninfo::Parse("host=/run/pg dbname=signet")->ToString(),
            "dbname='signet' host='/run/pg' ");
  EXPECT_EQ(Conninfo::Parse("postgresql://ada@db:5433/signet")->ToString(),
            "user='ada' dbname='signet' host='db' port='5433' ");
}

//
TEST(ConninfoTest, AMalformedStringIsRefusedWithoutRepeatingIt) {
  const auto refused = Conninfo::Parse("password=hunter2 nonsense");
  EXPECT_EQ(base::ErrorReason(refused.status()), "FIELD_INVALID");
  EXPECT_THAT(std::string(refused.status().message()), testing::Not(testing::HasSubstr("hunter2")));
}

TEST(ConninfoTest, WhatTheOperatorWroteWinsOverDefaultsAndNotOverOurs) {
  Conninfo conninfo = *Conninfo::Parse("connect_timeout=9 client_encoding=LATIN1");
  conninfo.Default("connect_timeout", "2").Default("application_name", "x");
  conninfo.Set("client_encoding", "UTF8");
  EXPECT_EQ(conninfo.ToString(),
            "connect_timeout='9' client_encoding='UTF8' application_name='x' ");
}

// The server takes the last of several settings of one name.
TEST(ConninfoTest, OurServerSettingsStandBeforeTheOperators) {
  Conninfo conninfo = *Conninfo::Parse("options='-c jit=on'");
  conninfo.DefaultSetting("jit", "off");
  EXPECT_EQ(conninfo.ToString(), "options='-c jit=off -c jit=on' ");
}

// of several hosts the first that answers may be a standby.
TEST(ConninfoTest, OfSeveralHostsThePrimaryIsMeantUnlessTheOperatorSaysOtherwise) {
  const auto with_default = [](const char* text) {
    return Conninfo::Parse(text)->DefaultToPrimary().ToString();
  };
  EXPECT_THAT(with_default("postgresql://db1,db2:5433/signet"),
              testing::HasSubstr("target_session_attrs='read-write'"));
  EXPECT_THAT(with_default("hostaddr=10.0.0.1,10.0.0.2"),
              testing::HasSubstr("target_session_attrs='read-write'"));
  EXPECT_THAT(with_default("host=db1,db2 target_session_attrs=primary"),
              testing::HasSubstr("target_session_attrs='primary'"));
  EXPECT_EQ(with_default("host=db1"), "host='db1' ");
}

TEST(ConninfoTest, QuotesAndBackslashesSurvive) {
  Conninfo conninfo = *Conninfo::Parse("");
  conninfo.Set("password", "it's a \\ secret");
  EXPECT_EQ(Conninfo::Parse(conninfo.ToString())->ToString(), conninfo.ToString());
}

}  // namespace
}  // namespace signet::storage
