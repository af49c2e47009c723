// bench_limit_server: the limit of every gRPC case. It answers Validate, ValidateBatch and
// ValidateStream with answers that a real server gave, byte for byte, without reading the request:
// what it costs is gRPC, the kernel and the size of the messages, and nothing that Signet could
// save.

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "bench/lines_file.h"
#include "bench/token_workloads.h"
#include "bench/workload.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "signet/v1/token_service.grpc.pb.h"
#include "signet/v1/token_service.pb.h"

namespace signet::bench {
namespace {

// No method is left synchronous: gRPC would add pollers for it that take connections for
// themselves.
using Service = v1::TokenService;
using Streams = Service::WithAsyncMethod_WatchRevocations<
    Service::WithAsyncMethod_WatchKeySet<Service::Service>>;
using Issuing =
    Service::WithAsyncMethod_Refresh<Service::WithAsyncMethod_IssueServiceToken<Streams>>;
using Others = Service::WithAsyncMethod_Revoke<Service::WithAsyncMethod_RevokeAll<
    Service::WithAsyncMethod_ExplainToken<Service::WithAsyncMethod_GetJwks<Issuing>>>>;
using Raw = Service::WithRawMethod_Validate<
    Service::WithRawMethod_ValidateBatch<Service::WithRawMethod_ValidateStream<Others>>>;

struct Answers {
  grpc::ByteBuffer unary;
  grpc::ByteBuffer batch64;
  grpc::ByteBuffer batch256;
  grpc::ByteBuffer stream;
};

// What a queue reports to.
class Event {
 public:
  virtual ~Event() = default;
  // What was begun has come back; `ok` as gRPC says it.
  virtual void Proceed(bool ok) = 0;
};

enum class Method { kValidate, kBatch };

// As in Signet's server: each is one more tag through which Debian's gRPC looks at every event.
constexpr size_t kMaxWaiting = 64;

// One place for a call, used again when its call has ended. Owns itself.
class Call final : public Event {
 public:
  Call(Raw& service, grpc::ServerCompletionQueue& queue, const Answers& answers, Method method,
       size_t& waiting)
      : service_(service), queue_(queue), answers_(answers), method_(method), waiting_(waiting) {
    Wait();
  }

  void Proceed(bool ok) override {
    if (answering_ || !ok) {
      if (ok && waiting_ < kMaxWaiting) return Wait();
      delete this;
      return;
    }
    answering_ = true;
    if (--waiting_ == 0) new Call(service_, queue_, answers_, method_, waiting_);
    responder_->Finish(Answer(), grpc::Status::OK, this);
  }

 private:
  void Wait() {
    answering_ = false;
    ++waiting_;
    context_ = std::make_unique<grpc::ServerContext>();
    responder_ = std::make_unique<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>>(&*context_);
    request_.Clear();
    if (method_ == Method::kValidate) {
      service_.RequestValidate(&*context_, &request_, &*responder_, &queue_, &queue_, this);
    } else {
      service_.RequestValidateBatch(&*context_, &request_, &*responder_, &queue_, &queue_, this);
    }
  }

  // Batches of 64 and of 256 tokens are told apart by their size; no token is over 1 KiB here.
  const grpc::ByteBuffer& Answer() const {
    if (method_ == Method::kValidate) return answers_.unary;
    return request_.Length() < 64 * 1024 ? answers_.batch64 : answers_.batch256;
  }

  Raw& service_;
  grpc::ServerCompletionQueue& queue_;
  const Answers& answers_;
  const Method method_;
  size_t& waiting_;  // places of this method that no call has taken
  bool answering_ = false;
  std::unique_ptr<grpc::ServerContext> context_;
  std::unique_ptr<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> responder_;
  grpc::ByteBuffer request_;
};

// One stream: an answer to every message, with one read and one write under way as in Signet's
// server.
class Stream {
 public:
  Stream(Raw& service, grpc::ServerCompletionQueue& queue, const Answers& answers)
      : service_(service), queue_(queue), answers_(answers) {
    service_.RequestValidateStream(&context_, &stream_, &queue_, &queue_, &arrived_);
  }

