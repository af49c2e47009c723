#include "server/rpc/services/key_set_watch.h"

#include <optional>
#include <string>
#include <utility>

#include "client/base/status_macros.h"
#include "server/rpc/convert/revocation_messages.h"
#include "server/rpc/convert/well_known.h"
#include "server/rpc/typed_handler.h"
#include "signet/v1/token_service.pb.h"

namespace signet::rpc {
namespace {

// Streams are woken every 900 ms; no heartbeat follows so close on another message.
constexpr absl::Duration kHeartbeat = absl::Milliseconds(100);

class KeySetWatch final : public StreamHandler {
 public:
  KeySetWatch(const base::Snapshot<token::KeySet>& keys, std::function<absl::Time()> keys_as_of,
              domain::KeySetRoster& roster)
      : keys_(keys), keys_as_of_(std::move(keys_as_of)), roster_(roster) {}

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
    // Before the set: it may be newer than this says, and not older.
    const absl::Time as_of = keys_as_of_();
    const token::KeySet& keys = keys_.Read();
    // Not by the version: a set that lacks a key which could not be opened has none of its own.
    const bool changed = told_ != keys.identity();
    if (!changed && now < last_ + kHeartbeat && now >= last_) return std::nullopt;
    v1::WatchKeySetResponse response;
    if (changed) response.set_jwks_json(keys.jwks_json());
    response.set_key_set_version(keys.version());
    SetTimestamp(as_of, *response.mutable_as_of());
    told_ = keys.identity();
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
  const std::function<absl::Time()> keys_as_of_;
  domain::KeySetRoster& roster_;
  std::optional<std::string> id_;  // of the first message
  std::optional<uint64_t> told_;   // the identity of the set
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace

std::unique_ptr<StreamHandler> OpenKeySetWatch(const base::Snapshot<token::KeySet>& keys,
                                               std::function<absl::Time()> keys_as_of,
                                               domain::KeySetRoster& roster) {
  return std::make_unique<KeySetWatch>(keys, std::move(keys_as_of), roster);
}

}  // namespace signet::rpc
