#include "server/rpc/server.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "client/base/mutex.h"
#include "client/base/processors.h"
#include "client/base/status_macros.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/grpc.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"
#include "server/rpc/completion_queue.h"
#include "server/rpc/connection_gate.h"
#include "server/rpc/grpc_log.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/server_credentials.h"
#include "server/rpc/services/health_service.h"
#include "server/rpc/status_mapping.h"
#include "server/rpc/stream.h"
#include "server/rpc/stream_call.h"
#include "server/rpc/stream_roster.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/unknown_method.h"

namespace signet::rpc {
namespace {

// What gRPC takes beyond the largest request, so that the refusal of a request that is a little too
// large is ours and says so. One beyond this is gRPC's own bare RESOURCE_EXHAUSTED.
constexpr size_t kRequestMargin = size_t{1} << 20;

int Millis(absl::Duration duration) {
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(duration), INT32_MAX));
}

// gRPC wants these in before the first server of the process is built.
void InitPlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    // For as long as the process: taking the library down with its last object waits up to 10 s for
    // a poller that an unfinished write has left behind.
    grpc_init();
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::channelz::experimental::InitChannelzService();
    // It writes a line to stderr, past our log, for every ill-formed string that a stranger sends.
    google::protobuf::SetLogHandler(nullptr);
    // Debian's Abseil looks for cycles whenever gRPC takes a lock, in one graph under one spin
    // lock.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  });
}

void AddLimits(const ServerOptions& options, grpc::ServerBuilder& builder) {
  const size_t largest = options.calls.max_request_bytes;
  builder.SetMaxReceiveMessageSize(static_cast<int>(largest + kRequestMargin));
  builder.SetMaxSendMessageSize(static_cast<int>(largest * 4));  // claims are longer than tokens
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, options.max_metadata_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Millis(options.connection_idle));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Millis(options.connection_age));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             Millis(options.handshake_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(options.keepalive_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(options.keepalive_timeout));
  grpc::ResourceQuota quota("signet");
  quota.Resize(options.memory_quota_bytes);
  builder.SetResourceQuota(quota);
  // For reflection and channelz, which are synchronous services. Beside our queues theirs polls no
  // connection, so that they cost other calls nothing.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

std::vector<std::string> NamesOf(const std::vector<std::unique_ptr<Service>>& services) {
  std::vector<std::string> names;
  for (const auto& service : services) names.push_back(service->full_name());
  return names;
}

}  // namespace

class Server::State final : public MethodRegistry {
 public:
  State(ServerOptions options, const ServerCollaborators& collaborators,
        std::vector<std::unique_ptr<Service>> services, absl::Span<const MethodRow> table)
      : options_(std::move(options)),
        services_(std::move(services)),
        table_(table),
        clock_(collaborators.clock),
        metrics_(collaborators.grpc_metrics),
        log_(collaborators.logger),
        health_(NamesOf(services_), options_.max_health_watchers),
        gate_(options_.max_connections, collaborators.connection_metrics),
        lanes_(options_.lanes, collaborators.lane_metrics,
               [this](absl::Span<PendingCall* const> calls) { runner_.RunBatch(calls); }),
        runner_(options_.calls, collaborators.clock, collaborators.authenticator, lanes_,
                collaborators.logger, collaborators.lane_metrics, collaborators.audit),
        streams_(options_.stream_beat) {}

  absl::Status Start();
  void SetServing(absl::string_view service, Serving serving);
  void Drain(absl::Time deadline);
  const std::vector<int>& ports() const { return ports_; }

  void Add(absl::string_view full_name, Handler handler) override {
    handlers_[std::string(full_name)].one = std::move(handler);
  }
  void AddBatch(absl::string_view full_name, BatchHandler handler) override {
    handlers_[std::string(full_name)].batch = std::move(handler);
  }
  void AddStream(absl::string_view full_name, StreamOpener opener) override {
    handlers_[std::string(full_name)].stream = std::move(opener);
  }
  void WakeStreams() { streams_.Wake(); }
  void Call(OutsideRequest request, OutsideDone done);

 private:
  absl::Status CheckServices();
  void AddEndpoints();
  absl::Status AddPorts(grpc::ServerBuilder& builder);
  void OpenQueues();
  bool Started() const { return server_ != nullptr; }
  uint64_t Arrived() const;
  void TurnAway(absl::Time deadline);
  void CancelWhatNeverEnds();

  const ServerOptions options_;
  const std::vector<std::unique_ptr<Service>> services_;
  const absl::Span<const MethodRow> table_;
  const base::Clock& clock_;
  observe::GrpcMetrics& metrics_;
  const GrpcLog log_;
  HealthService health_;
  ConnectionGate gate_;
  Lanes lanes_;
  CallRunner runner_;
  StreamRoster streams_;

