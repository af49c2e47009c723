#include "server/mail/message.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/domain/accounts/email.h"

namespace signet::mail {
namespace {

constexpr size_t kMostEncodedLine = 76;      // RFC 2045 section 6.7 (5)
constexpr size_t kMostPlainHeader = 60;      // with its name below the 78 of RFC 5322
constexpr size_t kBytesPerEncodedWord = 42;  // 56 characters of base64 in a word of at most 75

// atext of RFC 5322, and the dot between its atoms; ParseEmail has seen to where dots stand.
bool IsAtom(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         static_cast<unsigned char>(c) >= 0x80 ||
         absl::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != absl::string_view::npos;
}

bool IsPrintable(char c) { return c >= ' ' && c <= '~'; }

void AppendHex(char c, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.push_back('=');
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 15]);
}

std::string EncodeLine(absl::string_view line) {
  std::string out;
  size_t width = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool last = i + 1 == line.size();
    // A blank at the end of a line is lost on the way.
    const bool plain = IsPrintable(c) && c != '=' && !(c == ' ' && last);
    const size_t needed = plain ? 1 : 3;
    if (width + needed + (last ? 0 : 1) > kMostEncodedLine) {
      out += "=\r\n";
      width = 0;
    }
    if (plain) {
      out.push_back(c);
    } else {
      AppendHex(c, out);
    }
    width += needed;
  }
  return out;
}

// The most bytes, at most `most`, after which no UTF-8 sequence is cut.
size_t WholeCharacters(absl::string_view text, size_t most) {
  if (text.size() <= most) return text.size();
  size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end == 0 ? most : end;
}

std::string DomainOf(absl::string_view mailbox) {
  return std::string(mailbox.substr(mailbox.find('@') + 1));
}

void AppendPart(absl::string_view boundary, absl::string_view type, absl::string_view text,
                std::string& out) {
  absl::StrAppend(&out, "--", boundary, "\r\nContent-Type: ", type,
                  "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
                  QuotedPrintable(text), "\r\n");
}

}  // namespace

std::optional<std::string> MailboxOf(absl::string_view address) {
  const auto email = domain::ParseEmail("address", address);
  if (!email.ok()) return std::nullopt;
  const std::string name = email->display.substr(0, email->display.find('@'));
  if (!std::all_of(name.begin(), name.end(), IsAtom)) return std::nullopt;
  return absl::StrCat(name, "@", DomainOf(email->canonical));
}

std::string QuotedPrintable(absl::string_view text) {
  std::string out;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!out.empty() || line.data() != text.data()) out += "\r\n";
    out += EncodeLine(line);
  }
  return out;
}

std::string HeaderText(absl::string_view text) {
  std::string clean(text);
  std::erase_if(clean, [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
  const bool plain = clean.size() <= kMostPlainHeader &&
                     std::all_of(clean.begin(), clean.end(), IsPrintable) &&
                     clean.find("=?") == std::string::npos;
  if (plain) return clean;
  std::string out;
  absl::string_view rest = clean;
  while (!rest.empty()) {
    const size_t size = WholeCharacters(rest, kBytesPerEncodedWord);
    absl::StrAppend(&out, out.empty() ? "" : "\r\n ", "=?UTF-8?B?",
                    absl::Base64Escape(rest.substr(0, size)), "?=");
    rest.remove_prefix(size);
  }
  return out;
}

std::string ComposeMessage(const Sender& from, absl::string_view to, const base::Uuid& id,
                           absl::Time written_at, const RenderedMail& mail) {
  // "=_" cannot stand in quoted-printable text.
  const std::string boundary = absl::StrCat("=_", id.ToString());
  // A display name of plain characters still may hold ones that have a meaning in a From line.
  std::string name = HeaderText(from.name);
  if (name == from.name) {
    std::erase_if(name, [](char c) { return c == '"' || c == '\\'; });
    name = absl::StrCat("\"", name, "\"");
  }
  std::string out;
  absl::StrAppend(&out, "Date: ",
                  absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", written_at, absl::UTCTimeZone()),
                  "\r\nFrom: ", name, "\r\n <", from.address, ">\r\nTo: ", to,
                  "\r\nSubject: ", HeaderText(mail.subject), "\r\nMessage-ID: <", id.ToString(),
                  "@", DomainOf(from.address),
                  // RFC 3834: no holiday notices, please.
                  ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                  "Content-Type: multipart/alternative;\r\n boundary=\"",
                  boundary, "\"\r\n\r\n");
  AppendPart(boundary, "text/plain", mail.text, out);
  AppendPart(boundary, "text/html", mail.html, out);
  absl::StrAppend(&out, "--", boundary, "--\r\n");
  return out;
}

}  // namespace signet::mail
