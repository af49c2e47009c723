#include "client/audit/event_content.h"

#include "absl/strings/str_cat.h"
#include "client/base/big_endian.h"
#include "client/crypto/digest.h"

namespace signet::audit {
namespace {

constexpr absl::string_view kMagic("SGAE\x01", 5);
constexpr absl::string_view kPersonalLabel = "signet audit personal data v1\n";

class Writer {
 public:
  explicit Writer(absl::string_view start) : out_(start) {}
  void Text(absl::string_view text) {
    base::AppendBigEndian(text.size(), 4, out_);
    out_.append(text.data(), text.size());
  }
  void Number(int32_t value) {
    base::AppendBigEndian(4, 4, out_);
    base::AppendBigEndian(static_cast<uint32_t>(value), 4, out_);
  }
  void Time(absl::Time time) {
    base::AppendBigEndian(8, 4, out_);
    base::AppendBigEndian(static_cast<uint64_t>(absl::ToUnixMicros(time)), 8, out_);
  }
  void Id(const base::Uuid& id) { Text(id.is_nil() ? absl::string_view() : id.bytes()); }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what Writer wrote; after the first thing that it would not have written nothing is ok().
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : left_(bytes) {}
  std::string Text() { return std::string(Field()); }
  int32_t Number() { return static_cast<int32_t>(base::ReadBigEndian(Exactly(4))); }
  absl::Time Time() {
    return absl::FromUnixMicros(static_cast<int64_t>(base::ReadBigEndian(Exactly(8))));
  }
  base::Uuid Id() {
    const absl::string_view field = Field();
    if (field.empty()) return {};
    const auto id = base::Uuid::FromBytes(field);
    // A nil id has no bytes: sixteen zeros would be a second way to say it.
    if (!id || id->is_nil()) ok_ = false;
    return id.value_or(base::Uuid());
  }
  bool Done() const { return ok_ && left_.empty(); }

 private:
  absl::string_view Field() {
    if (left_.size() < 4) return Fail();
    const uint64_t size = base::ReadBigEndian(left_.substr(0, 4));
    left_.remove_prefix(4);
    if (left_.size() < size) return Fail();
    const absl::string_view field = left_.substr(0, size);
    left_.remove_prefix(size);
    return field;
  }
  absl::string_view Exactly(size_t size) {
    const absl::string_view field = Field();
    return field.size() == size ? field : Fail();
  }
  absl::string_view Fail() {
    ok_ = false;
    left_ = {};
    return {};
  }

  absl::string_view left_;
  bool ok_ = true;
};

}  // namespace

std::string EncodeEvent(const EventContent& event) {
  Writer out(kMagic);
  out.Id(event.id);
  out.Time(event.at);
  out.Text(event.action);
  out.Number(event.outcome);
  out.Text(event.reason);
  out.Number(event.actor_kind);
  out.Id(event.actor);
  out.Id(event.subject);
  out.Id(event.session);
  out.Text(event.target);
  out.Text(event.request_id);
  out.Text(event.trace_id);
  out.Text(event.personal_commitment);
  return out.Take();
}

std::optional<EventContent> DecodeEvent(absl::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  Reader in(bytes.substr(kMagic.size()));
  EventContent event;
  event.id = in.Id();
  event.at = in.Time();
  event.action = in.Text();
  event.outcome = in.Number();
  event.reason = in.Text();
  event.actor_kind = in.Number();
  event.actor = in.Id();
  event.subject = in.Id();
  event.session = in.Id();
  event.target = in.Text();
  event.request_id = in.Text();
  event.trace_id = in.Text();
  event.personal_commitment = in.Text();
  if (!in.Done()) return std::nullopt;
  return event;
}

std::string EncodePersonal(absl::string_view salt, const PersonalData& data) {
  Writer out(salt);
  out.Text(data.address);
  out.Text(data.user_agent);
  out.Text(data.identifier);
  return out.Take();
}

std::optional<PersonalData> DecodePersonal(absl::string_view bytes) {
  if (bytes.size() < kPersonalSaltSize) return std::nullopt;
  Reader in(bytes.substr(kPersonalSaltSize));
  PersonalData data;
  data.address = in.Text();
  data.user_agent = in.Text();
  data.identifier = in.Text();
  if (!in.Done()) return std::nullopt;
  return data;
}

std::string PersonalCommitment(absl::string_view encoded) {
  return crypto::Sha256Bytes(absl::StrCat(kPersonalLabel, encoded));
}

}  // namespace signet::audit
