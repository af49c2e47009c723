#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::domain {

// "api.example.com", of "API.example.com.:443": hosts are compared in this form. Empty for nothing.
// None for what is no host (a server that looks for one in it might find another), and for what is
// longer than a name of DNS with a port.
std::optional<std::string> ReadHost(absl::string_view text);

}  // namespace signet::domain
