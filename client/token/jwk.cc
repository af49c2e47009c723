#include "client/token/jwk.h"

#include "client/base/base64url.h"
#include "client/crypto/algorithm.h"
#include "client/crypto/digest.h"
#include "client/token/json.h"

namespace signet::token {
namespace {

void AppendMember(absl::string_view name, absl::string_view value, std::string& out) {
  if (out.back() != '{') out.push_back(',');
  AppendJsonString(name, out);
  out.push_back(':');
  AppendJsonString(value, out);
}

void AppendParameter(absl::string_view name, const std::string& bytes, std::string& out) {
  if (!bytes.empty()) AppendMember(name, base::Base64UrlEncode(bytes), out);
}

}  // namespace

std::string WriteJwk(absl::string_view kid, const crypto::VerifyingKey& key) {
  const crypto::PublicParameters& parameters = key.parameters();
  std::string out = "{";
  AppendMember("kty", crypto::KeyTypeName(key.algorithm()), out);
  const absl::string_view curve = crypto::CurveName(key.algorithm());
  if (!curve.empty()) AppendMember("crv", curve, out);
  AppendMember("kid", kid, out);
  AppendMember("use", "sig", out);
  AppendMember("alg", crypto::AlgorithmName(key.algorithm()), out);
  AppendParameter("x", parameters.x, out);
  AppendParameter("y", parameters.y, out);
  AppendParameter("n", parameters.n, out);
  AppendParameter("e", parameters.e, out);
  out.push_back('}');
  return out;
}

std::string JwkThumbprint(const crypto::VerifyingKey& key) {
  const crypto::PublicParameters& parameters = key.parameters();
  std::string text = "{";  // required members in the order of their names (RFC 7638 section 3.2)
  const absl::string_view curve = crypto::CurveName(key.algorithm());
  if (!curve.empty()) AppendMember("crv", curve, text);
  AppendParameter("e", parameters.e, text);
  AppendMember("kty", crypto::KeyTypeName(key.algorithm()), text);
  AppendParameter("n", parameters.n, text);
  AppendParameter("x", parameters.x, text);
  AppendParameter("y", parameters.y, text);
  text.push_back('}');
  return base::Base64UrlEncode(crypto::DigestView(crypto::Sha256(text)));
}

}  // namespace signet::token
