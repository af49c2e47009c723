#include "server/app/service_health.h"

namespace signet::app {

void ServiceHealth::Attach(rpc::Server& server, rpc::Server::Serving gateways) {
  base::MutexLock lock(mutex_);
  server_ = &server;
  server_->SetServing("", rpc::Server::Serving::kYes);
  server_->SetServing("signet.v1.TokenService", rpc::Server::Serving::kYes);
  server_->SetServing("envoy.service.auth.v3.Authorization", gateways);
  TellDatabase();
}

void ServiceHealth::Detach() {
  base::MutexLock lock(mutex_);
  server_ = nullptr;
}

void ServiceHealth::SetDatabase(bool healthy) {
  base::MutexLock lock(mutex_);
  database_ = healthy;
  TellDatabase();
}

bool ServiceHealth::database() const {
  base::MutexLock lock(mutex_);
  return database_;
}

void ServiceHealth::TellDatabase() {
  if (server_ == nullptr) return;
  const auto serving = database_ ? rpc::Server::Serving::kYes : rpc::Server::Serving::kNo;
  for (const char* service :
       {"signet.v1.AuthService", "signet.v1.SessionService", "signet.v1.KeyService",
        "signet.v1.AuditService", "signet.v1.UserService", "signet.v1.AccessService"}) {
    server_->SetServing(service, serving);
  }
}

}  // namespace signet::app
