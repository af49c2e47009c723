#include "bench/people_workloads.h"

#include "absl/strings/str_cat.h"
#include "bench/token_workloads.h"
#include "signet/v1/auth_service.pb.h"
#include "signet/v1/user_service.pb.h"

namespace signet::bench {
namespace {

std::string EmailOf(size_t person) { return absl::StrCat("person", person, "@bench.example"); }

// Long enough to pass every rule of strength; the people own nothing but their benchmark.
std::string PasswordOf(size_t person) {
  return absl::StrCat("quarry-lantern-", person * 7919 + 104729, "-mizzen-ochre");
}

}  // namespace

const std::string& RegisterWorkload::method() const {
  static const std::string method = "/signet.v1.AuthService/Register";
  return method;
}

grpc::ByteBuffer RegisterWorkload::Request(size_t) {
  v1::RegisterRequest request;
  request.set_email(EmailOf(next_));
  request.set_password(PasswordOf(next_));
  ++next_;
  return ToBuffer(request.SerializeAsString());
}

absl::Status RegisterWorkload::Check(size_t, const grpc::ByteBuffer&) { return absl::OkStatus(); }

const std::string& LoginWorkload::method() const {
  static const std::string method = "/signet.v1.AuthService/Login";
  return method;
}

grpc::ByteBuffer LoginWorkload::Request(size_t) {
  const size_t person = next_++ % people_;
  v1::LoginRequest request;
  request.set_email(EmailOf(person));
  request.set_password(PasswordOf(person));
  request.set_client_id("bench");
  request.set_audience(kAudience);
  return ToBuffer(request.SerializeAsString());
}

absl::Status LoginWorkload::Check(size_t, const grpc::ByteBuffer& answer) {
  v1::LoginResponse response;
  if (!response.ParseFromString(ToBytes(answer)) || response.tokens().access_token().empty()) {
    return absl::InternalError("a login gave no tokens");
  }
  if (refresh_tokens_ != nullptr) refresh_tokens_->push_back(response.tokens().refresh_token());
  if (access_tokens_ != nullptr) access_tokens_->push_back(response.tokens().access_token());
  return absl::OkStatus();
}

const std::string& FindWorkload::method() const {
  static const std::string method = "/signet.v1.UserService/ListUsers";
  return method;
}

grpc::ByteBuffer FindWorkload::Request(size_t) {
  email_ = absl::StrCat("p", 1 + random_() % people_, "@users.example");
  v1::ListUsersRequest request;
  request.set_email_prefix(email_);
  return ToBuffer(request.SerializeAsString());
}

absl::Status FindWorkload::Check(size_t, const grpc::ByteBuffer& answer) {
  v1::ListUsersResponse response;
  if (!response.ParseFromString(ToBytes(answer)) || response.users_size() != 1 ||
      response.users(0).email() != email_) {
    return absl::InternalError(absl::StrCat("not the one account of ", email_));
  }
  return absl::OkStatus();
}

}  // namespace signet::bench
