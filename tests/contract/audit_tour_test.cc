// every audited method leaves its event in the audit log, done and refused, and nothing else
// does: who, what, on whom, from where, how it ended and why, and which call it was.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/rpc/method_table.h"
#include "tests/contract/service_test.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

using ::testing::StartsWith;

class AuditTourTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<tests::MailFolder>();
    auto settings = folder_->Settings();
    settings["audit.seal_interval"] = "100ms";
    StartService(settings);
  }
  static void TearDownTestSuite() {
    ServiceTest::TearDownTestSuite();
    folder_.reset();
  }

  // All there are, as an auditor sees them.
  static std::vector<v1::AuditEvent> Events(const std::string& auditor) {
    std::vector<v1::AuditEvent> events;
    v1::QueryEventsRequest request;
    request.set_page_size(1000);
    do {
      const auto page = ServiceClient::Call(client().audit(), &v1::AuditService::Stub::QueryEvents,
                                            request, {.bearer = auditor});
      EXPECT_EQ(Describe(page.status), "OK");
      events.insert(events.end(), page.message.events().begin(), page.message.events().end());
      request.set_page_token(page.message.next_page_token());
    } while (!request.page_token().empty());
    return events;
  }

  static inline std::unique_ptr<tests::MailFolder> folder_;
};

// Of an event, what it has to say; of a mark, the same.
std::string Said(const v1::AuditEvent& event) {
  return absl::StrCat(event.action(), " ", v1::AuditOutcome_Name(event.outcome()), " because '",
                      event.reason(), "' by ", v1::AuditActorKind_Name(event.actor_kind()), " '",
                      event.actor_id(), "' on '", event.subject_id(), "' in '", event.session_id(),
                      "' about '", event.target(), "' naming '", event.identifier(), "' trace ",
                      event.trace_id());
}

std::string Said(const AuditMark& mark, const std::string& trace_id) {
  v1::AuditEvent event;
  event.set_action(mark.action);
  event.set_outcome(mark.outcome);
  event.set_reason(mark.reason);
  if (!mark.actor.empty()) event.set_actor_kind(mark.actor_kind);
  event.set_actor_id(mark.actor);
  event.set_subject_id(mark.subject);
  event.set_session_id(mark.session);
  event.set_target(mark.target);
  event.set_identifier(mark.identifier);
  event.set_trace_id(trace_id);
  return Said(event);
}

TEST_F(AuditTourTest, EachCallLeavesItsEventAndNoOther) {
  Tour tour(client(), server(), database(), *folder_);
  tour.Run();
  ASSERT_FALSE(HasFatalFailure());
  std::map<std::string, std::vector<std::string>> of_call;  // by request id
  for (const v1::AuditEvent& event : Events(tour.AdministratorsToken())) {
    if (!absl::StartsWith(event.request_id(), "tour-")) {
      // What the server and its command line did, and the administrator beside the tour.
      EXPECT_TRUE(event.actor_kind() == v1::AUDIT_ACTOR_KIND_SERVER ||
                  event.actor_kind() == v1::AUDIT_ACTOR_KIND_OPERATOR ||
                  event.action() == "LOGIN" || event.action() == "AUDIT_READ")
          << event.ShortDebugString();
      continue;
    }
    of_call[event.request_id()].push_back(Said(event));
    EXPECT_GT(event.time().seconds(), 0);
    const bool in_history =
        event.action() == "REFRESH" && event.outcome() == v1::AUDIT_OUTCOME_SUCCEEDED;
    EXPECT_EQ(event.address(), in_history ? "" : "127.0.0.1") << event.ShortDebugString();
    if (in_history) continue;
    EXPECT_THAT(event.user_agent(), StartsWith("grpc-c++/")) << event.ShortDebugString();
  }
  std::map<std::string, std::set<v1::AuditOutcome>> outcomes;  // by method
  for (const Tour::Step& step : tour.steps()) {
    std::vector<std::string> expected;
    for (const AuditMark& mark : step.marks) {
      expected.push_back(Said(mark, step.trace_id));
      if (mark.action != "ACCESS_DENIED") outcomes[step.method].insert(mark.outcome);
    }
    EXPECT_EQ(of_call[step.request_id], expected) << step.method << " answered " << step.status;
  }
  // By the method table: a method that is audited has left an event of an effect.
  for (const rpc::MethodRow& row : rpc::MethodTable()) {
    const std::set<v1::AuditOutcome> left = outcomes[std::string(row.full_name)];
    EXPECT_EQ(left.count(v1::AUDIT_OUTCOME_SUCCEEDED), row.audited ? 1u : 0u) << row.full_name;
    EXPECT_TRUE(row.audited || left.empty()) << row.full_name;
  }
}

}  // namespace
}  // namespace signet::contract
