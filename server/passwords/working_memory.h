#pragma once

#include <cstddef>
#include <cstdint>

namespace signet::passwords {

// The working memory of one thread, kept from one hash to the next: fresh memory costs a page fault
// per 4 KiB, nearly 5,000 per hash, which are a third of a vectorised hash's time. Huge pages where
// the kernel gives them. Belongs to its thread; one hash uses it at a time.
class WorkingMemory {
 public:
  static WorkingMemory& OfThisThread();

  WorkingMemory() = default;
  ~WorkingMemory() { Release(); }
  WorkingMemory(const WorkingMemory&) = delete;
  WorkingMemory& operator=(const WorkingMemory&) = delete;

  // At least `bytes`, or null. The same block until Release() or a larger request.
  uint8_t* Acquire(size_t bytes);
  // Overwrites the first `bytes` of the block with zeros.
  void Wipe(size_t bytes);
  // Gives the block back to the kernel.
  void Release();

  // What is kept, whether or not it is in use.
  const uint8_t* data() const { return aligned_; }
  size_t size() const { return usable_; }

 private:
  bool Grow(size_t bytes);

  void* block_ = nullptr;
  uint8_t* aligned_ = nullptr;
  size_t mapped_ = 0;
  size_t usable_ = 0;
};

}  // namespace signet::passwords
