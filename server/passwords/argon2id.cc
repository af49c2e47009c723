#include "server/passwords/argon2id.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <argon2.h>
#include <sys/mman.h>

#include "absl/strings/str_cat.h"

namespace signet::passwords {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

// The working memory of one thread. Fresh memory costs a page fault per 4 KiB, nearly 5,000 per
// hash; kept memory costs none.
class WorkingMemory {
 public:
  WorkingMemory() = default;
  ~WorkingMemory() { Release(); }
  WorkingMemory(const WorkingMemory&) = delete;
  WorkingMemory& operator=(const WorkingMemory&) = delete;

  // At least `bytes`, or null. The same block until Release() or a larger request.
  uint8_t* Acquire(size_t bytes) {
    if (bytes > usable_ && !Grow(bytes)) return nullptr;
    return aligned_;
  }

  void Release() {
    if (block_ != nullptr) munmap(block_, mapped_);
    block_ = nullptr;
    aligned_ = nullptr;
    mapped_ = usable_ = 0;
  }

 private:
  bool Grow(size_t bytes) {
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

  void* block_ = nullptr;
  uint8_t* aligned_ = nullptr;
  size_t mapped_ = 0;
  size_t usable_ = 0;
};

// libargon2's callbacks carry no context, and it calls them in the thread that called it.
WorkingMemory& ThisThreadsMemory() {
  thread_local WorkingMemory memory;
  return memory;
}

int Allocate(uint8_t** memory, size_t bytes) {
  *memory = ThisThreadsMemory().Acquire(bytes);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

// libargon2 has zeroed the block before it calls this; the block stays.
void Deallocate(uint8_t*, size_t) {}

// The context wants non-const pointers; without its CLEAR flags libargon2 only reads them.
uint8_t* Input(absl::string_view bytes) {
  return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(bytes.data()));
}

bool Computable(absl::string_view salt, const Argon2Params& params, size_t hash_bytes) {
  return WithinBounds(params) && salt.size() >= kMinSaltBytes && salt.size() <= kMaxSaltBytes &&
         hash_bytes >= kMinHashBytes && hash_bytes <= kMaxHashBytes;
}

}  // namespace

absl::StatusOr<std::string> Argon2id(const base::Secret& password, absl::string_view salt,
                                     const Argon2Params& params, size_t hash_bytes) {
  if (!Computable(salt, params, hash_bytes)) {
    return absl::InvalidArgumentError("argon2id: parameters out of bounds");
  }
  std::string hash(hash_bytes, '\0');
  argon2_context context{};
  context.out = reinterpret_cast<uint8_t*>(hash.data());
  context.outlen = static_cast<uint32_t>(hash.size());
  context.pwd = Input(password.reveal());
  context.pwdlen = static_cast<uint32_t>(password.size());
  context.salt = Input(salt);
  context.saltlen = static_cast<uint32_t>(salt.size());
  context.t_cost = params.passes;
  context.m_cost = params.memory_kib;
  context.lanes = params.lanes;
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = Allocate;
  context.free_cbk = Deallocate;
  context.flags = ARGON2_DEFAULT_FLAGS;
  const int code = argon2_ctx(&context, Argon2_id);
  if (code == ARGON2_OK) return hash;
  return absl::ResourceExhaustedError(absl::StrCat("argon2id: ", argon2_error_message(code)));
}

void ReleaseWorkingMemory() { ThisThreadsMemory().Release(); }

}  // namespace signet::passwords
