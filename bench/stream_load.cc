#include "bench/stream_load.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/histogram.h"
#include "bench/process.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"

namespace signet::bench {
namespace {

using Steady = std::chrono::steady_clock;

// One stream: at most one write and one read are under way.
struct Stream {
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  grpc::ByteBuffer answer;
  std::deque<Steady::time_point> sent;  // of what was not answered yet
  size_t may_send = 0;
  bool writing = false;
  bool reading = false;
};

// What an event of a stream was.
enum class Kind : uint8_t { kStarted, kWrote, kRead };

struct Tag {
  size_t stream;
  Kind kind;
};

class StreamRun {
 public:
  StreamRun(const std::vector<std::shared_ptr<grpc::Channel>>& channels, Workload& workload,
            const LoadShape& shape)
      : workload_(workload),
        shape_(shape),
        begin_(Steady::now()),
        window_begin_(begin_ + absl::ToChronoNanoseconds(shape.warm_up)),
        window_end_(window_begin_ + absl::ToChronoNanoseconds(shape.length)),
        streams_(channels.size()) {
    for (size_t i = 0; i < streams_.size(); ++i) {
      for (const Kind kind : {Kind::kStarted, Kind::kWrote, Kind::kRead})
        tags_.push_back({i, kind});
      Stream& stream = streams_[i];
      stream.may_send = std::max<size_t>(1, shape.in_flight / streams_.size());
      grpc::GenericStub stub(channels[i]);
      stream.call = stub.PrepareCall(&stream.context, workload.method(), &queue_);
    }
  }

  absl::StatusOr<Measurement> Go() {
    for (size_t i = 0; i < streams_.size(); ++i) {
      streams_[i].call->StartCall(TagOf(i, Kind::kStarted));
      ++waiting_;
    }
    while (waiting_ > 0) {
      void* tag = nullptr;
      bool ok = false;
      queue_.Next(&tag, &ok);
      --waiting_;
      const Tag& event = *static_cast<Tag*>(tag);
      On(event, ok, Steady::now());
    }
    if (!failure_.ok()) return failure_;
    return Figures();
  }

 private:
  void* TagOf(size_t stream, Kind kind) { return &tags_[stream * 3 + static_cast<size_t>(kind)]; }

  void On(const Tag& event, bool ok, Steady::time_point now) {
    Stream& stream = streams_[event.stream];
    SampleCpu(now);
    if (event.kind == Kind::kWrote) stream.writing = false;
    if (event.kind == Kind::kRead) stream.reading = false;
    if (!ok && !over_) {
      Fail(absl::InternalError(absl::StrCat(workload_.method(), ": the stream ended")));
    }
    if (ok && event.kind == Kind::kRead) Judge(stream, now);
    if (!over_ && now >= window_end_) End();
    if (over_) return;
    WriteMore(event.stream, now);
    if (stream.reading) return;
    stream.reading = true;
    stream.call->Read(&stream.answer, TagOf(event.stream, Kind::kRead));
    ++waiting_;
  }

  void WriteMore(size_t number, Steady::time_point now) {
    Stream& stream = streams_[number];
    if (stream.writing || stream.may_send == 0) return;
    --stream.may_send;
    grpc::WriteOptions options;
    if (stream.may_send > 0) options.set_buffer_hint();
    stream.writing = true;
    stream.sent.push_back(now);
    stream.call->Write(workload_.Request(number), options, TagOf(number, Kind::kWrote));
    ++waiting_;
  }

  void Judge(Stream& stream, Steady::time_point now) {
    const absl::Status judged = workload_.Check(0, stream.answer);
    if (!judged.ok()) Fail(judged);
    stream.answer.Clear();
    const auto latency = now - stream.sent.front();
    stream.sent.pop_front();
    ++stream.may_send;
    if (now < window_begin_ || now >= window_end_) return;
    histogram_.Record(std::chrono::duration_cast<std::chrono::nanoseconds>(latency).count());
  }

  void Fail(const absl::Status& status) {
    if (failure_.ok()) failure_ = status;
    End();
  }

  // What is under way comes back, and nobody asks with what.
  void End() {
    over_ = true;
    for (Stream& stream : streams_) stream.context.TryCancel();
  }

  void SampleCpu(Steady::time_point now) {
    if (!shape_.server || cpu_end_) return;
    if (!cpu_begin_ && now >= window_begin_) cpu_begin_ = CpuTime(*shape_.server);
    if (cpu_begin_ && now >= window_end_) cpu_end_ = CpuTime(*shape_.server);
  }

  Measurement Figures() const {
    Measurement found;
    found.rate = static_cast<double>(histogram_.count()) / absl::ToDoubleSeconds(shape_.length);
    if (histogram_.count() == 0) return found;
    found.p50_us = static_cast<double>(histogram_.Quantile(0.5)) / 1e3;
    found.p99_us = static_cast<double>(histogram_.Quantile(0.99)) / 1e3;
    found.p999_us = static_cast<double>(histogram_.Quantile(0.999)) / 1e3;
    if (cpu_begin_ && cpu_end_) {
      found.cpu_us_per_call = absl::ToDoubleMicroseconds(*cpu_end_ - *cpu_begin_) /
                              static_cast<double>(histogram_.count());
    }
    return found;
  }

  Workload& workload_;
  const LoadShape shape_;
  const Steady::time_point begin_;
  const Steady::time_point window_begin_;
  const Steady::time_point window_end_;
  grpc::CompletionQueue queue_;
  std::deque<Stream> streams_;
  std::vector<Tag> tags_;
  size_t waiting_ = 0;
  bool over_ = false;
  Histogram histogram_;
  absl::Status failure_;
  std::optional<absl::Duration> cpu_begin_;
  std::optional<absl::Duration> cpu_end_;
};

}  // namespace

absl::StatusOr<Measurement> RunStreams(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                                       Workload& workload, const LoadShape& shape) {
  return StreamRun(channels, workload, shape).Go();
}

}  // namespace signet::bench
