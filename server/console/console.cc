#include "server/console/console.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/console/page.h"
#include "server/console/pages/pages.h"
#include "server/console/session_cookie.h"
#include "server/domain/permissions.h"

namespace signet::console {
namespace {

struct Entry {
  absl::string_view path;
  absl::string_view title;
  Markup (*draw)(const Shown&);
};
constexpr std::array<Entry, 8> kEntries = {
    {{"/console", "Overview", OverviewPage},
     {"/console/validation", "Validation", ValidationPage},
     {"/console/refresh", "Refresh and lineage", RefreshPage},
     {"/console/logins", "Logins and abuse", LoginsPage},
     {"/console/keys", "Keys and revocation", KeysPage},
     {"/console/database", "Database", DatabasePage},
     {"/console/capacity", "Capacity", CapacityPage},
     {"/console/replicas", "Replicas", ReplicasPage}}};

bool Has(const std::vector<std::string>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The RPC that a path names, where there is one: what strangers write becomes no title.
std::optional<std::pair<std::string, std::string>> RpcOf(const History& history,
                                                         absl::string_view path) {
  if (!absl::ConsumePrefix(&path, "/console/rpc/")) return std::nullopt;
  const std::pair<std::string, std::string> name = absl::StrSplit(path, absl::MaxSplits('/', 1));
  constexpr absl::string_view kHandled = "grpc_server_handled_total";
  if (!Has(history.LabelsOf(kHandled, 0), name.first) ||
      !Has(history.LabelsOf(kHandled, 1), name.second)) {
    return std::nullopt;
  }
  return name;
}

Markup Sentence(absl::string_view text) {
  return Markup().Raw("<p class=\"lead\">").Text(text).Raw("</p>");
}

http::Route File(std::string path, std::string type, absl::string_view content) {
  http::Route route;
  route.path = std::move(path);
  route.logged = http::Route::Logged::kErrors;
  route.answer = [type = std::move(type), content](const http::Request&) {
    return http::Reply{
        .content_type = type, .body = std::string(content), .cache_control = "public, max-age=300"};
  };
  return route;
}

}  // namespace

std::vector<http::Route> Console::Routes() const {
  const auto form = [](std::string path, auto answer) {
    http::Route route;
    route.path = std::move(path);
    route.methods = http::Route::Methods::kAll;
    route.answer_later = std::move(answer);
    return route;
  };
  http::Route overview;
  overview.path = "/console";
  overview.lane = http::Route::Lane::kWorker;
  overview.answer = [this](const http::Request& request) { return Answer(request); };
  overview.logged = http::Route::Logged::kErrors;  // each is there every 5 seconds
  http::Route pages = overview;
  pages.path = "/console/";
  pages.extent = http::Route::Extent::kBelow;
  return {std::move(overview),
          std::move(pages),
          form("/console/login",
               [this](const http::Request& request, http::Answered answered) {
                 sign_in_.LogIn(request, std::move(answered));
               }),
          form("/console/logout",
               [this](const http::Request& request, http::Answered answered) {
                 sign_in_.LogOut(request, std::move(answered));
               }),
          File("/console/style.css", "text/css; charset=utf-8", Stylesheet()),
          File("/console/icon.svg", "image/svg+xml", Icon())};
}

http::Reply Console::Answer(const http::Request& request) const {
  const absl::Time now = request.call.now;
  const std::string token = AccessTokenOf(request, browsers_);
  if (token.empty()) return sign_in_.Form(now);
  const auto caller = uses_.judge(token, now);
  if (!caller.ok()) return sign_in_.Form(now);
  if (!caller->Has(domain::kPermissionConsoleRead)) {
    return PageReply(403, {"Not for this account", "", "", caller->user_id().ToString(), now},
                     Sentence("The console needs the permission console.read, which the roles of "
                              "this account do not give. An administrator can grant the role "
                              "auditor, or one made for it."));
  }
  return Page(request, *caller);
}

http::Reply Console::Page(const http::Request& request, const domain::Caller& caller) const {
  const Shown shown{uses_.history, uses_.facts, request.call.now};
  Frame frame{"", request.path, uses_.facts.replica, caller.user_id().ToString(), shown.now};
  frame.refresh = request.query == "live=off" ? Frame::Refresh::kPaused : Frame::Refresh::kEvery5s;
  for (const Entry& entry : kEntries) {
    if (entry.path != request.path) continue;
    frame.title = std::string(entry.title);
    return PageReply(200, frame, entry.draw(shown));
  }
  if (const auto rpc = RpcOf(uses_.history, request.path)) {
    frame.title = rpc->first + "/" + rpc->second;
    return PageReply(200, frame, RpcPage(shown, rpc->first, rpc->second));
  }
  frame.title = "No such page";
  frame.path = "";
  frame.refresh = Frame::Refresh::kNone;
  return PageReply(404, frame, Sentence("The console has no page of this name."));
}

}  // namespace signet::console
