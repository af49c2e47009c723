#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/http/connection.h"

namespace signet::http {

// Who has the connections of the port, and whose has to go when all are taken: of whoever has most,
// the one that has waited for its client for longest. So a host that opens as many as it can
// competes with itself alone, and the port still answers others. Not thread-safe.
class Seats {
 public:
  // Proxies carry everybody's requests: theirs go only when nobody else has one that waits.
  enum class Standing { kProxy, kStranger };

  struct Holder;
  struct Seat {
    Holder* holder = nullptr;  // null: it has to go, and counts no longer
    std::weak_ptr<Connection> connection;
    std::atomic<int64_t> waits_since{Connection::kBusy};
  };
  using Place = std::list<Seat>::iterator;

  // `subscriber`: as rates count addresses, IpAddress::Subscriber().
  Place Take(Standing standing, const std::string& subscriber);
  void Leave(Place place);
  // Takes the seat from the one that has to go, and names it. Null where none can be found among
  // those that it has the time to look at, or where as many as allowed are still on their way out.
  std::shared_ptr<Connection> Clear();

  size_t taken() const { return taken_; }
  bool empty() const { return taken_ == 0 && leaving_.empty(); }
  // Those still there. To be let go only where on_end may be called.
  std::vector<std::shared_ptr<Connection>> All() const;

 private:
  using Rank = std::tuple<Standing, size_t, Holder*>;
  void Uncount(Place place);

  std::map<std::pair<Standing, std::string>, Holder> holders_;
  std::set<Rank> ranks_;  // of every holder
  std::list<Seat> leaving_;
  size_t taken_ = 0;
};

struct Seats::Holder {
  std::pair<Standing, std::string> key;
  std::list<Seat> seats = {};  // in the order in which they came
};

}  // namespace signet::http