  struct Handlers {  // the form that the row of the method wants
    Handler one;
    BatchHandler batch;
    StreamOpener stream;
    bool Fit(const MethodRow& row) const;
  };
  std::map<std::string, Handlers> handlers_;
  std::deque<Endpoint> endpoints_;                // in the order of the table
  std::map<absl::string_view, Endpoint*> unary_;  // by full name
  struct Registered {
    std::unique_ptr<RawService> service;
    std::vector<Endpoint*> endpoints;  // in the order of the service's methods
  };
  std::vector<Registered> registered_;
  grpc::AsyncGenericService unknown_methods_;
  std::vector<int> ports_;
  std::deque<QueueThread> queues_;
  std::atomic<int> in_flight_{0};
  std::deque<CallAcceptor> acceptors_;
  std::deque<StreamAcceptor> stream_acceptors_;
  std::unique_ptr<grpc::Server> server_;
  bool drained_ = false;

  base::Mutex shutdown_mutex_;
  base::CondVar shutdown_over_;
  bool shut_down_ ABSL_GUARDED_BY(shutdown_mutex_) = false;
};

bool Server::State::Handlers::Fit(const MethodRow& row) const {
  if (row.stream != Stream::kNone) return stream != nullptr;
  return row.lane == Lane::kBatch ? batch != nullptr : one != nullptr;
}

absl::Status Server::State::CheckServices() {
  for (const auto& service : services_) service->Register(*this);
  SIGNET_RETURN_IF_ERROR(CheckMethodTable(table_, NamesOf(services_)));
  for (const MethodRow& row : table_) {
    if (!handlers_[std::string(row.full_name)].Fit(row)) {
      return absl::FailedPreconditionError(
          absl::StrCat(row.full_name, " has no handler of its row's form"));
    }
  }
  if (handlers_.size() != table_.size()) {
    return absl::FailedPreconditionError("a handler was registered under an unknown name");
  }
  return absl::OkStatus();
}

void Server::State::AddEndpoints() {
  for (size_t i = 0; i < table_.size(); ++i) {
    Endpoint& endpoint = endpoints_.emplace_back();
    endpoint.row = &table_[i];
    Handlers& handlers = handlers_[std::string(table_[i].full_name)];
    endpoint.handler = std::move(handlers.one);
    endpoint.batch_handler = std::move(handlers.batch);
    endpoint.stream_opener = std::move(handlers.stream);
    endpoint.metrics = &metrics_.method(i);
    if (table_[i].stream == Stream::kNone) unary_[table_[i].full_name] = &endpoint;
  }
  for (const auto& service : services_) {
    const std::string name = service->full_name();
    Registered& registered = registered_.emplace_back();
    std::vector<RawService::Method> methods;
    for (Endpoint& endpoint : endpoints_) {
      if (endpoint.row->service() != name) continue;
      methods.push_back({absl::StrCat("/", endpoint.row->full_name),
                         endpoint.row->stream == Stream::kNone ? RawService::Form::kUnary
                                                               : RawService::Form::kStream});
      registered.endpoints.push_back(&endpoint);
    }
    registered.service = std::make_unique<RawService>(std::move(methods));
  }
}

absl::Status Server::State::AddPorts(grpc::ServerBuilder& builder) {
  for (const Listener& listener : options_.listeners) {
    SIGNET_ASSIGN_OR_RETURN(auto credentials, MakeServerCredentials(listener));
    auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        std::move(credentials));
    SIGNET_ASSIGN_OR_RETURN(
        const int port,
        gate_.Listen(listener.address, options_.keepalive_timeout, std::move(acceptor)));
    ports_.push_back(port);
  }
  return absl::OkStatus();
}

absl::Status Server::State::Start() {
  InitPlugins();
  SIGNET_RETURN_IF_ERROR(CheckServices());
  AddEndpoints();
  grpc::ServerBuilder builder;
  SIGNET_RETURN_IF_ERROR(AddPorts(builder));
  AddLimits(options_, builder);
  for (Registered& registered : registered_) builder.RegisterService(registered.service.get());
  builder.RegisterService(&health_.service());
  builder.RegisterAsyncGenericService(&unknown_methods_);
  const size_t count =
      options_.completion_queues == 0 ? base::AvailableProcessors() : options_.completion_queues;
  for (size_t i = 0; i < count; ++i) queues_.emplace_back(builder.AddCompletionQueue());

  server_ = builder.BuildAndStart();
  if (!server_) {
    // gRPC insists on empty queues before they are destroyed.
    for (QueueThread& queue : queues_) {
      queue.Start([] {});
      queue.Shutdown();
    }
    return absl::UnavailableError("gRPC does not start");
  }
  OpenQueues();
  streams_.Start();
  gate_.Start();
  return absl::OkStatus();
}

