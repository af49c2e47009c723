#include "server/connect/openapi/schemas.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.pb.h"
#include "server/connect/contract.h"

namespace signet::connect {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// "signet.v1.AuditEvent.Actor" -> "AuditEvent.Actor": a component's name may have dots.
std::string NameOf(absl::string_view full_name) {
  absl::ConsumePrefix(&full_name, "signet.v1.");
  return std::string(full_name);
}

OrderedJson Ref(absl::string_view full_name) {
  return {{"$ref", absl::StrCat("#/components/schemas/", NameOf(full_name))}};
}

// Messages whose JSON form is no object. Null where it is none of these.
OrderedJson WellKnown(absl::string_view full_name) {
  if (full_name == "google.protobuf.Timestamp") {
    return {{"type", "string"}, {"format", "date-time"}};
  }
  if (full_name == "google.protobuf.Duration") {
    return {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$"}, {"examples", {"90s"}}};
  }
  if (full_name == "google.protobuf.FieldMask") {
    return {{"type", "string"}, {"examples", {"displayName,email"}}};
  }
  return nullptr;
}

// 64 bits are more than a JSON number holds: they are written as text.
OrderedJson Scalar(FieldDescriptor::CppType type) {
  switch (type) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
    case FieldDescriptor::CPPTYPE_INT64:
      return {{"type", {"string", "integer"}}, {"format", "int64"}};
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", {"string", "integer"}}, {"format", "uint64"}};
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {{"type", "number"}};
    default:
      return {{"type", "string"}};
  }
}

// At most one member of each oneof.
OrderedJson Exclusions(const Descriptor& message) {
  OrderedJson all = OrderedJson::array();
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
    const auto& one = *message.oneof_decl(i);
    for (int a = 0; a < one.field_count(); ++a) {
      for (int b = a + 1; b < one.field_count(); ++b) {
        all.push_back(
            {{"not", {{"required", {one.field(a)->json_name(), one.field(b)->json_name()}}}}});
      }
    }
  }
  return all;
}

void Describe(std::string text, OrderedJson& schema) {
  if (!text.empty()) schema["description"] = std::move(text);
}

}  // namespace

OrderedJson Schemas::RefTo(const Descriptor& message) {
  if (known_.insert(message.full_name()).second) messages_.push_back(&message);
  return Ref(message.full_name());
}

OrderedJson Schemas::RefTo(const EnumDescriptor& type) {
  if (known_.insert(type.full_name()).second) enums_.push_back(&type);
  return Ref(type.full_name());
}

OrderedJson Schemas::ValueOf(const FieldDescriptor& field) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    return {{"type", "string"}, {"contentEncoding", "base64"}};
  }
  if (field.enum_type() != nullptr) return RefTo(*field.enum_type());
  if (field.message_type() == nullptr) return Scalar(field.cpp_type());
  OrderedJson known = WellKnown(field.message_type()->full_name());
  return known.is_null() ? RefTo(*field.message_type()) : known;
}

OrderedJson Schemas::SchemaOf(const FieldDescriptor& field) {
  OrderedJson schema;
  if (field.is_map()) {
    schema = {{"type", "object"},
              {"additionalProperties", ValueOf(*field.message_type()->map_value())}};
  } else if (field.is_repeated()) {
    schema = {{"type", "array"}, {"items", ValueOf(field)}};
  } else {
    schema = ValueOf(field);
  }
  Describe(CommentOf(field), schema);
  if (field.options().deprecated()) schema["deprecated"] = true;
  return schema;
}

OrderedJson Schemas::SchemaOf(const Descriptor& message) {
  OrderedJson schema = {{"type", "object"}};
  Describe(CommentOf(message), schema);
  OrderedJson properties = OrderedJson::object();
  for (int i = 0; i < message.field_count(); ++i) {
    properties[message.field(i)->json_name()] = SchemaOf(*message.field(i));
  }
  if (!properties.empty()) schema["properties"] = std::move(properties);
  OrderedJson exclusions = Exclusions(message);
  if (!exclusions.empty()) schema["allOf"] = std::move(exclusions);
  return schema;
}

OrderedJson Schemas::Render() {
  std::map<std::string, OrderedJson> by_name;
  while (!messages_.empty() || !enums_.empty()) {
    if (!messages_.empty()) {
      const Descriptor& message = *messages_.front();
      messages_.pop_front();
      by_name[NameOf(message.full_name())] = SchemaOf(message);
      continue;
    }
    const EnumDescriptor& type = *enums_.front();
    enums_.pop_front();
    OrderedJson names = OrderedJson::array();
    std::string text = CommentOf(type);
    for (int i = 0; i < type.value_count(); ++i) {
      names.push_back(type.value(i)->name());
      const std::string comment = CommentOf(*type.value(i));
      if (comment.empty()) continue;
      absl::StrAppend(&text, text.empty() ? "" : "\n\n", "`", type.value(i)->name(),
                      "`: ", absl::StrReplaceAll(comment, {{"\n\n", " "}}));
    }
    OrderedJson schema = {{"type", "string"}, {"enum", std::move(names)}};
    Describe(std::move(text), schema);
    by_name[NameOf(type.full_name())] = std::move(schema);
  }
  OrderedJson schemas = OrderedJson::object();
  for (auto& [name, schema] : by_name) schemas[name] = std::move(schema);
  return schemas;
}

}  // namespace signet::connect
