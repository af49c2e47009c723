#include "client/verifier/service_token.h"

#include <chrono>
#include <map>
#include <utility>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <signet/v1/token_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "client/base/mutex.h"
#include "client/base/status_macros.h"
#include "client/verifier/grpc_refusal.h"
#include "client/verifier/server_list.h"

namespace signet::verifier {
namespace {

constexpr double kRenewAt = 0.8;  // of its life
constexpr absl::Duration kPauseAfterFailure = absl::Seconds(1);
constexpr absl::Duration kPauseAfterRefusal = absl::Seconds(10);

absl::Status StatusOf(const grpc::Status& status) {
  std::string reason = "UNREACHABLE";
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) reason = info.reason();
  }
  return base::MakeError(static_cast<absl::StatusCode>(status.error_code()), reason,
                         "no service token was issued");
}

// One answer at most is under way; it comes in on a thread of gRPC's.
class SingleFlightSource final : public ServiceTokenSource {
 public:
  explicit SingleFlightSource(Options options)
      : options_(std::move(options)),
        clock_(options_.clock != nullptr ? *options_.clock : SystemClock()),
        servers_({options_.address}, options_.credentials) {}

  ~SingleFlightSource() override {
    base::MutexLock lock(mutex_);
    if (call_ != nullptr) call_->context.TryCancel();
    while (call_ != nullptr) answered_.Wait(mutex_);
  }

  absl::StatusOr<std::string> Token() override {
    base::MutexLock lock(mutex_);
    const absl::Time now = clock_.Now();
    if (now >= renew_at_ && call_ == nullptr && now >= not_before_) Fetch(now);
    if (now < expires_at_) return token_;
    const auto until =
        std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options_.timeout);
    while (call_ != nullptr) {
      const auto left = until - std::chrono::steady_clock::now();
      if (left <= left.zero()) break;
      answered_.WaitFor(mutex_, absl::FromChrono(left));
    }
    if (clock_.Now() < expires_at_) return token_;
    return failure_;
  }

  bool HasToken() const override {
    base::MutexLock lock(mutex_);
    return clock_.Now() < expires_at_;
  }

  void Refused(absl::string_view token) override {
    base::MutexLock lock(mutex_);
    if (token != token_ || clock_.Now() < fetched_at_ + kPauseAfterRefusal) return;
    expires_at_ = absl::InfinitePast();
    renew_at_ = absl::InfinitePast();
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::IssueServiceTokenRequest request;
    v1::IssueServiceTokenResponse response;
    std::shared_ptr<Server> server;
    absl::Time began;
    ~Call() {
      base::Wipe(*request.mutable_api_key());
      base::Wipe(*response.mutable_access_token());
    }
  };

  static const base::Clock& SystemClock() {
    static const base::SystemClock system;
    return system;
  }

  void Fetch(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    call_ = std::make_unique<Call>();
    call_->server = servers_.at(0);
    call_->began = now;
    call_->context.set_deadline(absl::ToChronoTime(absl::Now() + options_.timeout));
    call_->request.set_api_key(std::string(options_.api_key.reveal()));
    call_->request.set_audience(options_.audience);
    for (const std::string& scope : options_.scopes) call_->request.add_scopes(scope);
    call_->server->stub->async()->IssueServiceToken(
        &call_->context, &call_->request, &call_->response,
        [this](const grpc::Status& status) { Take(status); });
  }

  void Take(const grpc::Status& status) {
    base::MutexLock lock(mutex_);
    const std::unique_ptr<Call> call = std::move(call_);
    if (status.ok()) {
      // From when it was asked for: it was not issued before that, and so ends no earlier here.
      const absl::Duration life = absl::Seconds(call->response.expires_in().seconds());
      token_ = call->response.access_token();
      expires_at_ = call->began + life;
      renew_at_ = call->began + life * kRenewAt;
      fetched_at_ = clock_.Now();
    } else {
      failure_ = StatusOf(status);
      not_before_ = clock_.Now() + kPauseAfterFailure;
      servers_.ReconnectIfDown(0, *call->server);
    }
    answered_.NotifyAll();
  }

  const Options options_;
  const base::Clock& clock_;
  ServerList servers_;
  mutable base::Mutex mutex_;
  base::CondVar answered_;
  std::unique_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);  // null: none is under way
  std::string token_ ABSL_GUARDED_BY(mutex_);
  absl::Time expires_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time renew_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time fetched_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time not_before_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status failure_ ABSL_GUARDED_BY(mutex_) = base::MakeError(
      absl::StatusCode::kDeadlineExceeded, "UNREACHABLE", "no service token was issued in time");
};

class Plugin final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit Plugin(std::shared_ptr<ServiceTokenSource> source) : source_(std::move(source)) {}

  // Asked before each call: gRPC then takes a thread that may wait.
  bool IsBlocking() const override { return !source_->HasToken(); }
  const char* GetType() const override { return "signet-service-token"; }

  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<std::string, std::string>* metadata) override {
    const auto token = source_->Token();
    if (!token.ok()) return ToGrpcStatus(token.status());
    metadata->emplace("authorization", absl::StrCat("Bearer ", *token));
    return grpc::Status::OK;
  }

 private:
  const std::shared_ptr<ServiceTokenSource> source_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<ServiceTokenSource>> ServiceTokenSource::Make(Options options) {
  if (options.address.empty()) return base::FieldError("address", "is missing");
  if (options.api_key.empty()) return base::FieldError("api_key", "is missing");
  return std::make_shared<SingleFlightSource>(std::move(options));
}

std::shared_ptr<grpc::CallCredentials> ServiceTokenCredentials(
    std::shared_ptr<ServiceTokenSource> source) {
  return grpc::MetadataCredentialsFromPlugin(std::make_unique<Plugin>(std::move(source)));
}

absl::Status AddServiceToken(ServiceTokenSource& source, grpc::ClientContext& context) {
  SIGNET_ASSIGN_OR_RETURN(const std::string token, source.Token());
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  return absl::OkStatus();
}

}  // namespace signet::verifier