 private:
  struct Step final : Event {
    Step(Stream& of, void (Stream::*does)(bool)) : stream(of), step(does) {}
    void Proceed(bool ok) override { (stream.*step)(ok); }
    Stream& stream;
    void (Stream::*const step)(bool);
  };

  void OnArrived(bool ok) {
    if (!ok) return;
    new Stream(service_, queue_, answers_);
    Read();
  }
  void OnRead(bool ok) {
    if (!ok) return;  // it ends with the process
    ++unanswered_;
    if (!writing_) Write();
    Read();
  }
  void OnWrote(bool ok) {
    writing_ = false;
    if (ok && unanswered_ > 0) Write();
  }

  void Read() {
    request_.Clear();
    stream_.Read(&request_, &read_);
  }
  void Write() {
    writing_ = true;
    --unanswered_;
    grpc::WriteOptions options;
    if (unanswered_ > 0) options.set_buffer_hint();
    stream_.Write(answers_.stream, options, &wrote_);
  }

  Raw& service_;
  grpc::ServerCompletionQueue& queue_;
  const Answers& answers_;
  Step arrived_{*this, &Stream::OnArrived};
  Step read_{*this, &Stream::OnRead};
  Step wrote_{*this, &Stream::OnWrote};
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context_};
  grpc::ByteBuffer request_;
  size_t unanswered_ = 0;
  bool writing_ = false;
};

void Serve(Raw& service, grpc::ServerCompletionQueue& queue, const Answers& answers) {
  size_t waiting[2] = {0, 0};
  new Call(service, queue, answers, Method::kValidate, waiting[0]);
  new Call(service, queue, answers, Method::kBatch, waiting[1]);
  new Stream(service, queue, answers);
  void* tag = nullptr;
  for (bool ok = false; queue.Next(&tag, &ok);) static_cast<Event*>(tag)->Proceed(ok);
}

absl::StatusOr<Answers> ReadAnswers(const std::string& directory, const std::string& batch) {
  auto unary = ReadBytes(directory + "/answer_unary");
  auto batch64 = ReadBytes(directory + "/answer_batch64");
  auto batch256 = ReadBytes(directory + "/answer_" + batch);
  auto stream = ReadBytes(directory + "/answer_stream");
  for (const auto* one : {&unary, &batch64, &batch256, &stream}) {
    if (!one->ok()) return one->status();
  }
  return Answers{ToBuffer(*unary), ToBuffer(*batch64), ToBuffer(*batch256), ToBuffer(*stream)};
}

int Run(const Answers& answers, int threads) {
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);

  Raw service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(-1);
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  for (int i = 0; i < threads; ++i) queues.push_back(builder.AddCompletionQueue());
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  for (auto& queue : queues) {
    std::thread([&service, &queue, &answers] { Serve(service, *queue, answers); }).detach();
  }
  std::cout << port << std::endl;

  int signal = 0;
  sigwait(&end, &signal);
  std::_Exit(0);  // nothing was acknowledged that could be lost
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  // As Signet's server does: Debian's Abseil looks for cycles whenever gRPC takes a lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::string directory;
  std::string batch = "batch256";
  int threads = 1;
  CLI::App app{"A gRPC server without work. Prints its port."};
  app.add_option("--dir", directory, "where bench_load prepare recorded answers")->required();
  app.add_option("--batch", batch, "the recorded answer to batches of 256");
  app.add_option("--threads", threads, "completion queues, with one thread each");
  CLI11_PARSE(app, argc, argv);
  const auto answers = signet::bench::ReadAnswers(directory, batch);
  if (!answers.ok()) {
    std::cerr << answers.status().message() << "\n";
    return 1;
  }
  return signet::bench::Run(*answers, threads);
}
