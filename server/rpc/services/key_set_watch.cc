#include "server/rpc/services/key_set_watch.h"

#include <optional>
#include <string>

#include "client/base/status_macros.h"
#include "server/rpc/convert/revocation_messages.h"
#include "server/rpc/typed_handler.h"
#include "signet/v1/token_service.pb.h"

namespace signet::rpc {
namespace {

// Streams are woken every 900 ms; no heartbeat follows so close on another message.
constexpr absl::Duration kHeartbeat = absl::Milliseconds(100);

class KeySetWatch final : public StreamHandler {
 public:
  KeySetWatch(const base::Snapshot<token::KeySet>& keys, domain::KeySetRoster& roster)
      : keys_(keys), roster_(roster) {}

  absl::Status Read(grpc::ByteBuffer& bytes, absl::Time /*now*/) override {
    v1::WatchKeySetRequest request;
    SIGNET_RETURN_IF_ERROR(ReadMessage(bytes, request));
    if (id_) {
      SIGNET_RETURN_IF_ERROR(CheckLater(request));
      roster_.Holds(*id_, request.key_set_version());
      return absl::OkStatus();
    }
    SIGNET_RETURN_IF_ERROR(CheckFirst(request));
    id_ = request.verifier_id();
    roster_.Came(*id_, request.verifier_name(), request.key_set_version());
    return absl::OkStatus();
  }

  bool MayRead() const override { return true; }
  bool EndsWithCaller() const override { return true; }

  std::optional<StreamMessage> Next(absl::Time now) override {
    if (!id_) return std::nullopt;
    const token::KeySet& keys = keys_.Read();
    const bool changed = told_ != keys.version();
    if (!changed && now < last_ + kHeartbeat && now >= last_) return std::nullopt;
    v1::WatchKeySetResponse response;
    if (changed) response.set_jwks_json(keys.jwks_json());
    response.set_key_set_version(keys.version());
    told_ = keys.version();
    last_ = now;
    StreamMessage message;
    (void)WriteMessage(response, message.bytes);  // fails for messages of 2 GiB
    return message;
  }

  // Whoever said goodbye holds nothing any more; whoever was lost may still judge tokens.
  void Ended(Ending how) override {
    if (!id_) return;
    if (how == Ending::kLeft) {
      roster_.Left(*id_);
    } else {
      roster_.Lost(*id_);
    }
  }

 private:
  const base::Snapshot<token::KeySet>& keys_;
  domain::KeySetRoster& roster_;
  std::optional<std::string> id_;  // of the first message
  std::optional<int64_t> told_;
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace

std::unique_ptr<StreamHandler> OpenKeySetWatch(const base::Snapshot<token::KeySet>& keys,
                                               domain::KeySetRoster& roster) {
  return std::make_unique<KeySetWatch>(keys, roster);
}

}  // namespace signet::rpc
