#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/http/reply.h"

namespace signet::http {

// What the HTTP port shows. Each takes a small function, so that this room knows no other; the
// functions are called on the port's threads at once and must be thread-safe.

// GET /livez: 200 as long as the process answers at all. Says nothing about the database, so that
// an orchestrator does not restart every replica when PostgreSQL is down.
Route Livez();

// One condition of readiness. `problem` is empty while it holds, else a reason for people, without
// secrets.
struct ReadinessCheck {
  std::string name;
  std::function<std::string()> problem;
  // Validation needs no database: were its loss to take a replica out of the balancer, it would
  // take all of them at once. Such a condition is told and does not count.
  enum class Weight { kRequired, kTold } weight = Weight::kRequired;
};
// GET /readyz: one line per check; 503 while a required one fails.
Route Readyz(std::vector<ReadinessCheck> checks);

// GET /metrics: what `open_metrics` gives to whoever asks for OpenMetrics 1.0
// (metrics_format.h), to everybody else `text`, in the text exposition format 0.0.4.
Route Metrics(std::function<std::string()> text, std::function<std::string()> open_metrics);

// GET /.well-known/jwks.json: the JWK set (RFC 7517) that `render` gives, with an ETag, If-None-
// Match (RFC 9110 section 13.1.2) and max-age in Cache-Control: each answer another one
// between three quarters of `max_age` and all of it, so that verifiers that started together do not
// return together. Nothing rendered: 503, so that nobody caches the absence of keys.
Route Jwks(std::function<std::optional<std::string>()> render, absl::Duration max_age);

// GET `path`: JSON that stays the same as long as the process lives, with an ETag.
Route Json(std::string path, std::string document);

// GET `path`: the text that `render` gives; 503 while it gives none. Never cached.
Route Text(std::string path, std::function<std::optional<std::string>()> render);

}  // namespace signet::http
