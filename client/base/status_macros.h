#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define SIGNET_STATUS_CONCAT_INNER(a, b) a##b
#define SIGNET_STATUS_CONCAT(a, b) SIGNET_STATUS_CONCAT_INNER(a, b)

// Returns the status of `expression` from this function unless it is OK.
#define SIGNET_RETURN_IF_ERROR(expression)                                                    \
  do {                                                                                        \
    if (absl::Status signet_status = (expression); !signet_status.ok()) return signet_status; \
  } while (false)

// SIGNET_ASSIGN_OR_RETURN(auto value, Expression()); returns the status where there is no value.
#define SIGNET_ASSIGN_OR_RETURN(declaration, expression) \
  SIGNET_ASSIGN_OR_RETURN_INNER(SIGNET_STATUS_CONCAT(signet_or_, __LINE__), declaration, expression)
#define SIGNET_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                          \
  if (!result.ok()) return std::move(result).status();                 \
  declaration = *std::move(result)
