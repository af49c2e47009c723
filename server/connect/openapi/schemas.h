#pragma once

#include <deque>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "google/protobuf/descriptor.h"

namespace signet::connect {

using OrderedJson = nlohmann::ordered_json;

// JSON Schemas (2020-12, as OpenAPI 3.1 has them) of messages and enums: proto3's JSON mapping,
// with the comments of the contract. Used by one thread.
class Schemas {
 public:
  // {"$ref": …} to the schema of a message, which Render() then has.
  OrderedJson RefTo(const google::protobuf::Descriptor& message);

  // Everything that was referred to, directly or by another, by name.
  OrderedJson Render();

 private:
  OrderedJson RefTo(const google::protobuf::EnumDescriptor& type);
  OrderedJson SchemaOf(const google::protobuf::Descriptor& message);
  OrderedJson SchemaOf(const google::protobuf::FieldDescriptor& field);
  OrderedJson ValueOf(const google::protobuf::FieldDescriptor& field);

  std::set<std::string> known_;  // full names
  std::deque<const google::protobuf::Descriptor*> messages_;
  std::deque<const google::protobuf::EnumDescriptor*> enums_;
};

}  // namespace signet::connect
