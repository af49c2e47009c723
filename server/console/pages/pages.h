#pragma once

#include "absl/strings/string_view.h"
#include "server/console/facts.h"
#include "server/console/markup.h"

namespace signet::console {

// The content of each page, from what is at hand. A part that cannot be had (the database does not
// answer) says so in its place: the rest of the page is what one needs then. Thread-safe.

// What happens now: calls, errors, latency, and a row per RPC that was called.
Markup OverviewPage(const Shown& shown);
// One RPC; `service` and `method` are those of a row of the overview.
Markup RpcPage(const Shown& shown, absl::string_view service, absl::string_view method);
// Access tokens judged: results, reasons, cache, gateways.
Markup ValidationPage(const Shown& shown);
// Refresh tokens presented: rotations, repeats, thefts.
Markup RefreshPage(const Shown& shown);
// Logins, second factors, limits, challenges, patterns of abuse.
Markup LoginsPage(const Shown& shown);
// Signing keys over time, revocations, and who holds which key set.
Markup KeysPage(const Shown& shown);
// The pool and the statements.
Markup DatabasePage(const Shown& shown);
// What bounded work waits for, and what the process takes of the machine.
Markup CapacityPage(const Shown& shown);
// This process, and what the database tells of others.
Markup ReplicasPage(const Shown& shown);

}  // namespace signet::console
