#include "server/rpc/convert/decision_bytes.h"

#include <algorithm>
#include <array>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "server/rpc/convert/token_messages.h"
#include "server/rpc/convert/well_known.h"
#include "simdjson.h"

namespace signet::rpc {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using Response = v1::ValidateResponse;
using Result = v1::ValidateBatchResponse::Result;
using BatchResponse = v1::ValidateBatchResponse;

constexpr uint32_t LengthTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

constexpr uint32_t VarintTag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_VARINT);
}

CodedInputStream ReaderOf(absl::string_view bytes) {
  return CodedInputStream(reinterpret_cast<const uint8_t*>(bytes.data()),
                          static_cast<int>(bytes.size()));
}

// What stands with its length at the head of the stream over `bytes`: false where it is cut off.
bool ReadBytes(CodedInputStream& in, absl::string_view bytes, absl::string_view& text) {
  uint32_t size = 0;
  if (!in.ReadVarint32(&size)) return false;
  const auto begin = static_cast<size_t>(in.CurrentPosition());
  if (size > bytes.size() - begin) return false;
  text = bytes.substr(begin, size);
  in.Skip(static_cast<int>(size));
  return true;
}

// The same, and it is UTF-8.
bool ReadText(CodedInputStream& in, absl::string_view bytes, absl::string_view& text) {
  return ReadBytes(in, bytes, text) && simdjson::validate_utf8(text.data(), text.size());
}

// A result begins as a response does, so that one function writes both.
constexpr bool Same(int one, int other) { return one == other; }
static_assert(Same(Result::kActiveFieldNumber, Response::kActiveFieldNumber) &&
              Same(Result::kReasonFieldNumber, Response::kReasonFieldNumber) &&
              Same(Result::kClaimsFieldNumber, Response::kClaimsFieldNumber) &&
              Same(Result::kSourceFieldNumber, Response::kSourceFieldNumber) &&
              Same(Result::kKindFieldNumber, Response::kKindFieldNumber));

// Room for some fields that are no text: 11 bytes each at most, a timestamp 20.
class SmallFields {
 public:
  absl::string_view bytes() const {
    return {reinterpret_cast<const char*>(room_.data()), static_cast<size_t>(end_ - room_.data())};
  }

  // proto3: what is zero is not written.
  void AddEnum(int field, int value) {
    if (value != 0) end_ = WireFormatLite::WriteEnumToArray(field, value, end_);
  }
  void AddInt64(int field, int64_t value) {
    if (value != 0) end_ = WireFormatLite::WriteInt64ToArray(field, value, end_);
  }
  // google.protobuf.Timestamp and Duration: int64 seconds = 1; int32 nanos = 2.
  void AddSecondsAndNanos(int field, SecondsAndNanos parts) {
    SmallFields inner;
    inner.AddInt64(1, parts.seconds);
    inner.AddEnum(2, parts.nanos);  // on the wire an int32 is an enum
    AddLength(field, inner.bytes().size());
    std::copy(inner.room_.data(), inner.end_, end_);
    end_ += inner.bytes().size();
  }
  // The head of a text or message that the caller appends.
  void AddLength(int field, size_t size) {
    end_ = WireFormatLite::WriteTagToArray(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, end_);
    end_ = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(
        static_cast<uint32_t>(size), end_);
  }

 private:
  std::array<uint8_t, 128> room_;
  uint8_t* end_ = room_.data();
};

void Append(const SmallFields& fields, std::string& out) {
  out.append(fields.bytes().data(), fields.bytes().size());
}

v1::DecisionSource SourceOf(const domain::ValidateDecision& decision) {
  return decision.asked ? v1::DECISION_SOURCE_DATABASE : ToProto(decision.verdict.source);
}

v1::CredentialKind KindOf(const domain::ValidateDecision& decision) {
  return decision.kind == domain::CredentialKind::kSessionToken ? v1::CREDENTIAL_KIND_SESSION_TOKEN
                                                                : v1::CREDENTIAL_KIND_ACCESS_TOKEN;
}

// What comes before the text of the claims, and after it.
struct Verdict {
  SmallFields before;
  std::string made;  // owns `claims` where the token has no annotation
  absl::string_view claims;
  SmallFields after;  // the source
  SmallFields last;   // what follows it, by number

  size_t size() const {
    return before.bytes().size() + claims.size() + after.bytes().size() + last.bytes().size();
  }
};

// Fills `verdict`, which holds views into itself and must stay where it is.
void Write(const domain::ValidateDecision& decision, BatchClaims claims, Verdict& verdict) {
  if (!decision.active()) {
    verdict.before.AddEnum(Response::kReasonFieldNumber, PublicReason(decision));
  } else {
    verdict.before.AddEnum(Response::kActiveFieldNumber, 1);  // a bool is a varint, as an enum is
    if (claims == BatchClaims::kIncluded) {
      const token::VerifiedAccessToken& token = decision.verdict.token();
      verdict.claims = token.annotation();
      if (verdict.claims.empty())
        verdict.claims = verdict.made = ClaimsBytes(token.claims().ToClaims());
      verdict.before.AddLength(Response::kClaimsFieldNumber, verdict.claims.size());
    }
  }
  verdict.after.AddEnum(Response::kSourceFieldNumber, SourceOf(decision));
  verdict.last.AddEnum(Response::kKindFieldNumber, KindOf(decision));
}

