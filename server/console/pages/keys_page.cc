// The page about keys and revocation, and what the database tells of replicas.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/console/page.h"
#include "server/console/pages/lines.h"
#include "server/console/pages/pages.h"

namespace signet::console {
namespace {

using domain::KeySetStanding;
using domain::KeyState;
using domain::SigningKeyRecord;

constexpr size_t kMostKeys = 20;
constexpr size_t kMostVerifiers = 200;

absl::string_view NameOf(KeyState state) {
  constexpr std::array<absl::string_view, 6> kNames = {"prepared",        "published",
                                                       "✓ active: signs", "retiring: verifies",
                                                       "retired",         "⚠ tainted: refused"};
  const auto index = static_cast<size_t>(state) - 1;
  return index < kNames.size() ? kNames[index] : "";
}

std::string Day(std::optional<absl::Time> time) {
  if (!time) return "–";
  return absl::FormatTime("%Y-%m-%d %H:%M", *time, absl::UTCTimeZone());
}

// The first of `times` that is there, or `otherwise`.
absl::Time First(std::initializer_list<std::optional<absl::Time>> times, absl::Time otherwise) {
  for (const auto& time : times) {
    if (time) return *time;
  }
  return otherwise;
}

// From its creation to its end, and the part in which it signed.
Markup Bar(const SigningKeyRecord& key, absl::Time from, absl::Time now) {
  const double whole = std::max(1.0, absl::ToDoubleSeconds(now - from));
  const auto place = [&](absl::Time time) {
    return 720 * std::clamp(absl::ToDoubleSeconds(time - from) / whole, 0.0, 1.0);
  };
  const auto rectangle = [&](absl::string_view kind, absl::Time begin, absl::Time end,
                             Markup& out) {
    out.Raw("<rect class=\"").Text(kind).Raw("\" y=\"4\" height=\"10\" rx=\"2\" x=\"");
    out.Text(absl::StrFormat("%.1f", place(begin))).Raw("\" width=\"");
    out.Text(absl::StrFormat("%.1f", std::max(3.0, place(end) - place(begin)))).Raw("\"/>");
  };
  const absl::Time end = First({key.tainted_at, key.retired_at}, now);
  std::string says = absl::StrCat(key.kid, ": created ", Day(key.created_at));
  if (key.activated_at) absl::StrAppend(&says, ", signs from ", Day(key.activated_at));
  if (key.retiring_at) absl::StrAppend(&says, " to ", Day(key.retiring_at));
  if (key.tainted_at) absl::StrAppend(&says, ", tainted ", Day(key.tainted_at));
  Markup out;
  out.Raw(
         "<svg class=\"timeline\" viewBox=\"0 0 720 18\" preserveAspectRatio=\"none\" role=\"img\" "
         "data-points=\"1\" aria-label=\"")
      .Text(says)
      .Raw("\">");
  rectangle(key.tainted_at ? "never" : "", key.created_at, end, out);
  if (key.activated_at) {
    rectangle("signs", *key.activated_at, First({key.retiring_at, key.tainted_at}, now), out);
  }
  return out.Raw("</svg>");
}

Table KeyTable(const std::vector<SigningKeyRecord>& keys, absl::Time now) {
  Table table{.caption = "Signing keys",
              .head = {"key", "algorithm", "state", "created", "active since", "retiring since",
                       "retired", "from the first one to now"},
              .rows = {},
              .texts = {1, 2, 7},
              .empty = "There is no signing key yet."};
  absl::Time from = now;
  for (size_t i = 0; i < std::min(keys.size(), kMostKeys); ++i) {
    from = std::min(from, keys[i].created_at);
  }
  for (size_t i = 0; i < std::min(keys.size(), kMostKeys); ++i) {
    const SigningKeyRecord& key = keys[i];
    table.rows.push_back({Words(key.kid), Words(key.algorithm), Words(NameOf(key.state)),
                          Words(Day(key.created_at)), Words(Day(key.activated_at)),
                          Words(Day(key.retiring_at)), Words(Day(key.retired_at)),
                          Bar(key, from, now)});
  }
  return table;
}

Table VerifierTable(const KeySetStanding& standing, absl::Time now) {
  Table table{.caption = "Connected verifiers, over all replicas",
              .head = {"verifier", "replica", "key set", "holds the newest", "seen"},
              .rows = {},
              .texts = {1, 3},
              .empty = "No service watches the key set."};
  for (const domain::KeySetVerifier& verifier : standing.verifiers) {
    if (table.rows.size() == kMostVerifiers) break;
    const bool current = verifier.version >= standing.version;
    table.rows.push_back({Words(verifier.name), Words(verifier.replica),
                          Words(absl::StrCat(verifier.version, " of ", standing.version)),
                          Words(current ? "✓ yes" : "⚠ not yet"),
                          Words(absl::StrCat(SpellAge(now - verifier.seen_at), " ago"))});
  }
  return table;
}

// When the active key gives way, as the planned rotation has it.
Tile NextRotation(const absl::StatusOr<std::vector<SigningKeyRecord>>& keys,
                  absl::Duration rotate_after, absl::Time now) {
  Tile tile{"Next rotation", "by hand", "keys.rotate_after is 0"};
  if (rotate_after == absl::ZeroDuration() || !keys.ok()) {
    if (!keys.ok()) tile = {"Next rotation", "–", "not at hand"};
    return tile;
  }
  for (const SigningKeyRecord& key : *keys) {
    if (key.state != KeyState::kActive || !key.activated_at) continue;
    const absl::Time due = *key.activated_at + rotate_after;
    return {"Next rotation", due > now ? "in " + SpellAge(due - now) : "due", Day(due) + " UTC"};
  }
  return {"Next rotation", "–", "no key signs"};
}

Markup NotAtHand(absl::string_view what) {
  return Markup()
      .Add(Heading(what))
      .Raw(
          "<p class=\"empty\"><span class=\"bad\">⚠</span> The database does not answer: not at "
          "hand.</p>");
}

std::vector<Chart> RevocationCharts(const History& history) {
  return {LatencyChart(history, "From recording a revocation to its effect here",
                       {"signet_revocation_lag_seconds"}),
          {"Age of what is known of revocations",
           Unit::kSeconds,
           {{"age", history.Level({"signet_revocation_as_of_age_seconds"})}}},
          {"Revocations that matter",
           Unit::kCount,
           {{"held", history.Level({"signet_revocation_set_size"})}}},
          LatencyChart(history, "From recording a revocation to having told verifiers",
                       {"signet_watch_lag_seconds"}),
          RatesByLabel(history, "Revocations told to verifiers", "signet_watch_records_sent_total"),
          {"Verifiers of this replica",
           Unit::kCount,
           {{"hold the newest key set", history.Level({"signet_key_set_verifiers", {"current"}})},
            {"are behind", history.Level({"signet_key_set_verifiers", {"behind"}})}}}};
}

}  // namespace

Markup KeysPage(const Shown& shown) {
  const History& history = shown.history;
  const auto keys = shown.facts.keys();
  const auto verifiers = shown.facts.verifiers(shown.now);
  const auto age = history.Latest({"signet_signing_key_age_seconds"});
  Markup page;
  page.Add(Tiles(
      {{"Active key has signed for", age ? SpellAge(absl::Seconds(*age)) : "no key signs", "",
        age ? Tile::State::kGood : Tile::State::kBad},
       NextRotation(keys, shown.facts.rotate_after, shown.now),
       {"Key set", Spell(history.Latest({"signet_key_set_version"}), Unit::kCount),
        "version in force here"},
       {"Last revocation", Spell(history.Latest({"signet_revocation_sequence"}), Unit::kCount),
        "its sequence, in force here"},
       {"p99 to take effect",
        Spell(history.QuantileOfAll({"signet_revocation_lag_seconds"}, 0.99), Unit::kSeconds)}}));
  page.Add(keys.ok() ? Draw(KeyTable(*keys, shown.now)) : NotAtHand("Signing keys"));
  page.Add(Heading("Revocation")).Add(Charts(RevocationCharts(history)));
  page.Add(verifiers.ok() ? Draw(VerifierTable(*verifiers, shown.now))
                          : NotAtHand("Connected verifiers"));
  return page;
}

Markup ReplicasPage(const Shown& shown) {
  struct Seen {
    int64_t verifiers = 0;
    int64_t behind = 0;
    absl::Time last = absl::InfinitePast();
  };
  Markup page;
  const auto threads = shown.history.Latest({"process_threads"});
  page.Add(
      Tiles({{"This replica", shown.facts.replica, absl::StrCat("version ", shown.facts.version)},
             {"Serves for", SpellAge(shown.now - shown.facts.started)},
             {"Threads", Spell(threads, Unit::kCount)}}));
  const auto standing = shown.facts.verifiers(shown.now);
  if (!standing.ok()) return page.Add(NotAtHand("Replicas"));
  std::map<std::string, Seen> replicas;
  for (const domain::KeySetVerifier& verifier : standing->verifiers) {
    Seen& seen = replicas[verifier.replica];
    ++seen.verifiers;
    if (verifier.version < standing->version) ++seen.behind;
    seen.last = std::max(seen.last, verifier.seen_at);
  }
  Table table{.caption = "Replicas that serve verifiers",
              .head = {"replica", "verifiers", "behind the newest key set", "last report"},
              .rows = {},
              .empty = "No replica serves a verifier, so none has reported to the database."};
  for (const auto& [name, seen] : replicas) {
    table.rows.push_back(
        {Words(name == shown.facts.replica ? absl::StrCat(name, " (this one)") : name),
         Words(absl::StrCat(seen.verifiers)), Words(absl::StrCat(seen.behind)),
         Words(absl::StrCat(SpellAge(shown.now - seen.last), " ago"))});
  }
  page.Add(Draw(table));
  return page.Add(Heading(
      "About this page",
      "A replica is in the database only as the server of verifiers that follow the key set. All "
      "other pages are about the one replica that the request reached: Prometheus has all of "
      "them."));
}

}  // namespace signet::console
