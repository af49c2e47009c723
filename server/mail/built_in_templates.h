#pragma once

#include <map>
#include <string>

namespace signet::mail {

// The files of server/mail/templates, by name; built into the binary by embed.cmake.
const std::map<std::string, std::string, std::less<>>& BuiltInTemplates();

}  // namespace signet::mail
