#include "bench/load.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/histogram.h"
#include "bench/process.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"

namespace signet::bench {
namespace {

using Steady = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

constexpr Nanoseconds kNap(20'000);

struct Lane {
  size_t number = 0;
  Steady::time_point due;
  std::optional<grpc::ClientContext> context;  // gRPC's cannot be used twice
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
};

bool IsRefusal(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE ||
         status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED ||
         status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
}

// One run: starts calls, takes their answers, keeps the figures.
class Run {
 public:
  Run(const std::vector<std::shared_ptr<grpc::Channel>>& channels, Workload& workload,
      const LoadShape& shape)
      : workload_(workload),
        shape_(shape),
        bearer_(workload.bearer()),
        lanes_(std::min(shape.in_flight, workload.lanes())),
        begin_(Steady::now()),
        window_begin_(begin_ + absl::ToChronoNanoseconds(shape.warm_up)),
        window_end_(window_begin_ + absl::ToChronoNanoseconds(shape.length)) {
    for (const auto& channel : channels) stubs_.emplace_back(channel);
    for (size_t i = lanes_.size(); i-- > 0;) {
      lanes_[i].number = i;
      free_.push_back(&lanes_[i]);
    }
  }

  absl::StatusOr<Measurement> Go() {
    if (shape_.rate > 0) {
      OpenLoop();
    } else {
      ClosedLoop();
    }
    if (!failure_.ok()) return failure_;
    return Figures();
  }

 private:
  bool Done(Steady::time_point now) const {
    if (!failure_.ok()) return true;
    return shape_.calls > 0 ? started_ >= shape_.calls : now >= window_end_;
  }

  void ClosedLoop() {
    Steady::time_point now = begin_;
    while (!free_.empty() && !Done(now)) Start(now);
    while (in_flight_ > 0) {
      void* tag = nullptr;
      bool ok = false;
      queue_.Next(&tag, &ok);
      now = Steady::now();
      SampleCpu(now);
      Finish(*static_cast<Lane*>(tag), now);
      if (!Done(now)) Start(now);
    }
    SampleCpu(Steady::now());
  }

  // Looks again after a nap, unless asked to sleep: gRPC rounds timeouts up to milliseconds, which
  // is fifty calls late; and who never sleeps loses the core for whole slices to whatever else
  // wants it.
  void OpenLoop() {
    const Nanoseconds step(static_cast<int64_t>(1e9 / shape_.rate));
    Steady::time_point next = begin_;
    for (Steady::time_point now = begin_; !Done(now) || in_flight_ > 0;) {
      now = Steady::now();
      SampleCpu(now);
      for (; next <= now && next < window_end_ && failure_.ok() && !free_.empty(); next += step) {
        Start(next);
      }
      void* tag = nullptr;
      bool ok = false;
      // A few answers for each look at the clock, so that neither side starves.
      int answers = 0;
      for (; answers < 16; ++answers) {
        const gpr_timespec until = shape_.sleeps && answers == 0
                                       ? gpr_time_from_millis(1, GPR_TIMESPAN)
                                       : gpr_inf_past(GPR_CLOCK_MONOTONIC);
        if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) break;
        Finish(*static_cast<Lane*>(tag), Steady::now());
      }
      if (answers == 0 && !shape_.sleeps) std::this_thread::sleep_for(kNap);
    }
  }

  void Start(Steady::time_point due) {
    Lane& lane = *free_.back();
    free_.pop_back();
    ++in_flight_;
    lane.due = due;
    lane.context.emplace();
    lane.context->set_deadline(std::chrono::system_clock::now() +
                               absl::ToChronoMicroseconds(shape_.deadline));
    if (!bearer_.empty()) lane.context->AddMetadata("authorization", "Bearer " + bearer_);
    lane.reader = stubs_[started_++ % stubs_.size()].PrepareUnaryCall(
        &*lane.context, workload_.method(), workload_.Request(lane.number), &queue_);
    lane.reader->StartCall();
    lane.reader->Finish(&lane.answer, &lane.status, &lane);
  }

  void Finish(Lane& lane, Steady::time_point now) {
    --in_flight_;
    free_.push_back(&lane);
    Judge(lane, now);
    lane.answer.Clear();
    lane.reader.reset();
  }

  void Judge(Lane& lane, Steady::time_point now) {
    const bool counts = InWindow(shape_.rate > 0 ? lane.due : now);
    if (InWindow(now)) ++ended_in_window_;
    if (!lane.status.ok() && IsRefusal(lane.status)) {
      refused_ += counts ? 1 : 0;
      return;
    }
    const absl::Status judged = lane.status.ok() ? workload_.Check(lane.number, lane.answer)
                                                 : absl::InternalError(lane.status.error_message());
    if (!judged.ok() && failure_.ok()) {
      failure_ = absl::InternalError(absl::StrCat(workload_.method(), ": ", judged.message()));
    }
    if (!counts) return;
    histogram_.Record(std::chrono::duration_cast<Nanoseconds>(now - lane.due).count());
    last_ = std::max(last_, now);
  }

  bool InWindow(Steady::time_point at) const {
    return shape_.calls > 0 || (at >= window_begin_ && at < window_end_);
  }

  void SampleCpu(Steady::time_point now) {
    if (!shape_.server || cpu_end_) return;
    if (!cpu_begin_ && now >= window_begin_) cpu_begin_ = CpuTime(*shape_.server);
    if (cpu_begin_ && now >= window_end_) cpu_end_ = CpuTime(*shape_.server);
  }

  // What was due in the window may end after it: the rate is what was done over the time that it
  // took, which shows a server that could not hold the pace.
  Measurement Figures() const {
    const auto begin = shape_.calls > 0 ? begin_ : window_begin_;
    const auto end = shape_.calls > 0 ? last_ : std::max(window_end_, last_);
    const double seconds = std::chrono::duration<double>(end - begin).count();
    Measurement found;
    found.rate = static_cast<double>(histogram_.count() * workload_.units_per_call()) /
                 std::max(seconds, 1e-9);
    found.refused = static_cast<double>(refused_);
    if (histogram_.count() > 0) {
      found.p50_us = static_cast<double>(histogram_.Quantile(0.5)) / 1e3;
      found.p99_us = static_cast<double>(histogram_.Quantile(0.99)) / 1e3;
      found.p999_us = static_cast<double>(histogram_.Quantile(0.999)) / 1e3;
    }
    if (cpu_begin_ && cpu_end_ && ended_in_window_ > 0) {
      found.cpu_us_per_call = absl::ToDoubleMicroseconds(*cpu_end_ - *cpu_begin_) /
                              static_cast<double>(ended_in_window_);
    }
    return found;
  }

  Workload& workload_;
  const LoadShape shape_;
  const std::string bearer_;
  std::vector<grpc::GenericStub> stubs_;
  grpc::CompletionQueue queue_;
  std::vector<Lane> lanes_;
  std::vector<Lane*> free_;
  const Steady::time_point begin_;
  const Steady::time_point window_begin_;
  const Steady::time_point window_end_;
  Steady::time_point last_;
  size_t in_flight_ = 0;
  uint64_t started_ = 0;
  uint64_t refused_ = 0;
  uint64_t ended_in_window_ = 0;
  Histogram histogram_;
  absl::Status failure_;
  std::optional<absl::Duration> cpu_begin_;
  std::optional<absl::Duration> cpu_end_;
};

}  // namespace

absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> Connect(const std::string& target,
                                                                    int connections) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < connections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  }
  const auto until = std::chrono::system_clock::now() + std::chrono::seconds(10);
  for (const auto& channel : channels) {
    if (!channel->WaitForConnected(until)) {
      return absl::UnavailableError(absl::StrCat("no connection to ", target));
    }
  }
  return channels;
}

absl::StatusOr<Measurement> RunLoad(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                                    Workload& workload, const LoadShape& shape) {
  return Run(channels, workload, shape).Go();
}

}  // namespace signet::bench
