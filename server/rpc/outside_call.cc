#include "server/rpc/outside_call.h"

#include <memory>

namespace signet::rpc {
namespace {

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace

OutsideCall::OutsideCall(Endpoint& endpoint, OutsideRequest request, OutsideDone done)
    : endpoint_(endpoint), request_(std::move(request)), done_(std::move(done)) {
  // The bytes stay with this call, which outlives the buffer.
  const grpc::Slice slice(request_.message.data(), request_.message.size(),
                          grpc::Slice::STATIC_SLICE);
  message_ = grpc::ByteBuffer(&slice, 1);
}

absl::string_view OutsideCall::Field(const char* name) const {
  for (const auto& [field, value] : request_.fields) {
    if (field == name) return value;
  }
  return "";
}

CallMarks OutsideCall::Marks() const { return {Field("traceparent"), Field("x-request-id")}; }

void OutsideCall::AddAnswerField(const char* name, const std::string& value) {
  answer_fields_.emplace_back(name, value);
}

void OutsideCall::Finish(const grpc::ByteBuffer& answer, const grpc::Status& status) {
  const std::unique_ptr<OutsideCall> self(this);
  OutsideAnswer given{status, {}, std::move(answer_fields_), true};
  if (status.ok()) given.message = BytesOf(answer);
  done_(std::move(given));
}

}  // namespace signet::rpc
