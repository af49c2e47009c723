#include "server/http/seats.h"

namespace signet::http {
namespace {

// Connections looked at for one that has to go; and those that may be on their way out, over those
// that the port may have.
constexpr size_t kMostLooks = 1024;
constexpr size_t kMostLeaving = 64;

}  // namespace

Seats::Place Seats::Take(Standing standing, const std::string& subscriber) {
  const auto key = std::make_pair(standing, subscriber);
  Holder& holder = holders_.try_emplace(key, Holder{key}).first->second;
  ranks_.erase({standing, holder.seats.size(), &holder});
  const Place place = holder.seats.emplace(holder.seats.end());
  place->holder = &holder;
  ranks_.insert({standing, holder.seats.size(), &holder});
  ++taken_;
  return place;
}

void Seats::Leave(Place place) {
  if (place->holder != nullptr) Uncount(place);
  leaving_.erase(place);
}

// Moves it to those that leave.
void Seats::Uncount(Place place) {
  Holder& holder = *place->holder;
  const Standing standing = holder.key.first;
  ranks_.erase({standing, holder.seats.size(), &holder});
  leaving_.splice(leaving_.end(), holder.seats, place);
  place->holder = nullptr;
  --taken_;
  if (holder.seats.empty()) {
    holders_.erase(std::make_pair(standing, holder.key.second));
  } else {
    ranks_.insert({standing, holder.seats.size(), &holder});
  }
}

std::shared_ptr<Connection> Seats::Clear() {
  if (leaving_.size() >= kMostLeaving) return nullptr;
  size_t looks = 0;
  for (auto rank = ranks_.rbegin(); rank != ranks_.rend() && looks < kMostLooks; ++rank) {
    std::list<Seat>& seats = std::get<Holder*>(*rank)->seats;
    Place longest = seats.end();
    int64_t since = Connection::kBusy;
    for (Place seat = seats.begin(); seat != seats.end() && looks < kMostLooks; ++seat, ++looks) {
      const int64_t waits_since = seat->waits_since.load(std::memory_order_relaxed);
      if (waits_since >= since) continue;
      longest = seat;
      since = waits_since;
    }
    if (longest == seats.end()) continue;
    auto connection = longest->connection.lock();
    if (connection != nullptr) Uncount(longest);
    return connection;
  }
  return nullptr;
}

std::vector<std::shared_ptr<Connection>> Seats::All() const {
  std::vector<std::shared_ptr<Connection>> all;
  const auto add = [&all](const std::list<Seat>& seats) {
    for (const Seat& seat : seats) {
      if (auto alive = seat.connection.lock()) all.push_back(std::move(alive));
    }
  };
  for (const auto& [key, holder] : holders_) add(holder.seats);
  add(leaving_);
  return all;
}

}  // namespace signet::http