void Server::State::OpenQueues() {
  for (QueueThread& queue : queues_) {
    std::vector<CallAcceptor*> mine;
    std::vector<StreamAcceptor*> streams;
    for (Registered& registered : registered_) {
      for (size_t i = 0; i < registered.endpoints.size(); ++i) {
        Endpoint& endpoint = *registered.endpoints[i];
        if (endpoint.row->stream != Stream::kNone) {
          streams.push_back(&stream_acceptors_.emplace_back(endpoint, *registered.service, i, queue,
                                                            runner_, streams_, clock_,
                                                            options_.stream_patience, in_flight_));
          continue;
        }
        mine.push_back(&acceptors_.emplace_back(endpoint, *registered.service, i, queue.queue(),
                                                runner_, options_.max_posted_calls, in_flight_));
      }
    }
    queue.Start([this, &queue, mine = std::move(mine), streams = std::move(streams)] {
      for (CallAcceptor* acceptor : mine) acceptor->Open();
      for (StreamAcceptor* acceptor : streams) acceptor->Open();
      health_.Open(queue.queue());
      (new UnknownMethodCall(unknown_methods_, queue.queue()))->Post();
    });
  }
}

void Server::State::Call(OutsideRequest request, OutsideDone done) {
  const auto found = unary_.find(request.method);
  if (found == unary_.end()) return done({MethodUnknown(), {}, {}});
  // A call that counts for nobody would be under no limit.
  if (request.caller.empty()) {
    return done({ToPublicError(absl::InternalError("no caller")).status, {}, {}});
  }
  runner_.Accept(*new OutsideCall(*found->second, std::move(request), std::move(done)));
}

void Server::State::SetServing(absl::string_view service, Serving serving) {
  health_.Set(service, serving == Serving::kYes);
}

uint64_t Server::State::Arrived() const {
  uint64_t arrived = 0;
  for (const Endpoint& endpoint : endpoints_) arrived += endpoint.metrics->started();
  return arrived;
}

// Once gRPC shuts down it ends calls that have just arrived with a bare CANCELLED, which no client
// retries. So callers are turned away first, by an answer that they can act on, until they keep
// quiet for a moment; but not for long, because only gRPC can tell connections to go away.
void Server::State::TurnAway(absl::Time deadline) {
  constexpr absl::Duration kLook = absl::Milliseconds(10);
  constexpr int kQuietLooks = 3;
  deadline = std::min(deadline, absl::Now() + absl::Milliseconds(200));
  runner_.RefuseNewCalls();
  uint64_t arrived = Arrived();
  for (int quiet = 0; quiet < kQuietLooks && absl::Now() < deadline;) {
    absl::SleepFor(kLook);
    quiet = Arrived() == arrived ? quiet + 1 : 0;
    arrived = Arrived();
  }
}

// A caller of reflection may keep his stream open for as long as he likes, and Shutdown() waits for
// every stream: he would hold up the drain to its deadline. So what is left once our own calls have
// had their answers is cancelled. Quiet for a while, because a call that has arrived is counted
// only when its queue's thread gets to it.
void Server::State::CancelWhatNeverEnds() {
  constexpr absl::Duration kLook = absl::Milliseconds(10);
  constexpr int kQuietLooks = 10;
  base::MutexLock lock(shutdown_mutex_);
  for (int quiet = 0; quiet < kQuietLooks;) {
    if (shut_down_) return;
    shutdown_over_.WaitFor(shutdown_mutex_, kLook);
    quiet = in_flight_.load() == 0 ? quiet + 1 : 0;
  }
  if (!shut_down_) grpc_server_cancel_all_calls(server_->c_server());
}

void Server::State::Drain(absl::Time deadline) {
  if (!Started() || drained_) return;
  drained_ = true;
  health_.TakeDown();
  absl::SleepFor(std::min(options_.drain_pause, deadline - absl::Now()));
  gate_.Stop();
  health_.EndWatches();
  streams_.ShutDown();
  TurnAway(deadline);
  runner_.ReleaseHeld();
  // Returns when every call has its answer: workers must still run, and queues be emptied.
  // gRPC takes a time before 1970 for "never".
  std::thread rest([this] { CancelWhatNeverEnds(); });
  server_->Shutdown(absl::ToChronoTime(std::max(deadline, absl::UnixEpoch())));
  {
    base::MutexLock lock(shutdown_mutex_);
    shut_down_ = true;
    shutdown_over_.NotifyAll();
  }
  rest.join();
  streams_.Stop();
  lanes_.Drain();
  for (QueueThread& queue : queues_) queue.Shutdown();
  server_->Wait();
}

Server::Server(ServerOptions options, const ServerCollaborators& collaborators,
               std::vector<std::unique_ptr<Service>> services, absl::Span<const MethodRow> table)
    : state_(
          std::make_unique<State>(std::move(options), collaborators, std::move(services), table)) {}

Server::~Server() { Drain(absl::InfinitePast()); }

absl::Status Server::Start() { return state_->Start(); }

const std::vector<int>& Server::ports() const { return state_->ports(); }

void Server::SetServing(absl::string_view service, Serving serving) {
  state_->SetServing(service, serving);
}

void Server::Call(OutsideRequest request, OutsideDone done) {
  state_->Call(std::move(request), std::move(done));
}

void Server::WakeStreams() { state_->WakeStreams(); }

void Server::Drain(absl::Time deadline) { state_->Drain(deadline); }

}  // namespace signet::rpc
