#pragma once

#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/base/error.h"
#include "client/base/mutex.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/method_table.h"
#include "server/rpc/nobody_is_known.h"
#include "server/rpc/service.h"
#include "server/rpc/stream.h"
#include "server/rpc/typed_handler.h"
#include "signet/v1/token_service.pb.h"

// For tests alone: a TokenService whose streams do what the test says.
namespace signet::rpc {

inline constexpr char kService[] = "signet.v1.TokenService";
inline constexpr size_t kLargeMessage = 64 << 10;

inline std::vector<MethodRow> RowsOfTokenService() {
  std::vector<MethodRow> rows;
  for (const MethodRow& row : MethodTable()) {
    if (row.service() == kService) rows.push_back(row);
  }
  return rows;
}

// What the streams of a test share. Thread-safe.
struct Script {
  base::Mutex mutex;
  base::CondVar changed;
  std::string greeting;          // what each WatchKeySet is told first, if anything
  std::deque<std::string> news;  // what any WatchKeySet is told next
  int asked = 0;                 // times that a WatchRevocations was asked what to write
  std::vector<StreamHandler::Ending> endings;

  void Tell(const std::string& jwks) {
    base::MutexLock lock(mutex);
    news.push_back(jwks);
  }
  void AwaitEndings(size_t count) {
    base::MutexLock lock(mutex);
    while (endings.size() < count) changed.Wait(mutex);
  }
  int Asked() {
    base::MutexLock lock(mutex);
    return asked;
  }
};

class Scripted : public StreamHandler {
 public:
  explicit Scripted(Script& script) : script_(script) {}
  void Ended(Ending how) override {
    base::MutexLock lock(script_.mutex);
    script_.endings.push_back(how);
    script_.changed.NotifyAll();
  }

 protected:
  Script& script_;
};

// ValidateStream: answers every message with its id; "bad" ends the stream.
class Echo final : public Scripted {
 public:
  using Scripted::Scripted;
  absl::Status Read(grpc::ByteBuffer& bytes, absl::Time) override {
    v1::ValidateStreamRequest request;
    if (!ReadMessage(bytes, request).ok()) return NoMessage();
    if (request.id() == "bad") return base::FieldError("id", "is bad");
    if (request.id() == "throw") throw std::bad_alloc();
    ids_.push_back(request.id());
    return absl::OkStatus();
  }
  bool MayRead() const override { return ids_.size() < 8; }
  bool EndsWithCaller() const override { return true; }
  std::optional<StreamMessage> Next(absl::Time) override {
    if (ids_.empty()) return std::nullopt;
    v1::ValidateStreamResponse response;
    response.set_id(ids_.front());
    ids_.pop_front();
    StreamMessage message;
    (void)WriteMessage(response, message.bytes);
    message.more_follows = !ids_.empty();
    return message;
  }

 private:
  std::deque<std::string> ids_;
};

// WatchRevocations: always has more to say than anybody wants to hear.
class Flood final : public Scripted {
 public:
  using Scripted::Scripted;
  absl::Status Read(grpc::ByteBuffer&, absl::Time) override {
    read_ = true;
    return absl::OkStatus();
  }
  bool MayRead() const override { return !read_; }
  bool EndsWithCaller() const override { return false; }
  bool compresses() const override { return true; }
  std::optional<StreamMessage> Next(absl::Time) override {
    if (!read_) return std::nullopt;
    base::MutexLock lock(script_.mutex);
    ++script_.asked;
    v1::WatchRevocationsResponse response;
    response.add_revocations()->set_subject(std::string(kLargeMessage, 'x'));
    StreamMessage message;
    (void)WriteMessage(response, message.bytes);
    return message;
  }

 private:
  bool read_ = false;
};

// WatchKeySet: tells what the test gives it.
class News final : public Scripted {
 public:
  using Scripted::Scripted;
  absl::Status Read(grpc::ByteBuffer&, absl::Time) override { return absl::OkStatus(); }
  bool MayRead() const override { return true; }
  bool EndsWithCaller() const override { return true; }
  std::optional<StreamMessage> Next(absl::Time) override {
    base::MutexLock lock(script_.mutex);
    v1::WatchKeySetResponse response;
    if (!greeted_ && !script_.greeting.empty()) {
      response.set_jwks_json(script_.greeting);
    } else if (!script_.news.empty()) {
      response.set_jwks_json(script_.news.front());
      script_.news.pop_front();
    } else {
      return std::nullopt;
    }
    greeted_ = true;
    StreamMessage message;
    (void)WriteMessage(response, message.bytes);
    return message;
  }

 private:
  bool greeted_ = false;
};

class ScriptedTokens final : public Service {
 public:
  ScriptedTokens(const std::vector<MethodRow>& rows, Script& script)
      : rows_(rows), script_(script) {}
  std::string full_name() const override { return kService; }
  void Register(MethodRegistry& registry) override {
    for (const MethodRow& row : rows_) {
      if (row.stream != Stream::kNone) continue;
      if (row.lane == Lane::kBatch) {
        registry.AddBatch(row.full_name, [](absl::Span<BatchedCall* const>) {});
      } else {
        registry.Add(row.full_name, [](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
          return absl::OkStatus();
        });
      }
    }
    registry.AddStream("signet.v1.TokenService/ValidateStream",
                       [this](const Call&) { return std::make_unique<Echo>(script_); });
    registry.AddStream("signet.v1.TokenService/WatchRevocations",
                       [this](const Call&) { return std::make_unique<Flood>(script_); });
    registry.AddStream("signet.v1.TokenService/WatchKeySet",
                       [this](const Call&) { return std::make_unique<News>(script_); });
  }

 private:
  const std::vector<MethodRow>& rows_;
  Script& script_;
};

}  // namespace signet::rpc
