#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

namespace signet::crypto {

// Initialised OpenSSL contexts of one key, kept for reuse. Setting one up costs an eighth of a
// signature and takes locks inside OpenSSL. The key owns the pool, so that contexts (which hold a
// reference to the key's bytes) die with it instead of living on in every thread that used it.
//
// `Pointer` is a unique_ptr. Take() gives a context that no one else has, or null: make one then.
// Put() keeps it for the next caller or frees it. Lock-free, wait-free; thread-safe.
template <typename Pointer>
class ContextPool {
 public:
  ContextPool() = default;
  ContextPool(const ContextPool&) = delete;
  ContextPool& operator=(const ContextPool&) = delete;
  ~ContextPool() {
    for (Slot& slot : slots_) Pointer(slot.context.load(std::memory_order_relaxed));
  }

  Pointer Take() {
    const size_t start = ThreadNumber();
    for (size_t i = 0; i < kProbes; ++i) {
      auto& context = slots_[(start + i) % kSlots].context;
      if (context.load(std::memory_order_relaxed) == nullptr) continue;
      if (auto* taken = context.exchange(nullptr, std::memory_order_acquire)) return Pointer(taken);
    }
    return nullptr;
  }

  void Put(Pointer context) {
    const size_t start = ThreadNumber();
    for (size_t i = 0; i < kProbes && context != nullptr; ++i) {
      typename Pointer::pointer empty = nullptr;
      if (slots_[(start + i) % kSlots].context.compare_exchange_strong(
              empty, context.get(), std::memory_order_release, std::memory_order_relaxed)) {
        context.release();
      }
    }
  }

 private:
  static constexpr size_t kSlots = 32;
  static constexpr size_t kProbes = 2;
  // One cache line each: a thread that keeps to its slot shares none with another.
  struct alignas(64) Slot {
    std::atomic<typename Pointer::pointer> context{nullptr};
  };

  static size_t ThreadNumber() {
    static std::atomic<size_t> next{0};
    thread_local const size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
  }

  std::array<Slot, kSlots> slots_;
};

}  // namespace signet::crypto
