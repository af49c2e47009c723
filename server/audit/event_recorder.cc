#include "server/audit/event_recorder.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/audit/hash_tree.h"
#include "client/base/random.h"
#include "client/crypto/aead.h"
#include "client/crypto/derive_key.h"

namespace signet::audit {
namespace {

constexpr absl::string_view kKeyLabel = "signet audit person key v1";
constexpr absl::string_view kContextLabel = "signet audit personal data v1";

std::string Context(domain::AuditEventId id, base::UserId person) {
  return absl::StrCat(kContextLabel, id.bytes(), person.bytes());
}

}  // namespace

EventContent ContentOf(const domain::AuditEvent& event) {
  EventContent content;
  content.id = event.id.uuid();
  content.at = event.at;
  content.action = std::string(domain::AuditActionName(event.action));
  content.outcome = static_cast<int32_t>(event.outcome);
  content.reason = event.reason;
  content.actor_kind = static_cast<int32_t>(event.actor.kind);
  content.actor = event.actor.id;
  if (event.subject) content.subject = event.subject->uuid();
  if (event.session) content.session = event.session->uuid();
  content.target = event.target;
  content.request_id = event.request_id;
  content.trace_id = event.trace_id;
  return content;
}

domain::AuditRecord EventRecorder::Record(domain::AuditEvent event) const {
  domain::AuditRecord record;
  EventContent content = ContentOf(event);
  const PersonalData personal{event.peer.address, event.peer.user_agent, event.identifier};
  if (!personal.empty()) {
    const base::Secret encoded(EncodePersonal(base::RandomBytes(kPersonalSaltSize), personal));
    content.personal_commitment = PersonalCommitment(encoded.reveal());
    auto sealed = crypto::Seal(PersonKey(event.person()), encoded.reveal(),
                               Context(event.id, event.person()));
    // Only a key of another length is refused, and a SHA-256 has 32 bytes.
    if (!sealed.ok()) std::abort();
    record.sealed_personal = *std::move(sealed);
  }
  record.content = EncodeEvent(content);
  record.leaf_hash = LeafHash(record.content);
  record.event = std::move(event);
  return record;
}

std::optional<PersonalData> EventRecorder::Open(domain::AuditEventId id, base::UserId person,
                                                absl::string_view sealed,
                                                absl::string_view commitment) const {
  const auto opened = crypto::Open(PersonKey(person), sealed, Context(id, person));
  if (!opened.ok() || PersonalCommitment(opened->reveal()) != commitment) return std::nullopt;
  return DecodePersonal(opened->reveal());
}

base::Secret EventRecorder::PersonKey(base::UserId person) const {
  return crypto::DeriveKey(master_key_, absl::StrCat(kKeyLabel, person.bytes()));
}

}  // namespace signet::audit
