#include "server/connect/door.h"

#include <utility>

#include "client/base/secret.h"
#include "server/connect/error_reply.h"
#include "server/connect/gzip.h"
#include "server/connect/json_message.h"

namespace signet::connect {
namespace {

constexpr size_t kWorthPacking = 1024;  // below, the head of gzip eats what it saves

// Of the fields that go back there is one that HTTP spells as gRPC does.
void AddFields(const rpc::Fields& fields, http::Reply& reply) {
  for (const auto& [name, value] : fields) {
    if (name == "x-request-id") reply.fields.push_back({"X-Request-Id", value});
  }
}

http::Reply ReplyOf(const google::protobuf::Descriptor& type, Codec codec, Packing packing,
                    rpc::OutsideAnswer answer) {
  if (!answer.status.ok()) return ErrorReply(answer.status);
  http::Reply reply;
  if (codec == Codec::kProto) {
    reply.content_type = "application/proto";
    reply.body = std::move(answer.message);
  } else {
    auto json = JsonFromMessage(type, answer.message);
    base::Wipe(answer.message);
    if (!json.ok()) return ErrorReply(json.status());
    reply.content_type = "application/json";
    reply.body = *std::move(json);
  }
  if (packing == Packing::kGzip && reply.body.size() >= kWorthPacking) {
    reply.body = Gzip(reply.body);
    reply.fields.push_back({"Content-Encoding", "gzip"});
  }
  return reply;
}

}  // namespace

http::Route Door::Route() const {
  http::Route route;
  route.path = "/signet.v1.";
  route.extent = http::Route::Extent::kBelow;
  route.methods = http::Route::Methods::kAll;
  route.largest_body = options_.largest_message;
  route.answer_later = [this](const http::Request& request, http::Answered answered) {
    Answer(request, std::move(answered));
  };
  return route;
}

void Door::Answer(const http::Request& request, http::Answered answered) const {
  const Method* method = methods_.Find(request.path);
  if (method != nullptr) {
    if (auto preflight = options_.origins.Preflight(request, *method)) {
      return answered(*std::move(preflight));
    }
  }
  auto read = ReadAsked(request, methods_, options_.largest_message);
  if (auto* refused = std::get_if<http::Reply>(&read)) {
    options_.origins.Admit(request, *refused);
    return answered(std::move(*refused));
  }
  Asked& asked = std::get<Asked>(read);
  carrier_(
      std::move(asked.request),
      [this, &request, type = asked.method->descriptor->output_type(), codec = asked.codec,
       packing = asked.answer_packing, answered = std::move(answered)](rpc::OutsideAnswer answer) {
        const bool ran = answer.ran;
        const rpc::Fields fields = std::move(answer.fields);
        http::Reply reply = ReplyOf(*type, codec, packing, std::move(answer));
        AddFields(fields, reply);
        options_.origins.Admit(request, reply);
        if (ran) reply.logged = http::Reply::Logged::kElsewhere;
        answered(std::move(reply));
      });
}

}  // namespace signet::connect
