#include "server/console/tracked.h"

#include <array>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace signet::console {
namespace {

const std::vector<Tracked>& AllTracked() {
  static const auto* table = new std::vector<Tracked>{
      {"grpc_server_handled_total", {"grpc_service", "grpc_method", "grpc_code"}},
      {"grpc_server_handling_seconds", {"grpc_service", "grpc_method"}},
      {"signet_grpc_streams_open", {"grpc_method"}},
      {"signet_grpc_connections"},
      {"signet_http_requests_total", {"status"}},
      {"signet_http_connections"},
      {"signet_http_shed_total"},
      {"signet_authz_decisions_total", {"result"}},
      {"signet_lane_queue_depth", {"lane"}},
      {"signet_lane_refused_total", {"lane", "reason"}},
      {"signet_validations_total", {"result", "reason", "source"}},
      {"signet_accepted_credentials_total", {"kind"}},
      {"signet_session_validations_total", {"result"}},
      {"signet_refreshes_total", {"outcome"}},
      {"signet_mfa_logins_total", {"result"}},
      {"signet_logins_total", {"result"}},
      {"signet_rate_limited_total", {"limit"}},
      {"signet_challenges_total", {"result"}},
      {"signet_threats_total", {"kind"}},
      {"signet_api_keys_total", {"result"}},
      {"signet_hashing_queue_depth"},
      {"signet_hashing_wait_seconds"},
      {"signet_hashing_service_seconds"},
      {"signet_hashing_shed_total", {"reason"}},
      {"signet_database_pool_connections", {"state"}},
      {"signet_database_pool_limit"},
      {"signet_database_pool_wait_seconds"},
      {"signet_database_errors_total", {"kind"}},
      {"signet_database_statements_total", {"statement"}},
      {"signet_revocation_lag_seconds"},
      {"signet_revocation_as_of_age_seconds"},
      {"signet_revocation_set_size"},
      {"signet_revocation_sequence"},
      {"signet_watch_records_sent_total", {"part"}},
      {"signet_watch_lag_seconds"},
      {"signet_key_set_verifiers", {"state"}},
      {"signet_key_set_version"},
      {"signet_signing_key_age_seconds"},
      {"signet_verified_token_cache_lookups_total", {"result"}},
      {"signet_verified_token_cache_entries"},
      {"signet_verified_token_cache_bytes"},
      {"signet_audit_tree_size"},
      {"signet_audit_seal_lag_seconds"},
      {"signet_audit_seal_age_seconds"},
      {"process_cpu_seconds_total"},
      {"process_open_fds"},
      {"process_max_fds"},
      {"process_resident_memory_bytes"},
      {"process_threads"},
  };
  return *table;
}

// As the service level judges it.
absl::string_view MeaningOf(absl::string_view code) {
  constexpr std::array<absl::string_view, 5> kFailed = {"Unavailable", "DeadlineExceeded",
                                                        "Internal", "Unknown", "DataLoss"};
  if (code == "OK") return "served";
  for (const absl::string_view failed : kFailed) {
    if (code == failed) return "failed";
  }
  return "refused";
}

absl::string_view ValueOf(const std::vector<prometheus::ClientMetric::Label>& labels,
                          absl::string_view name) {
  for (const auto& label : labels) {
    if (label.name == name) return label.value;
  }
  return "";
}

}  // namespace

const Tracked* FindTracked(absl::string_view family) {
  for (const Tracked& tracked : AllTracked()) {
    if (tracked.family == family) return &tracked;
  }
  return nullptr;
}

std::optional<std::vector<std::string>> KeptLabels(
    const Tracked& tracked, const std::vector<prometheus::ClientMetric::Label>& labels) {
  if (tracked.family == "grpc_server_handling_seconds" && ValueOf(labels, "grpc_type") != "unary") {
    return std::nullopt;
  }
  std::vector<std::string> kept;
  for (const absl::string_view name : tracked.labels) {
    const absl::string_view value = ValueOf(labels, name);
    if (name == "grpc_code") {
      kept.emplace_back(MeaningOf(value));
    } else {
      kept.emplace_back(name == "grpc_service" ? absl::StripPrefix(value, "signet.v1.") : value);
    }
  }
  return kept;
}

}  // namespace signet::console
