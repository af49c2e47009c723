#pragma once

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "client/base/mutex.h"

namespace signet::rpc {

class StreamCall;

// What others may hold of a stream: it reaches the stream for as long as there is one, and its
// mutex is what keeps them and gRPC's threads apart. Thread-safe.
class StreamHandle {
 public:
  explicit StreamHandle(StreamCall& call) : call_(&call) {}

  // Looks whether there is something to write, and whether what was written is being taken.
  void Wake();
  // Ends it with SHUTTING_DOWN, after what is being written.
  void ShutDown();

 private:
  friend class StreamCall;
  base::Mutex mutex_;
  StreamCall* call_ ABSL_GUARDED_BY(mutex_);  // null once it is over
};

// Every open stream of the server, and the one thread that wakes them: when there is news, and
// every `beat`. Thread-safe.
//
// Waking costs a write per stream, on that thread: it rests for as long as it worked, so that a
// flood of news takes half of one processor at most, and is told in larger pieces.
class StreamRoster {
 public:
  explicit StreamRoster(absl::Duration beat) : beat_(beat) {}
  // Stop()s.
  ~StreamRoster() { Stop(); }
  StreamRoster(const StreamRoster&) = delete;
  StreamRoster& operator=(const StreamRoster&) = delete;

  // False: the server shuts down, and so should the stream.
  bool Add(const std::shared_ptr<StreamHandle>& stream);
  void Remove(const std::shared_ptr<StreamHandle>& stream);

  void Start();
  // There is news.
  void Wake();
  // Ends every stream that is open and every one that comes.
  void ShutDown();
  // Ends the thread. Idempotent.
  void Stop();

 private:
  void Run();
  std::vector<std::shared_ptr<StreamHandle>> Open() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Duration beat_;
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::set<std::shared_ptr<StreamHandle>> open_ ABSL_GUARDED_BY(mutex_);
  bool news_ ABSL_GUARDED_BY(mutex_) = false;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::rpc
