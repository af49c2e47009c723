#pragma once

#include <pqxx/pqxx>

#include "server/storage/postgres/rows.h"

namespace signet::storage {

struct Rows::Data {
  pqxx::result result;
};

}  // namespace signet::storage
