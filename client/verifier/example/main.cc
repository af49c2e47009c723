// greeter LISTEN SIGNET ISSUER AUDIENCE: greets whoever shows an access token of that issuer.
#include <iostream>
#include <string>

#include "client/verifier/guarded_service.h"
#include "client/verifier/verifier.h"
#include "greeter.grpc.pb.h"

class Greeter final : public example::Greeter::Service {
  grpc::Status Greet(grpc::ServerContext* context, const example::GreetRequest*,
                     example::GreetResponse* response) override {
    const auto& caller = signet::verifier::CallerOf(*context);
    response->set_greeting("Hello, " + std::string(caller.claims().subject));
    return grpc::Status::OK;
  }
};

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  auto verifier = signet::verifier::Verifier::Start(
      {.addresses = {argv[2]}, .issuer = argv[3], .audience = argv[4]});
  if (!verifier.ok() || !(*verifier)->WaitUntilReady(absl::Seconds(30)).ok()) {
    std::cerr << "nothing was heard of " << argv[2] << "\n";
    return 1;
  }
  Greeter greeter;
  auto guarded = signet::verifier::GuardedService::Make(
      **verifier, example::Greeter::service_full_name(), greeter);
  if (!guarded.ok()) return 1;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
  builder.RegisterService(guarded->get());
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << "greeting on " << argv[1] << std::endl;
  server->Wait();
}
