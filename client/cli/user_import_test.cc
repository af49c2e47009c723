#include "client/cli/user_import.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/cli/test_directory.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;

class UserImportTest : public testing::Test {
 protected:
  // The server: creates whoever has an '@', once.
  absl::StatusOr<v1::ImportUsersResponse> Serve(const v1::ImportUsersRequest& request) {
    if (calls_++ == fails_at_) return absl::UnavailableError("gone");
    request_ids_.insert(request.request_id());
    v1::ImportUsersResponse response;
    for (const auto& user : request.users()) {
      auto* result = response.add_results();
      if (!absl::StrContains(user.email(), "@")) {
        result->set_outcome(v1::ImportResult::OUTCOME_REFUSED);
        result->set_field("email");
        result->set_description("is no address");
        continue;
      }
      sent_.push_back(user.email());
      result->set_outcome(v1::ImportResult::OUTCOME_CREATED);
      result->set_user_id("id");
    }
    return response;
  }
  absl::StatusOr<ImportCounts> Import(const std::string& text, const std::string& state = "",
                                      int batch = 2) {
    std::istringstream in(text);
    auto opened = ImportState::Open(state);
    if (!opened.ok()) return opened.status();
    UserImporter importer(*std::move(opened), batch, out_);
    return importer.Run(
        in, [this](const v1::ImportUsersRequest& request) { return Serve(request); },
        [this](const ImportCounts&) { ++progress_; });
  }

  const TestDirectory directory_;
  std::ostringstream out_;
  std::vector<std::string> sent_;
  std::set<std::string> request_ids_;
  int calls_ = 0;
  int fails_at_ = -1;
  int progress_ = 0;
};

TEST_F(UserImportTest, EveryLineGetsItsResultInOrder) {
  const auto counts = Import(
      "{\"email\":\"a@x\",\"password_hash\":\"$2y$\",\"display_name\":\"A\",\"disabled\":true}\n"
      "not json\n"
      "\n"
      "{\"email\":\"nobody\"}\n"
      "{\"email\":\"b@x\",\"roles\":[\"admin\"]}\n"
      "{\"email\":7}\n"
      "{\"email\":\"c@x\",\"create_time\":\"yesterday\"}\n"
      "{\"email\":\"d@x\",\"create_time\":\"2020-01-01T00:00:00Z\"}");
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(out_.str(),
            "{\"line\":1,\"outcome\":\"CREATED\",\"user_id\":\"id\"}\n"
            "{\"line\":2,\"outcome\":\"REFUSED\",\"field\":\"\",\"description\":\"is not a JSON "
            "object\"}\n"
            "{\"line\":4,\"outcome\":\"REFUSED\",\"field\":\"email\",\"description\":\"is no "
            "address\"}\n"
            "{\"line\":5,\"outcome\":\"REFUSED\",\"field\":\"roles\",\"description\":\"is not a "
            "member that can be imported\"}\n"
            "{\"line\":6,\"outcome\":\"REFUSED\",\"field\":\"email\",\"description\":\"has a value "
            "of another type\"}\n"
            "{\"line\":7,\"outcome\":\"REFUSED\",\"field\":\"create_time\",\"description\":\"has a "
            "value of another type\"}\n"
            "{\"line\":8,\"outcome\":\"CREATED\",\"user_id\":\"id\"}\n");
  EXPECT_EQ(counts->lines, 8);
  EXPECT_EQ(counts->created, 2);
  EXPECT_EQ(counts->refused, 5);
  EXPECT_GE(progress_, 3);
}

TEST_F(UserImportTest, ABrokenImportGoesOnWhereItWasWithTheSameRequestId) {
  const std::string state = directory_.path() + "/state";
  std::string text;
  for (int i = 0; i < 7; ++i) absl::StrAppend(&text, "{\"email\":\"p", i, "@x\"}\n");
  fails_at_ = 2;
  EXPECT_TRUE(absl::IsUnavailable(Import(text, state).status()));
  EXPECT_EQ(sent_.size(), 4u);
  const auto counts = Import(text, state);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->lines, 7);
  EXPECT_EQ(counts->created, 3);
  EXPECT_THAT(sent_, testing::ElementsAre("p0@x", "p1@x", "p2@x", "p3@x", "p4@x", "p5@x", "p6@x"));
  EXPECT_EQ(request_ids_.size(), 1u);
  // Done: nothing is sent again.
  calls_ = 0;
  EXPECT_TRUE(Import(text, state).ok());
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(base::ErrorReason(Import("{}\n", state).status()), "USAGE");
}

TEST_F(UserImportTest, AFileThatIsNoStateIsNotOverwritten) {
  const std::string path = directory_.path() + "/precious";
  std::ofstream(path) << "my thesis\n";
  EXPECT_EQ(base::ErrorReason(Import("{}\n", path).status()), "USAGE");
  EXPECT_EQ(calls_, 0);
  std::ifstream file(path);
  std::string kept;
  std::getline(file, kept);
  EXPECT_EQ(kept, "my thesis");
}

TEST_F(UserImportTest, ALineWithoutAnEndIsNotKept) {
  const auto counts = Import(
      absl::StrCat("{\"email\":\"", std::string(1 << 20, 'x'), "\"}\n", "{\"email\":\"a@x\"}\n"));
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->refused, 1);
  EXPECT_EQ(counts->created, 1);
  EXPECT_THAT(out_.str(), HasSubstr("is longer than 16 KiB"));
}

}  // namespace
}  // namespace signet::cli
