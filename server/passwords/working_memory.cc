#include "server/passwords/working_memory.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <sys/mman.h>

namespace signet::passwords {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

WorkingMemory& WorkingMemory::OfThisThread() {
  thread_local WorkingMemory memory;
  return memory;
}

uint8_t* WorkingMemory::Acquire(size_t bytes) {
  if (bytes > usable_ && !Grow(bytes)) return nullptr;
  return aligned_;
}

void WorkingMemory::Wipe(size_t bytes) { OPENSSL_cleanse(aligned_, std::min(bytes, usable_)); }

void WorkingMemory::Release() {
  if (block_ != nullptr) munmap(block_, mapped_);
  block_ = nullptr;
  aligned_ = nullptr;
  mapped_ = usable_ = 0;
}

bool WorkingMemory::Grow(size_t bytes) {
  Release();
  const size_t usable = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  const size_t mapped = usable + kHugePage;  // room to align to a huge page
  void* block = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return false;
  block_ = block;
  mapped_ = mapped;
  usable_ = usable;
  const auto address = reinterpret_cast<uintptr_t>(block);
  aligned_ = static_cast<uint8_t*>(block) + (kHugePage - address % kHugePage) % kHugePage;
  // A core dump or a swap file must not hold what a password was worked into. Best effort, as is
  // the huge page: without either the result is the same.
  (void)madvise(aligned_, usable, MADV_DONTDUMP);
  if (bytes >= kHugePage) (void)madvise(aligned_, usable, MADV_HUGEPAGE);
  std::fill_n(aligned_, usable, uint8_t{0});
  return true;
}

}  // namespace signet::passwords

// The copy of libsodium that is linked here calls these in place of mmap() and munmap()
// (cmake/dependencies.cmake). Nothing of it is used but Argon2id, so that each mapping is one
// hash's working memory. libsodium leaves the wiping to munmap(): here it is done by hand.
extern "C" {

void* signet_map_working_memory(void* /*address*/, size_t bytes, int /*protection*/, int /*flags*/,
                                int /*descriptor*/, off_t /*offset*/) {
  void* memory = signet::passwords::WorkingMemory::OfThisThread().Acquire(bytes);
  return memory == nullptr ? MAP_FAILED : memory;
}

int signet_unmap_working_memory(void* /*memory*/, size_t bytes) {
  signet::passwords::WorkingMemory::OfThisThread().Wipe(bytes);
  return 0;
}

}  // extern "C"
