#pragma once

#include <atomic>
#include <cstdint>

namespace signet::base {

// Epoch-based reclamation (K. Fraser, Practical lock-freedom, 2004, section 5.2.3): readers look at
// memory that writers take out of a structure, and no reader ever waits for a writer or another
// reader. What a writer has taken out may be freed once every section that was open at that moment
// has ended.
//
//   reader                                writer
//   ReadSection section;                  link.store(next)           // nobody new finds it
//   thing = link.load();                  stamp = Epoch::Retire();
//   ... thing is there until the          ... later:
//   section ends ...                      if (stamp < Epoch::OldestReader()) delete thing;
//
// Links are atomics that are stored and loaded sequentially consistent: that is what makes a reader
// whom OldestReader() did not see yet find the links as they are after Retire().
class Epoch {
 public:
  // One per thread that ever opened a section; reused after its thread's end, and never freed.
  struct alignas(64) Reader {
    std::atomic<uint64_t> epoch{0};  // 0: in no section
    uint32_t depth = 0;              // of the thread alone
    std::atomic<bool> taken{true};
    uint32_t number = 0;  // the first is 0: no two threads that live have the same
    Reader* next = nullptr;
  };

  // To be called after the links to it are gone; the stamp of what was taken out.
  static uint64_t Retire() { return current_.fetch_add(1, std::memory_order_seq_cst); }

  // Whatever has a smaller stamp is seen by nobody any more. Looks at every thread's reader: tens
  // of nanoseconds for tens of threads.
  static uint64_t OldestReader();

 private:
  friend class ReadSection;

  static Reader& OfThisThread() {
    Reader* const reader = of_this_thread_;
    return reader != nullptr ? *reader : Register();
  }
  static Reader& Register();

  static inline std::atomic<uint64_t> current_{1};
  static inline constinit thread_local Reader* of_this_thread_ = nullptr;
};

// While it lives, nothing is freed that this thread can find. Keep it short: what is taken out
// meanwhile waits. Sections of one thread may nest.
class ReadSection {
 public:
  ReadSection() : reader_(Epoch::OfThisThread()) {
    if (reader_.depth++ == 0) {
      reader_.epoch.store(Epoch::current_.load(std::memory_order_seq_cst),
                          std::memory_order_seq_cst);
    }
  }
  ~ReadSection() {
    if (--reader_.depth == 0) reader_.epoch.store(0, std::memory_order_release);
  }

  // Of this thread alone while it lives, as small as can be: for what threads keep apart.
  uint32_t reader() const { return reader_.number; }

  ReadSection(const ReadSection&) = delete;
  ReadSection& operator=(const ReadSection&) = delete;

 private:
  Epoch::Reader& reader_;
};

}  // namespace signet::base