void WriteWhole(const domain::ValidateDecision& decision, Verdict& verdict) {
  Write(decision, BatchClaims::kIncluded, verdict);
  SmallFields& after = verdict.after;
  after.AddSecondsAndNanos(Response::kRevocationAsOfFieldNumber, Split(decision.revocation_as_of));
  after.AddInt64(Response::kKeySetVersionFieldNumber, decision.key_set_version);
  after.AddSecondsAndNanos(Response::kCacheableForFieldNumber, Split(decision.cacheable_for));
}

void Append(const Verdict& verdict, std::string& out) {
  Append(verdict.before, out);
  out.append(verdict.claims.data(), verdict.claims.size());
  Append(verdict.after, out);
  Append(verdict.last, out);
}

}  // namespace

std::optional<ValidateFields> ReadValidateFields(absl::string_view bytes) {
  ValidateFields fields;
  CodedInputStream in = ReaderOf(bytes);
  while (const uint32_t tag = in.ReadTag()) {
    absl::string_view* field = nullptr;
    if (tag == LengthTag(v1::ValidateRequest::kTokenFieldNumber)) field = &fields.token;
    if (tag == LengthTag(v1::ValidateRequest::kAudienceFieldNumber)) field = &fields.audience;
    if (field == nullptr || !ReadText(in, bytes, *field)) return std::nullopt;
  }
  if (!in.ConsumedEntireMessage()) return std::nullopt;
  return fields;
}

std::optional<StreamFields> ReadStreamFields(absl::string_view bytes) {
  using Request = v1::ValidateStreamRequest;
  StreamFields fields;
  bool any = false;
  CodedInputStream in = ReaderOf(bytes);
  while (const uint32_t tag = in.ReadTag()) {
    absl::string_view text;
    if (tag == LengthTag(Request::kRequestFieldNumber) && !any) {
      if (!ReadBytes(in, bytes, text)) return std::nullopt;
      const auto request = ReadValidateFields(text);
      if (!request) return std::nullopt;
      fields.request = *request;
      any = true;  // a second one would be merged into it, which is the generated parser's to do
    } else if (tag == LengthTag(Request::kIdFieldNumber)) {
      if (!ReadText(in, bytes, fields.id)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (!in.ConsumedEntireMessage()) return std::nullopt;
  return fields;
}

bool ReadBatchFields(absl::string_view bytes, BatchFields& fields) {
  using Request = v1::ValidateBatchRequest;
  fields.tokens.clear();
  fields.audience = {};
  fields.omit_claims = false;
  CodedInputStream in = ReaderOf(bytes);
  while (const uint32_t tag = in.ReadTag()) {
    if (tag == LengthTag(Request::kTokensFieldNumber)) {
      // No more room is taken than for an allowed batch, however many a request names.
      if (fields.tokens.size() == kMaxBatchTokens) return false;
      if (!ReadText(in, bytes, fields.tokens.emplace_back())) return false;
    } else if (tag == LengthTag(Request::kAudienceFieldNumber)) {
      if (!ReadText(in, bytes, fields.audience)) return false;
    } else if (tag == VarintTag(Request::kOmitClaimsFieldNumber)) {
      uint64_t value = 0;
      if (!in.ReadVarint64(&value)) return false;
      fields.omit_claims = value != 0;
    } else {
      return false;
    }
  }
  return in.ConsumedEntireMessage();
}

std::string ClaimsBytes(const token::AccessTokenClaims& claims) {
  v1::Claims message;
  FromClaims(claims, message);
  return message.SerializeAsString();
}

void AppendValidateResponse(const domain::ValidateDecision& decision, std::string& out) {
  Verdict verdict;
  WriteWhole(decision, verdict);
  Append(verdict, out);
}

void AppendStreamResponse(const domain::ValidateDecision& decision, absl::string_view id,
                          std::string& out) {
  Verdict verdict;
  WriteWhole(decision, verdict);
  SmallFields head;
  head.AddLength(v1::ValidateStreamResponse::kResponseFieldNumber, verdict.size());
  Append(head, out);
  Append(verdict, out);
  if (id.empty()) return;
  SmallFields name;
  name.AddLength(v1::ValidateStreamResponse::kIdFieldNumber, id.size());
  Append(name, out);
  out.append(id.data(), id.size());
}

void AppendBatchResult(const domain::ValidateDecision& decision, BatchClaims claims,
                       std::string& out) {
  Verdict verdict;
  Write(decision, claims, verdict);
  SmallFields head;
  head.AddLength(BatchResponse::kResultsFieldNumber, verdict.size());
  Append(head, out);
  Append(verdict, out);
}

void AppendBatchKnowledge(absl::Time revocation_as_of, int64_t key_set_version, std::string& out) {
  SmallFields fields;
  fields.AddSecondsAndNanos(BatchResponse::kRevocationAsOfFieldNumber, Split(revocation_as_of));
  fields.AddInt64(BatchResponse::kKeySetVersionFieldNumber, key_set_version);
  Append(fields, out);
}

}  // namespace signet::rpc
