#include "client/base/epoch.h"

#include <algorithm>
#include <limits>

namespace signet::base {
namespace {

// All of them, the newest first. Only ever grows.
std::atomic<Epoch::Reader*> readers{nullptr};

Epoch::Reader& TakeOrMake() {
  for (Epoch::Reader* reader = readers.load(); reader != nullptr; reader = reader->next) {
    if (!reader->taken.exchange(true)) return *reader;
  }
  auto* const reader = new Epoch::Reader;
  static std::atomic<uint32_t> made{0};
  reader->number = made.fetch_add(1);
  reader->next = readers.load();
  while (!readers.compare_exchange_weak(reader->next, reader)) {
  }
  return *reader;
}

}  // namespace

Epoch::Reader& Epoch::Register() {
  static constinit thread_local bool ending = false;
  // Gives the reader back when the thread ends.
  struct Lease {
    ~Lease() {
      ending = true;
      of_this_thread_ = nullptr;
      reader.taken.store(false);
    }
    Reader& reader;
  };
  // What reads still later, in the last destructors of the thread, keeps a reader for ever.
  if (ending) return *(of_this_thread_ = &TakeOrMake());
  thread_local Lease lease{TakeOrMake()};
  of_this_thread_ = &lease.reader;
  return lease.reader;
}

uint64_t Epoch::OldestReader() {
  uint64_t oldest = std::numeric_limits<uint64_t>::max();
  for (const Reader* reader = readers.load(); reader != nullptr; reader = reader->next) {
    const uint64_t epoch = reader->epoch.load(std::memory_order_seq_cst);
    if (epoch != 0) oldest = std::min(oldest, epoch);
  }
  return oldest;
}

}  // namespace signet::base
